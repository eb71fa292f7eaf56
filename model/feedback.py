"""Accepted feedback out of the store, as rows of text under our names: what was withdrawn is not among them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from model.errors import DataError
from model.schema.feed import ACCEPTED, ACCOUNT_WITHDRAWN, PAGES, FeedEvent, check_sequence, read_page
from model.schema.listing import COLUMNS
from model.store import Store, open_store

DECIMALS = 4  # as many as no thousand has: "12.500" km could be twelve thousand


@dataclass(frozen=True)
class Feedback:
    """The rows as (number of the event, {our column: text}), the last event's number, and a SHA-256 of all events."""

    rows: tuple[tuple[int, Mapping[str, str]], ...]
    last_event: int
    digest: str

    @property
    def name(self) -> str:
        return f"feedback up to event {self.last_event}"


def read_feedback(location: str) -> Feedback:
    """What the store at this location holds of the feed.

    Raises DataError for a location that is none, a folder that is not there, and a page that is broken or not there: it
    may hold a withdrawal. Raises StoreError where S3 cannot be read.
    """
    try:
        store = open_store(location, must_exist=True)
    except (ValueError, FileNotFoundError) as error:
        raise DataError(f"there is no feedback: {error}") from error
    return read_feedback_of(store)


def read_feedback_of(store: Store) -> Feedback:
    """The same of a store that is open."""
    accepted: dict[str, FeedEvent] = {}
    digest = hashlib.sha256()
    last = 0
    for key, page in _pages(store):
        try:
            events = read_page(page)
            last = check_sequence(events, last)
        except ValueError as error:
            raise DataError(f"{key}: {error}") from error
        digest.update(page)
        for event in events:
            _apply(event, accepted)
    rows = tuple((event.sequence, _row(event)) for event in accepted.values() if event.listing is not None)
    return Feedback(rows, last, digest.hexdigest())


def _pages(store: Store) -> Iterator[tuple[str, bytes]]:
    for key in store.keys(PAGES):
        yield key, store.get(key)


def _apply(event: FeedEvent, accepted: dict[str, FeedEvent]) -> None:
    if event.kind == ACCOUNT_WITHDRAWN:
        for feedback in [key for key, seen in accepted.items() if seen.pseudonym == event.pseudonym]:
            del accepted[feedback]
        return
    assert event.feedback is not None  # read_page saw to it
    accepted.pop(event.feedback, None)
    if event.kind == ACCEPTED:
        accepted[event.feedback] = event


def _row(event: FeedEvent) -> dict[str, str]:
    """The listing as text. Whose it is, the event says: a row without an account would pass for a collected one."""
    assert event.listing is not None
    listing = {**event.listing, "account": event.pseudonym}
    return {name: _text(listing[name]) for name in COLUMNS if listing.get(name) is not None}


def _text(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.{DECIMALS}f}"
    return str(value)
