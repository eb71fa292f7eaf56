"""Replies without Flask, for what stands before it: the bytes and headers that Flask's own would have."""

from collections.abc import Mapping
from wsgiref.types import StartResponse

import orjson

from gateway.errors import Problem
from gateway.telemetry import REQUEST_ID_HEADER


def reply(start_response: StartResponse, document: object, request_id: str) -> list[bytes]:
    """A JSON document with status 200, as a WSGI application returns it."""
    return _reply(start_response, "200 OK", "application/json", orjson.dumps(document), request_id, {})


def reply_problem(start_response: StartResponse, problem: Problem, request_id: str) -> list[bytes]:
    body = orjson.dumps({**problem.document(), "request_id": request_id})
    status = f"{problem.status} {problem.title}"
    return _reply(start_response, status, "application/problem+json", body, request_id, problem.headers)


def _reply(
    start_response: StartResponse, status: str, mimetype: str, body: bytes, request_id: str, more: Mapping[str, str]
) -> list[bytes]:
    headers = [("Content-Type", mimetype), ("Content-Length", str(len(body))), (REQUEST_ID_HEADER, request_id)]
    start_response(status, [*headers, *more.items()])
    return [body]
