"""Refuses what would only wait too long: beyond so many requests at once a reply of 503 that costs next to nothing.

It stands before Flask. A refusal must be far cheaper than an answer, or an overload would leave no time for answers.
"""

import threading
from collections.abc import Callable, Collection, Iterable
from typing import Any

import orjson

from gateway.errors import Overloaded
from gateway.telemetry import REQUEST_ID_HEADER, new_request_id

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Admission:
    """A WSGI application before another one, which it lets `most` requests for some paths into at once.

    All else is let in always: pages that need no price, and whoever asks whether the process lives.
    """

    def __init__(
        self, application: WsgiApp, paths: Collection[str], most: int, count: Callable[[Overloaded], None]
    ) -> None:
        """count is told of every refusal."""
        self._application = application
        self._paths = frozenset(paths)
        self._most = most
        self._count = count
        self._lock = threading.Lock()
        self.inside = 0
        self._problem = Overloaded()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] not in self._paths:
            return self._application(environ, start_response)
        with self._lock:
            if admitted := self.inside < self._most:
                self.inside += 1
        if not admitted:
            self._count(self._problem)
            return self._refuse(start_response)
        try:
            return self._application(environ, start_response)
        finally:
            with self._lock:
                self.inside -= 1

    def _refuse(self, start_response: StartResponse) -> list[bytes]:
        request_id = new_request_id()
        body = orjson.dumps({**self._problem.document(), "request_id": request_id})
        headers = [
            ("Content-Type", "application/problem+json"),
            ("Content-Length", str(len(body))),
            (REQUEST_ID_HEADER, request_id),
            *self._problem.headers.items(),
        ]
        start_response(f"{self._problem.status} {self._problem.title}", headers)
        return [body]
