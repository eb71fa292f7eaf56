"""A model server to test against: a real gRPC server on a loopback port that prices by a table, or misbehaves.

Beside it, the other things that may stand on a model server's port: nothing, a socket that says nothing, a web server.
"""

import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc

from gateway.inference.v2_pb2 import ModelInferRequest, ModelInferResponse
from model.schema.features import FEATURES, MODEL_NAME, OUTPUT_NAMES
from model.scorer import Scorer
from model.table import CoefficientTable

LOOPBACK = "127.0.0.1"
Answer = ModelInferResponse | bytes
# Makes of a sound reply another one, or aborts the call.
Misbehaviour = Callable[[ModelInferResponse, grpc.ServicerContext], Answer]


class FakeModelServer:
    """Serves ModelInfer; `requests` are those that reached it, `version` the one it answers with."""

    def __init__(self, table: CoefficientTable, version: str = "1") -> None:
        self.version = version
        self.requests: list[ModelInferRequest] = []
        self._scorer = Scorer(table)
        self._misbehaviour: Misbehaviour | None = None
        self._stopping = threading.Event()
        self._server: grpc.Server | None = None
        self._port = 0

    @property
    def target(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._stopping.clear()
        self._server = grpc.server(ThreadPoolExecutor(8), options=(("grpc.so_reuseport", 0),))
        handler = grpc.unary_unary_rpc_method_handler(
            self._infer, request_deserializer=ModelInferRequest.FromString, response_serializer=_serialize
        )
        service = grpc.method_handlers_generic_handler("inference.GRPCInferenceService", {"ModelInfer": handler})
        self._server.add_generic_rpc_handlers((service,))
        self._port = self._server.add_insecure_port(f"{LOOPBACK}:{self._port}")
        self._server.start()

    def stop(self) -> None:
        """Cut all connections and free the port."""
        self._stopping.set()
        if self._server is not None:
            self._server.stop(None).wait()
            self._server = None

    def misbehave(self, how: Misbehaviour) -> None:
        self._misbehaviour = how

    def behave(self) -> None:
        self._misbehaviour = None

    def hang(self, _response: ModelInferResponse, context: grpc.ServicerContext) -> Answer:
        """A misbehaviour: never answer."""
        self._stopping.wait()
        context.abort(grpc.StatusCode.CANCELLED, "stopped")
        raise AssertionError("abort raises")

    def _infer(self, request: ModelInferRequest, context: grpc.ServicerContext) -> Answer:
        self.requests.append(request)
        response = self._price(request, context)
        return response if self._misbehaviour is None else self._misbehaviour(response, context)

    def _price(self, request: ModelInferRequest, context: grpc.ServicerContext) -> ModelInferResponse:
        columns: dict[str, list] = {}
        for feature, tensor in zip(FEATURES, request.inputs, strict=True):
            assert (tensor.name, tensor.datatype) == (feature.name, feature.v2_datatype)
            contents = tensor.contents
            columns[feature.name] = (
                [word.decode() for word in contents.bytes_contents]
                if feature.kind == "category" else list(contents.fp64_contents)
            )  # fmt: skip
            assert list(tensor.shape) == [len(columns[feature.name]), 1]
        prices = self._scorer.score(columns)
        if any(math.isnan(value) for column in prices.values() for value in column):
            # MLServer cannot put NaN into a gRPC reply.
            context.abort(grpc.StatusCode.INTERNAL, "cannot convert float NaN to integer")
        response = ModelInferResponse(model_name=request.model_name, model_version=self.version)
        for name in OUTPUT_NAMES:
            tensor = response.outputs.add(name=name, datatype="FP64", shape=[len(prices[name]), 1])
            tensor.contents.fp64_contents.extend(prices[name].tolist())
        assert response.model_name == MODEL_NAME
        return response


def _serialize(answer: Answer) -> bytes:
    return answer if isinstance(answer, bytes) else answer.SerializeToString()


def replace(name: str, *values: float) -> Misbehaviour:
    """One output has other values than the model gave."""

    def how(response: ModelInferResponse, _: grpc.ServicerContext) -> Answer:
        tensor = output(response, name)
        del tensor.contents.fp64_contents[:]
        tensor.contents.fp64_contents.extend(values)
        return response

    return how


def change(what: Callable[[ModelInferResponse], object]) -> Misbehaviour:
    """The reply is changed in place."""

    def how(response: ModelInferResponse, _: grpc.ServicerContext) -> Answer:
        what(response)
        return response

    return how


def say(raw: bytes) -> Misbehaviour:
    """Other bytes than a reply's."""
    return lambda _response, _context: raw


def fail(code: grpc.StatusCode) -> Misbehaviour:
    """The call ends with an error."""

    def how(_response: ModelInferResponse, context: grpc.ServicerContext) -> Answer:
        context.abort(code, "Traceback (most recent call last): ...")
        raise AssertionError("abort raises")

    return how


def after(seconds: float) -> Misbehaviour:
    """The sound reply, late."""

    def how(response: ModelInferResponse, _: grpc.ServicerContext) -> Answer:
        time.sleep(seconds)
        return response

    return how


def output(response: ModelInferResponse, name: str) -> ModelInferResponse.InferOutputTensor:
    return next(tensor for tensor in response.outputs if tensor.name == name)


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        return free.getsockname()[1]


@contextmanager
def silent_socket() -> Iterator[str]:
    """Accepts connections and never says a word; gives its address."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        yield f"{LOOPBACK}:{listening.getsockname()[1]}"


@contextmanager
def slow_to_connect(target: str, seconds: float) -> Iterator[str]:
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
                server = socket.create_connection((LOOPBACK, int(target.rpartition(":")[2])))
                for way in ((client, server, 0.0), (server, client, seconds)):
                    threading.Thread(target=pass_on, args=way, daemon=True).start()

    with socket.create_server((LOOPBACK, 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        yield f"{LOOPBACK}:{listening.getsockname()[1]}"


@contextmanager
def web_server() -> Iterator[str]:
    """Answers everything with a web page over HTTP/1.1, as a proxy before a missing server does; gives its address."""

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.rfile.readline()
            body = b"<!doctype html><title>502 Bad Gateway</title>"
            self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n")
            self.wfile.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self.close_connection = True

    server = ThreadingHTTPServer((LOOPBACK, 0), Page)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        yield f"{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
