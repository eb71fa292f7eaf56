"""How a gateway that is told to end takes leave of its callers, so that none of them loses a request by it.

Two things cost requests where a server just ends, and a POST may not be sent again: a kept connection that is closed
while the next request is on its way, and connections that the kernel has taken and nobody has accepted yet, which go
with their listener. So after SIGTERM all are served as ever for a moment, and each reply says that it is its
connection's last. Then the kernel is told to take no more connections, and those that it has taken are accepted.
"""

import ctypes
import os
import signal
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from types import FrameType
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from granian.server.mp import MPServer

# Within this time whoever keeps asking sends his next request after a reply, or the first one after he has connected.
NEXT_REQUEST_WITHIN_S = 0.5
# Of last replies, without new connections, and to spare: a worker that has leave to take ends it by itself.
LEAVES_WITHIN_S = 4 * NEXT_REQUEST_WITHIN_S
TELLS_WORKER = signal.SIGUSR1

# Of Linux, as asm/socket.h and linux/filter.h have it: a filter that drops what asks for a connection, and lets pass
# what belongs to one that is being made.
SO_ATTACH_FILTER = 26
FLAGS_BYTE, SYN, SYN_OR_ACK, WHOLE_PACKET = 13, 0x02, 0x12, 0xFFFFFFFF
NO_NEW_CONNECTIONS = (  # code, lines to skip if true, if false, value
    (0x30, 0, 0, FLAGS_BYTE),  # load it
    (0x54, 0, 0, SYN_OR_ACK),  # of which these two
    (0x15, 0, 1, SYN),  # is it the first alone?
    (0x06, 0, 0, 0),  # then nothing passes
    (0x06, 0, 0, WHOLE_PACKET),
)


class LeavingServer(MPServer):
    """Granian's, whose worker takes leave after the first SIGTERM; it ends when that is done.

    A second one, or SIGINT, ends it at once.
    """

    _leaving = False

    def startup(self, *args: Any) -> None:
        signal.signal(TELLS_WORKER, signal.SIG_IGN)  # until the worker that inherits this can hear
        super().startup(*args)

    def signal_handler_interrupt(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self.pid:  # a worker that still loads has this handler by the fork, and serves nobody
            os._exit(0)
        if number != signal.SIGTERM or self._leaving:
            super().signal_handler_interrupt()
            return
        self._leaving = True
        for worker in self.wrks:
            worker.interrupt_by_parent = True  # whoever told us may have told it too: it has not failed if it ends
            with suppress(ProcessLookupError):
                os.kill(worker.inner.pid, TELLS_WORKER)
        threading.Thread(target=self._end_after_leave).start()

    def _end_after_leave(self) -> None:
        for worker in self.wrks:
            worker.inner.join(LEAVES_WITHIN_S)
        super().signal_handler_interrupt()


class Leave:
    """A WSGI application before another one, in the worker that listens on a port."""

    def __init__(self, application: WSGIApplication, port: int) -> None:
        self._application = application
        self._port = port
        self._leaving = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            if self._leaving:  # by now: the request may have come before
                headers = [*headers, ("Connection", "close")]
            return start_response(status, headers, *more)

        return self._application(environ, start)

    def take(self) -> None:
        """Begin to take leave, at whose end this process is told to end."""
        self._leaving = True
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        time.sleep(NEXT_REQUEST_WITHIN_S)
        take_no_more_connections(self._port)
        time.sleep(NEXT_REQUEST_WITHIN_S)
        os.kill(os.getpid(), signal.SIGTERM)


def prepare(app: Flask, port: int) -> None:
    """Let an app that this process serves take leave when it is told to."""
    leave = Leave(app.wsgi_app, port)
    app.wsgi_app = leave  # type: ignore[method-assign]
    signal.signal(TELLS_WORKER, lambda *_: leave.take())


def take_no_more_connections(port: int) -> None:
    """Let the kernel drop what asks this process's listener for a connection. The caller's kernel asks again in a
    second, and is refused then.
    """
    if sys.platform != "linux":
        return
    lines = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in NO_NEW_CONNECTIONS))
    program = struct.pack("HL", len(NO_NEW_CONNECTIONS), ctypes.addressof(lines))
    for listener in _listeners(port):
        with listener, suppress(OSError):  # not allowed here: whoever comes in the last moment has no reply
            listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def _listeners(port: int) -> Iterable[socket.socket]:
    """This process's own, which the server does not hand out."""
    for number in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):  # the folder's own, which is closed by now
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                found = socket.socket(fileno=os.dup(number))
                if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and found.getsockname()[1] == port:
                    yield found
                else:
                    found.close()
