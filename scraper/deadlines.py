"""A request that ends in time as a whole.

The time-outs of requests are of one read each, so that a server that sends a byte now and then holds a request for
ever: in the handshake, in the headers, in the body. Here a timer shuts the connection itself.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

Watch = Callable[[socket.socket], socket.socket]


class Deadline:
    """The deadline of the request that is under way. One request at a time, each on a connection of its own."""

    def __init__(self) -> None:
        self._watched: socket.socket | None = None
        self._over = threading.Event()

    @property
    def is_over(self) -> bool:
        """Whether the last request was ended by it; what that one had of an answer is not the whole of it."""
        return self._over.is_set()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """End what is asked in this block once the seconds are over."""
        self._over.clear()
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            if self._watched is not None:
                self._watched.close()
                self._watched = None

    def watch(self, connected: socket.socket) -> socket.socket:
        # TLS takes the socket over and leaves this one empty, so that a second name for the connection is kept.
        self._watched = connected.dup()
        if self.is_over:
            self._shut()
        return connected

    def _end(self) -> None:
        self._over.set()
        self._shut()

    def _shut(self) -> None:
        watched = self._watched
        if watched is not None:
            with suppress(OSError):  # the other side was faster
                watched.shutdown(socket.SHUT_RDWR)


class DeadlineAdapter(HTTPAdapter):
    """Connects as requests does, under a deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._pools = _pools(deadline.watch)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = self._pools


def _pools(watch: Watch) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3's pools, whose connections are watched from the moment they are made."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return watch(super()._new_conn())

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return watch(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}
