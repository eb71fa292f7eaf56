"""A gateway as publishing sees it, over HTTP: it keeps parts in order, and answers as it is told to."""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Reply = tuple[int, Mapping[str, str], bytes]


class FakeGateway:
    """`runs` are what it has: (source, run) -> its parts' lines; `troubles` are answered first, one a request."""

    def __init__(self, lives_refused: frozenset[str] = frozenset()) -> None:
        self.runs: dict[tuple[str, str], dict[str, Any]] = {}
        self.lives: dict[tuple[str, str], dict[str, Any]] = {}  # by source and id
        self.troubles: list[Reply | None] = []  # None: it hangs up
        self.asked: list[tuple[str, str, str | None]] = []  # method, path with query, authorization
        self._refused = lives_refused
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(b"")

            def do_PUT(self) -> None:
                self.answer(self.rfile.read(int(self.headers["Content-Length"])))

            def answer(self, body: bytes) -> None:
                gateway.asked.append((self.command, self.path, self.headers.get("Authorization")))
                reply = gateway.troubles.pop(0) if gateway.troubles else gateway._answer(self.command, self.path, body)
                if reply is None:
                    self.close_connection = True
                    return
                status, headers, content = reply
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, method: str, path: str, body: bytes) -> Reply:
        parts = urlsplit(path)
        query = dict(parse_qsl(parts.query))
        if (method, parts.path) == ("GET", "/api/v1/listings/runs"):
            return _json({"runs": [
                {"run": run, "parts": kept["parts"], "part": kept["part"], "complete": kept["complete"]}
                for (source, run), kept in self.runs.items() if source == query["source"]
            ]})  # fmt: skip
        assert (method, parts.path) == ("PUT", "/api/v1/listings")
        run = self.runs.setdefault(
            (query["source"], query["run"]), {"parts": int(query["parts"]), "part": 0, "complete": False}
        )
        part = int(query["part"])
        if run["parts"] != int(query["parts"]) or part > run["part"] + 1:
            return 409, {}, b'{"detail": "not in order"}'
        lines = [json.loads(line) for line in body.splitlines()]
        refused = [life for life in lines if life["id"] in self._refused]
        self.lives |= {(life["source"], life["id"]): life for life in lines if life not in refused}
        run["part"] = max(run["part"], part)
        run["complete"] = run["part"] == run["parts"]
        errors = [{"line": 1, "field": "id", "code": "format", "message": "is not believed"} for _ in refused]
        return _json({"received": len(lines), "kept": len(lines) - len(refused), "refused": len(refused),
                      "errors": errors, "complete": run["complete"]})  # fmt: skip


def _json(document: object) -> Reply:
    return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()
