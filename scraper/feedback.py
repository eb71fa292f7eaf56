"""From the gateway's feed to the store: pages that are written once, and where to go on after whatever happened."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from model.schema.feed import PAGES, FeedEvent, check_sequence, page_key, read_event, read_page, write_page
from model.store import Store
from scraper.errors import Failed
from scraper.gateway import Gateway

FEED = "/api/v1/feedback"
EVENTS_A_PAGE = 1_000

Fetch = Callable[[int], list[FeedEvent]]  # the events after a number, as many as come at once


class ExportError(Failed):
    """The export cannot go on; the message says why."""


@dataclass(frozen=True)
class Page:
    """Events that were kept, or would be, from the first to the last."""

    first: int
    last: int


def feed_of(gateway: Gateway) -> Fetch:
    """The events after a number, some of them at least if there are any. The token is of scope feedback.

    It raises GatewayError.
    """

    def fetch(since: int) -> list[FeedEvent]:
        document = gateway.get(FEED, since=since, limit=EVENTS_A_PAGE)
        try:
            return [read_event(event) for event in document["events"]]
        except (ValueError, LookupError, TypeError) as error:
            raise gateway.odd(FEED, error) from error

    return fetch


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
