"""HTTP exchanges with the model server over kept connections, each as a whole within one deadline."""

import socket
import threading
import time
from http import HTTPStatus
from http.client import HTTP_PORT
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

LARGEST_REPLY_BYTES = 256 * 1024 * 1024
PIECE_BYTES = 64 * 1024
# MLServer closes what was idle for five seconds, and a request must not meet it closing.
LONGEST_IDLE_S = 2.0


class NotReached(Exception):
    """There is no connection, so nothing was asked: to ask again is safe."""


class NoReply(Exception):
    """The connection ended before the reply was whole."""


class NotHttp(Exception):
    """What came back is no HTTP reply, or one without end."""


class Transport:
    """Posts to one server. Safe to share between threads: each exchange has a connection to itself."""

    def __init__(self, base_url: str, path: str) -> None:
        """base_url is http://host:port. Raises ValueError for any other."""
        address = urlsplit(base_url)
        if address.scheme != "http" or not address.hostname or address.path not in ("", "/"):
            raise ValueError(f"{base_url!r} is no address such as http://127.0.0.1:8080")
        self._host, self._port = address.hostname, address.port or HTTP_PORT
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\nContent-Length: "
        ).encode()
        self._lock = threading.Lock()
        self._idle: list[tuple[_Connection, float]] = []

    def post(self, body: bytes, deadline: float) -> tuple[int, bytes]:
        """Status and body of the reply to a JSON body. deadline is of time.monotonic().

        Raises NotReached, NoReply, NotHttp, or TimeoutError once the deadline has passed.
        """
        connection = self._idle_connection() or self._connect(deadline)
        try:
            answer = connection.exchange(body, deadline)
        except BaseException:
            connection.close()
            raise
        if connection.ended:
            connection.close()
        else:
            with self._lock:
                self._idle.append((connection, time.monotonic()))
        return answer

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    def _idle_connection(self) -> "_Connection | None":
        """The one used last, so that what is too many grows old; those that did are closed."""
        oldest_s = time.monotonic() - LONGEST_IDLE_S
        with self._lock:
            stale = [connection for connection, since_s in self._idle if since_s <= oldest_s]
            self._idle = [kept for kept in self._idle if kept[1] > oldest_s]
            found = None
            while self._idle and found is None:
                connection = self._idle.pop()[0]
                if connection.quiet():
                    found = connection
                else:
                    stale.append(connection)
        for connection in stale:
            connection.close()
        return found

    def _connect(self, deadline: float) -> "_Connection":
        try:
            connected = socket.create_connection((self._host, self._port), timeout=_left(deadline))
        except TimeoutError:
            raise
        except (OSError, OverflowError, UnicodeError) as error:
            raise NotReached(str(error)) from error
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Connection(connected, self._head)


class _Connection:
    def __init__(self, connected: socket.socket, head: bytes) -> None:
        self._socket = connected
        self._head = head
        self._buffer = memoryview(bytearray(PIECE_BYTES))
        self.ended = False  # the server has said that it will take no more on this connection

    def exchange(self, body: bytes, deadline: float) -> tuple[int, bytes]:
        """Each piece that comes must come before the deadline: who drips gets no more time than who is silent."""
        reply = _Reply()
        try:
            self._socket.settimeout(_left(deadline))
            self._socket.sendall(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))  # its timeout is over the whole
            while not reply.whole:
                self._socket.settimeout(_left(deadline))
                received = self._socket.recv_into(self._buffer)
                if not received:
                    raise NoReply("the connection ended before the reply did")
                reply.take(self._buffer[:received])
        except TimeoutError:
            raise
        except OSError as error:
            raise NoReply(str(error)) from error
        self.ended = not reply.keep_alive
        return reply.status, reply.body

    def quiet(self) -> bool:
        """Whether nothing has come since the last reply: neither the connection's end nor what nobody asked for."""
        self._socket.setblocking(False)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        self._socket.close()


class _Reply:
    """An HTTP reply that comes in pieces. One whose end is told by the connection's alone is never whole."""

    def __init__(self) -> None:
        self.whole = False
        self.keep_alive = False
        self._taken_bytes = 0
        self._pieces: list[bytes] = []
        self._parser = HttpResponseParser(self)

    @property
    def status(self) -> int:
        return self._parser.get_status_code()

    @property
    def body(self) -> bytes:
        return b"".join(self._pieces)

    def take(self, piece: memoryview) -> None:
        """Raises NotHttp."""
        self._taken_bytes += len(piece)
        if self._taken_bytes > LARGEST_REPLY_BYTES:
            raise NotHttp("the reply is without end")
        try:
            self._parser.feed_data(piece)
        except (HttpParserError, HttpParserUpgrade) as error:
            raise NotHttp(str(error)) from error

    def on_body(self, piece: bytes) -> None:
        """The parser found a piece of the body."""
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """The parser found the reply's end."""
        self.whole = self._parser.get_status_code() >= HTTPStatus.OK
        self.keep_alive = self._parser.should_keep_alive()  # afterwards it speaks of a next reply


def _left(deadline: float) -> float:
    """Seconds until then. Raises TimeoutError when it has passed."""
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("the deadline has passed")
    return left_s
