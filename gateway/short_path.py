"""The short way to a valuation: the same steps as Flask's view, without Flask, for the request that most callers send.

Routing, contexts, hooks and response objects are half of what a valuation costs. All else goes on to Flask, the
request untouched: any other route, method or type, a body without a length, a request with a mistake in it, one whose
valuation is to be kept. Tests hold both ways to the same answers.
"""

import io
import time
from collections.abc import Iterable
from datetime import date
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gateway.api.body import parse_json
from gateway.api.valuations import DEADLINE, LARGEST_BODY_BYTES
from gateway.errors import ModelUnavailable
from gateway.plain_replies import reply, reply_problem
from gateway.services.valuations import Valuations
from gateway.telemetry import Metrics, new_request_id

JSON = "application/json"


class ShortPath:
    """A WSGI application before Flask's."""

    def __init__(self, application: WSGIApplication, path: str, valuations: Valuations, metrics: Metrics) -> None:
        """path is that of POST valuations."""
        self._application = application
        self._path = path
        self._valuations = valuations
        self._metrics = metrics

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != self._path or environ["REQUEST_METHOD"] != "POST":
            return self._application(environ, start_response)
        began_s = time.perf_counter()
        length = environ.get("CONTENT_LENGTH") or ""
        if environ.get("CONTENT_TYPE") != JSON or not length.isdecimal() or int(length) > LARGEST_BODY_BYTES:
            return self._application(environ, start_response)
        data = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(data)
        deadline = environ[DEADLINE] = self._valuations.deadline()
        try:
            valuation = self._valuations.value_from_memory(parse_json(data), date.today(), deadline)
        except ModelUnavailable as problem:
            self._metrics.count(problem)
            return reply_problem(start_response, problem, self._note(problem.status, began_s))
        except Exception:  # a mistake in the request, or one of ours: Flask meets it too, and tells
            valuation = None
        if valuation is None:
            return self._application(environ, start_response)
        self._metrics.valuations.labels(valuation["model"]["version"]).inc()
        return reply(start_response, valuation, self._note(200, began_s))

    def _note(self, status: int, began_s: float) -> str:
        """Count and log the request; its id."""
        request_id = new_request_id()
        self._metrics.note(self._path, "POST", status, time.perf_counter() - began_s, request_id)
        return request_id
