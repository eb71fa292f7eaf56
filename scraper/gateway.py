"""A gateway as its jobs see it: asked with a token that goes nowhere else."""

import http.client
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from scraper.errors import Failed, WrongCall

ANSWERS_WITHIN_S = 30
TAKES_WITHIN_S = 300  # it may have much to do with what it is sent
LARGEST_REPLY_BYTES = 64 * 1024 * 1024
TOKEN = re.compile(r"[!-~]+")
BUSY = (429, 502, 503, 504)


class GatewayError(Failed):
    """The gateway cannot be reached, or refuses; the message says which address and why."""


class GatewayBusy(GatewayError):
    """It may answer when it is asked again; not before retry_after_s, if it says so."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NoRedirects(HTTPRedirectHandler):
    """The token is for the gateway alone."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Gateway:
    """A gateway's API, at an address such as https://cars.example."""

    def __init__(self, address: str, token: str) -> None:
        """Raises WrongCall for what is no address, or no token."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise WrongCall(f"{address!r} is no address of a gateway such as https://cars.example")
        if not TOKEN.fullmatch(token):
            raise WrongCall("the token holds what no token holds")
        self._address = address.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._opener = build_opener(NoRedirects)

    def get(self, path: str, **query: object) -> Any:
        """What it answers, out of its JSON. Raises GatewayError."""
        return self._ask(path, Request(self._url(path, query), headers=self._headers), ANSWERS_WITHIN_S)

    def put(self, path: str, content: bytes, content_type: str, **query: object) -> Any:
        """What it answers to what is put there, out of its JSON. Raises GatewayError."""
        headers = {**self._headers, "Content-Type": content_type}
        request = Request(self._url(path, query), content, headers, method="PUT")
        return self._ask(path, request, TAKES_WITHIN_S)

    def odd(self, path: str, error: Exception) -> GatewayError:
        """An answer that no gateway gives."""
        return GatewayError(f"{self._address}{path} does not answer as a gateway does: {error}")

    def _url(self, path: str, query: Mapping[str, object]) -> str:
        return f"{self._address}{path}?{urlencode(query)}"

    def _ask(self, path: str, request: Request, within_s: float) -> Any:
        place = f"{self._address}{path}"
        try:
            with self._opener.open(request, timeout=within_s) as reply:
                content = reply.read(LARGEST_REPLY_BYTES)
        except HTTPError as error:
            message = f"{place} answers {error.code}: {_detail(error)}"
            if error.code in BUSY:
                raise GatewayBusy(message, _retry_after_s(error.headers.get("Retry-After"))) from error
            raise GatewayError(message) from error
        except URLError as error:
            raise GatewayBusy(f"{place} cannot be reached: {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:  # it was reached, and then fell silent
            raise GatewayBusy(f"{place} does not answer: {error or type(error).__name__}") from error
        try:
            return json.loads(content)
        except ValueError as error:
            raise self.odd(path, error) from error


def _detail(error: HTTPError) -> str:
    try:
        return str(json.loads(error.read(LARGEST_REPLY_BYTES))["detail"])
    except (OSError, ValueError, LookupError, TypeError, http.client.HTTPException):
        return error.reason


def _retry_after_s(header: str | None) -> float | None:
    """Seconds, or a date as HTTP writes it; None for neither."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
