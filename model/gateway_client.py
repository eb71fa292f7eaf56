"""The gateway's API as jobs call it: JSON, with a token of scope cards."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from model.errors import GatewayRefuses, JobError

API = "/api/v1"
ANSWERS_WITHIN_S = 30.0
PASSING = (429, 502, 503, 504)


class GatewayClient:
    """Calls one gateway. Every method raises GatewayRefuses where it refuses, and OSError where it cannot be reached or
    is not ready.
    """

    def __init__(self, url: str, token: str) -> None:
        """url is http(s)://host[:port]. Raises JobError for another."""
        if urlsplit(url).scheme not in ("http", "https"):
            raise JobError(f"{url} is no address of a gateway: http://host:port")
        self._url = url.rstrip("/") + API
        self._token = token
        self._opener = build_opener(ProxyHandler({}))  # a gateway is no page of the web

    def get(self, path: str) -> Any:
        """None where there is nothing."""
        try:
            return self._call("GET", path)
        except GatewayRefuses as error:
            if error.status == 404:
                return None
            raise

    def put(self, path: str, document: object) -> Any:
        return self._call("PUT", path, document)

    def post(self, path: str, document: object) -> Any:
        return self._call("POST", path, document)

    def _call(self, method: str, path: str, document: object = None) -> Any:
        body = None if document is None else json.dumps(document, ensure_ascii=False).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = Request(self._url + path, body, headers, method=method)
        try:
            with self._opener.open(request, timeout=ANSWERS_WITHIN_S) as answer:
                return json.loads(answer.read() or b"null")
        except HTTPError as error:
            said = _detail(error.read())
            if error.code in PASSING:
                raise OSError(f"{error.code} {said}") from None
            raise GatewayRefuses(error.code, f"{method} {path}: {error.code} {said}") from None
        except ValueError as error:
            raise OSError(f"{method} {path}: no JSON: {error}") from None


def _detail(body: bytes) -> str:
    try:
        problem = json.loads(body)
        said = problem.get("detail") or problem.get("title") or ""
        return "; ".join([str(said), *(f"{each['field']} {each['message']}" for each in problem.get("errors", ()))])
    except (ValueError, AttributeError, LookupError, TypeError):
        return body[:200].decode(errors="replace")
