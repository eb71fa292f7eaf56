"""Refuses what would only wait too long: beyond so many requests at once a reply of 503 that costs next to nothing.

It stands before Flask. A refusal must be far cheaper than an answer, or an overload would leave no time for answers.
"""

import threading
from collections.abc import Callable, Collection, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gateway.errors import Overloaded
from gateway.plain_replies import reply_problem
from gateway.telemetry import new_request_id


class Admission:
    """A WSGI application before another one, which it lets `most` requests for some paths into at once.

    All else is let in always: pages that need no price, and whoever asks whether the process lives.
    """

    def __init__(
        self, application: WSGIApplication, paths: Collection[str], most: int, count: Callable[[Overloaded], None]
    ) -> None:
        """count is told of every refusal."""
        self._application = application
        self._paths = frozenset(paths)
        self._most = most
        self._count = count
        self._lock = threading.Lock()
        self.inside = 0
        self._problem = Overloaded()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] not in self._paths:
            return self._application(environ, start_response)
        with self._lock:
            if admitted := self.inside < self._most:
                self.inside += 1
        if not admitted:
            self._count(self._problem)
            return reply_problem(start_response, self._problem, new_request_id())
        try:
            return self._application(environ, start_response)
        finally:
            with self._lock:
                self.inside -= 1
