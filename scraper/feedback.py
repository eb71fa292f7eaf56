"""From the gateway's feed to the store: pages that are written once, and where to go on after whatever happened."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from model.schema.feed import PAGES, FeedEvent, check_sequence, page_key, read_event, read_page, write_page
from model.store import Store

EVENTS_A_PAGE = 1_000
ANSWERS_WITHIN_S = 30
LARGEST_REPLY_BYTES = 64 * 1024 * 1024
TOKEN = re.compile(r"[!-~]+")

Fetch = Callable[[int], list[FeedEvent]]  # the events after a number, as many as come at once


class ExportError(Exception):
    """The export cannot go on; the message says why."""


@dataclass(frozen=True)
class Page:
    """Events that were kept, or would be, from the first to the last."""

    first: int
    last: int


class NoRedirects(HTTPRedirectHandler):
    """The token is for the gateway alone."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Gateway:
    """The feed of a gateway, fetched with a token of scope feedback."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{address!r} is no address of a gateway such as https://cars.example")
        if not TOKEN.fullmatch(token):
            raise ValueError("the token holds what no token holds")
        self._feed = f"{address.rstrip('/')}/api/v1/feedback"
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._opener = build_opener(NoRedirects)

    def events(self, since: int) -> list[FeedEvent]:
        """The events after number `since`, some of them at least if there are any. Raises ExportError."""
        request = Request(f"{self._feed}?since={since}&limit={EVENTS_A_PAGE}", headers=self._headers)
        try:
            with self._opener.open(request, timeout=ANSWERS_WITHIN_S) as reply:
                document = json.loads(reply.read(LARGEST_REPLY_BYTES))
            return [read_event(event) for event in document["events"]]
        except HTTPError as error:
            raise ExportError(f"{self._feed} answers {error.code}: {_detail(error)}") from error
        except URLError as error:
            raise ExportError(f"{self._feed} cannot be reached: {error.reason}") from error
        except OSError as error:  # it was reached, and then fell silent
            raise ExportError(f"{self._feed} does not answer: {error}") from error
        except (ValueError, LookupError, TypeError) as error:
            raise ExportError(f"{self._feed} does not answer as a gateway does: {error}") from error


def export(fetch: Fetch, store: Store, *, dry_run: bool = False) -> Iterator[Page]:
    """Keep what the feed has and the store has not, page by page; each page once it is kept.

    The store alone knows how far this came, so it can be killed at any point, and two can run at once.
    Raises ExportError for a feed with a gap or a page that is broken, and what the store raises.
    """
    since = last_event(store)
    while events := fetch(since):
        try:
            last = check_sequence(events, since)
        except ValueError as error:
            raise ExportError(f"the feed has a gap: {error}") from error
        if dry_run or store.put_new(page_key(since + 1), write_page(events)):
            yield Page(since + 1, last)
            since = last
        else:  # somebody else keeps pages too
            since = last_event(store)


def last_event(store: Store) -> int:
    """The last event that the store has, 0 if it has none. Raises ExportError."""
    keys = store.keys(PAGES)
    if not keys:
        return 0
    try:
        return read_page(store.get(keys[-1]))[-1].sequence
    except (ValueError, LookupError) as error:
        raise ExportError(f"{keys[-1]} in the store is no page of the feed: {error}") from error


def _detail(error: HTTPError) -> str:
    try:
        return str(json.loads(error.read(LARGEST_REPLY_BYTES))["detail"])
    except (OSError, ValueError, LookupError, TypeError):
        return error.reason
