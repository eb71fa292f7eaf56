"""A model server to test against: a real HTTP server on a loopback port that prices by a table, or misbehaves.

Beside it, the other things that may stand on a model server's port: nothing, a socket that says nothing, a web server.
"""

import gzip
import json
import math
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from model.schema.features import FEATURES, MODEL_NAME, OUTPUT_NAMES
from model.scorer import Scorer
from model.table import CoefficientTable
from tests.ports import LOOPBACK, free_ports

PATH = f"/v2/models/{MODEL_NAME}/infer"
HTML = b"<!doctype html><title>Welcome</title>"
RESET = struct.pack("ii", 1, 0)  # what SO_LINGER takes: no goodbye, and no time for one

Reply = dict[str, Any]  # a V2 reply, as JSON reads


@dataclass
class Wire:
    """What goes back as it stands, piece by piece; after the last one the connection ends, unless it is kept: in order,
    or by a reset.
    """

    pieces: Iterable[bytes]
    kept: bool = True
    reset: bool = False


# Makes of a sound reply another one, or something else to send.
Misbehaviour = Callable[[Reply], Reply | Wire]


class FakeModelServer:
    """Serves V2 infer over HTTP/1.1.

    `requests` are the bodies that reached it, `connections` how many were made, `version` the one it answers with.
    """

    def __init__(self, table: CoefficientTable, version: str = "1") -> None:
        self.version = version
        self.requests: list[dict[str, Any]] = []
        self.connections = 0
        self._scorer = Scorer(table)
        self._misbehaviour: Misbehaviour | None = None
        self._stopping = threading.Event()
        self._listening: _Listening | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return _url(self._port)

    def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._stopping.clear()
        self._listening = _Listening(self._port, self)
        self._port = self._listening.server_address[1]
        serve = self._listening.serve_forever
        threading.Thread(target=serve, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        """Cut all connections and free the port."""
        self._stopping.set()
        if self._listening is not None:
            self._listening.shutdown()
            self._listening.server_close()
            self._listening.cut()
            self._listening = None

    def misbehave(self, how: Misbehaviour) -> None:
        self._misbehaviour = how

    def behave(self) -> None:
        self._misbehaviour = None

    def hang(self, _reply: Reply) -> Wire:
        """A misbehaviour: never answer."""
        self._stopping.wait()
        return Wire([], kept=False)

    def calls_about(self, mileage_km: float) -> int:
        """How many calls held a car of this mileage, which tells one's own from the monitor's probes."""
        return sum(mileage_km in tensor["data"] for body in self.requests for tensor in body["inputs"])

    def answer(self, body: dict[str, Any]) -> Wire:
        """What goes back to a request."""
        self.requests.append(body)
        reply: Reply | Wire = self._price(body)
        if self._misbehaviour is not None:
            assert isinstance(reply, dict)
            reply = self._misbehaviour(reply)
        return reply if isinstance(reply, Wire) else Wire([http(written(reply))])

    def _price(self, body: dict[str, Any]) -> Reply:
        columns: dict[str, list] = {}
        for feature, tensor in zip(FEATURES, body["inputs"], strict=True):
            assert (tensor["name"], tensor["datatype"]) == (feature.name, feature.v2_datatype)
            assert tensor["shape"] == [len(tensor["data"]), 1]
            columns[feature.name] = tensor["data"]
        prices = self._scorer.score(columns)
        return {
            "model_name": MODEL_NAME,
            "model_version": self.version,
            "id": "6ecf9f2c-3c1e-4b53-9d7d-0d1c7c5d7a3b",
            "parameters": {},
            "outputs": [_tensor(name, prices[name].tolist()) for name in OUTPUT_NAMES],
        }


def _tensor(name: str, values: list[float]) -> dict[str, Any]:
    """As MLServer writes one: null where there is no number."""
    data = [None if math.isnan(value) else value for value in values]
    shape, parameters = [len(data), 1], {"content_type": "np"}
    return {"name": name, "shape": shape, "datatype": "FP64", "parameters": parameters, "data": data}


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, served: FakeModelServer) -> None:
        self.served = served
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__((LOOPBACK, port), _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
            self.served.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listening

    def handle(self) -> None:
        with suppress(ConnectionError):  # the caller has gone
            super().handle()

    def do_POST(self) -> None:
        assert self.path == PATH and self.headers["Content-Type"] == "application/json"
        wire = self.server.served.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        for piece in wire.pieces:
            self.wfile.write(piece)
        self.close_connection = self.close_connection or not wire.kept
        if wire.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            os.close(self.connection.detach())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def written(reply: object) -> bytes:
    """A reply as bytes; what JSON has no word for is written as the literals NaN and Infinity."""
    return json.dumps(reply).encode()


def http(body: bytes, status: int = 200, content_type: str = "application/json", headers: bytes = b"") -> bytes:
    """A whole HTTP reply; headers are lines of their own, each with its end."""
    length = b"Content-Length: %d\r\n" % len(body)
    return b"HTTP/1.1 %d x\r\nContent-Type: %s\r\n%s%s\r\n%s" % (status, content_type.encode(), headers, length, body)


def replace(name: str, *values: object) -> Misbehaviour:
    """One output has other values than the model gave."""
    return change(lambda reply: output(reply, name).update(data=list(values)))


def change(what: Callable[[Reply], object]) -> Misbehaviour:
    """The reply is changed in place."""

    def how(reply: Reply) -> Reply:
        what(reply)
        return reply

    return how


def say(raw: bytes, content_type: str = "application/json") -> Misbehaviour:
    """Another body than a reply's."""
    return lambda _: Wire([http(raw, 200, content_type)])


def fail(status: int, headers: bytes = b"") -> Misbehaviour:
    """The call ends with an error."""
    body = written({"error": "Traceback (most recent call last): ..."})
    return lambda _: Wire([http(body, status, headers=headers)])


def after(seconds: float) -> Misbehaviour:
    """The sound reply, late."""

    def how(reply: Reply) -> Reply:
        time.sleep(seconds)
        return reply

    return how


def send(*pieces: bytes, kept: bool = True) -> Misbehaviour:
    """Other bytes than HTTP's, or than one reply's."""
    return lambda _: Wire(pieces, kept)


def drip(seconds: float) -> Misbehaviour:
    """The sound reply, byte by byte, over so long."""

    def how(reply: Reply) -> Wire:
        whole = http(written(reply))

        def pieces() -> Iterator[bytes]:
            for number in range(len(whole)):
                time.sleep(seconds / len(whole))
                yield whole[number: number + 1]

        return Wire(pieces())

    return how


def cut(reply: Reply) -> Wire:
    """A misbehaviour: half a reply, and the end of the connection."""
    whole = http(written(reply))
    return Wire([whole[: -len(written(reply)) // 2]], kept=False)


def close(_reply: Reply) -> Wire:
    """A misbehaviour: the end of the connection instead of a reply."""
    return Wire([], kept=False)


def reset(_reply: Reply) -> Wire:
    """A misbehaviour: the connection is reset instead of a reply, as by a proxy that gives up."""
    return Wire([], kept=False, reset=True)


def chunks_without_end(_reply: Reply) -> Wire:
    """A misbehaviour: a body that goes on and on."""

    def pieces() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        while True:
            time.sleep(0.01)
            yield b"10\r\n" + b" " * 16 + b"\r\n"

    return Wire(pieces())


def headers_without_end(_reply: Reply) -> Wire:
    """A misbehaviour: headers that go on and on."""

    def pieces() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        while True:
            time.sleep(0.01)
            yield b"X-More: and more\r\n"

    return Wire(pieces())


def zipped(reply: Reply) -> Wire:
    """A misbehaviour: a body that nobody asked to have compressed."""
    return Wire([http(gzip.compress(written(reply)), headers=b"Content-Encoding: gzip\r\n")])


def until_closed(reply: Reply) -> Wire:
    """A misbehaviour: a body whose end is the connection's, so that half of it would look like all of it."""
    return Wire([b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", written(reply)], kept=False)


def chunked(reply: Reply) -> Wire:
    """The sound reply, in chunks."""
    body = written(reply)
    parts = [body[start: start + 100] for start in range(0, len(body), 100)]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Wire([head, *(b"%x\r\n%s\r\n" % (len(part), part) for part in parts), b"0\r\n\r\n"])


def then_close(reply: Reply) -> Wire:
    """The sound reply, and the announced end of the connection."""
    return Wire([http(written(reply), headers=b"Connection: close\r\n")], kept=False)


def output(reply: Reply, name: str) -> dict[str, Any]:
    return next(tensor for tensor in reply["outputs"] if tensor["name"] == name)


def closed_port() -> int:
    """A port that nobody listens on."""
    return free_ports(1)[0]


@contextmanager
def silent_socket() -> Iterator[str]:
    """Accepts connections and never says a word; gives its address."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        yield _url(listening.getsockname()[1])


@contextmanager
def slow_to_connect(url: str, seconds: float) -> Iterator[str]:
    """A way to a model server on which the first byte back of each connection is late; gives its address."""

    def pass_on(source: socket.socket, sink: socket.socket, wait_s: float) -> None:
        time.sleep(wait_s)
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection((LOOPBACK, int(url.rpartition(":")[2])))
                for way in ((client, server, 0.0), (server, client, seconds)):
                    threading.Thread(target=pass_on, args=way, daemon=True).start()

    with socket.create_server((LOOPBACK, 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        yield _url(listening.getsockname()[1])


@contextmanager
def web_server() -> Iterator[str]:
    """Answers everything with a web page over HTTP/1.1, as a proxy before a missing server does; gives its address."""

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.rfile.readline()
            self.wfile.write(http(b"<!doctype html><title>502 Bad Gateway</title>", 502, "text/html"))
            self.close_connection = True

    server = ThreadingHTTPServer((LOOPBACK, 0), Page)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        yield _url(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def _url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"
