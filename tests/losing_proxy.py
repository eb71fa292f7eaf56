"""A proxy between a client and a server that loses what was asked, or the answer once the server has done it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

CHUNK_BYTES = 65_536


class LosingProxy:
    """It passes everything on, but for the next answers of 200 to a method, which are cut off after some bytes, and the
    next requests, of which the head alone comes through.
    """

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self._server = (str(parts.hostname), int(parts.port or 80))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._lock = threading.Lock()
        self._to_lose: dict[bytes, int] = {}
        self._after_bytes = 0
        self._to_cut = 0
        self.lost = 0

    def lose(self, method: str, answers: int, after_bytes: int = 0) -> None:
        with self._lock:
            self._to_lose[method.encode()], self._after_bytes = answers, after_bytes

    def cut_requests(self, requests: int) -> None:
        with self._lock:
            self._to_cut = requests

    def serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _pass_on(self, client: socket.socket) -> None:
        method = [b""]
        with client, socket.create_connection(self._server) as server:
            asking = threading.Thread(target=self._ask, args=(client, server, method), daemon=True)
            asking.start()
            while answer := _received(server):
                if answer.startswith(b"HTTP/1.1 200") and self._loses(method[0]):
                    client.sendall(answer[: self._after_bytes])
                    break
                client.sendall(answer)
            _shut(client)
            _shut(server)
            asking.join()

    def _ask(self, client: socket.socket, server: socket.socket, method: list[bytes]) -> None:
        while asked := _received(client):
            word, space, _ = asked[:8].partition(b" ")
            if space and word.isalpha() and word.isupper():
                method[0] = word
                if self._cuts():
                    head, end, _ = asked.partition(b"\r\n\r\n")
                    server.sendall(head + end)
                    break
            server.sendall(asked)
        _shut(server)

    def _cuts(self) -> bool:
        with self._lock:
            if self._to_cut <= 0:
                return False
            self._to_cut -= 1
            self.lost += 1
            return True

    def _loses(self, method: bytes) -> bool:
        with self._lock:
            if self._to_lose.get(method, 0) <= 0:
                return False
            self._to_lose[method] -= 1
            self.lost += 1
            return True


@contextmanager
def losing_proxy(endpoint: str) -> Iterator[LosingProxy]:
    """A proxy to the server at the endpoint, until the block ends."""
    proxy = LosingProxy(endpoint)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(CHUNK_BYTES)
    except OSError:
        return b""


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
