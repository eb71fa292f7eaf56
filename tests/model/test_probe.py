import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from model import probe
from model.schema.features import FEATURES


@contextmanager
def model_server(status: int, body: bytes) -> Iterator[tuple[int, list[tuple[str, dict]]]]:
    """A server that answers every inference so: its port, and what it was asked."""
    asked: list[tuple[str, dict]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_server_that_prices_is_well_and_was_asked_with_every_feature() -> None:
    with model_server(200, b'{"outputs": [{"name": "price_eur"}]}') as (port, asked):
        code = probe.main({"MLSERVER_HTTP_PORT": str(port), "MLSERVER_MODEL_NAME": "car-price-challenger"})
    ((path, body),) = asked
    assert code == 0
    assert path == "/v2/models/car-price-challenger/infer"
    assert [each["name"] for each in body["inputs"]] == [feature.name for feature in FEATURES]


NOT_WELL = [(500, b"{}"), (404, b"{}"), (200, b"<html>"), (200, b'{"outputs": []}'), (200, b"{}")]


@pytest.mark.parametrize(("status", "body"), NOT_WELL)
def test_a_server_that_does_not_price_is_not_well(status: int, body: bytes, capsys: pytest.CaptureFixture) -> None:
    with model_server(status, body) as (port, _):
        code = probe.main({"MLSERVER_HTTP_PORT": str(port)})
    assert code == 1
    assert "does not price" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_not_well() -> None:
    with model_server(200, b"") as (port, _):
        pass
    assert probe.main({"MLSERVER_HTTP_PORT": str(port)}) == 1
