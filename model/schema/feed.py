"""The feed: how accepted feedback leaves the gateway, how the store keeps it, and how training reads it.

It is a sequence of events, numbered from 1 without gaps. The store keeps them as pages of JSON Lines, each named by its
first event.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

ACCEPTED = "accepted"  # a row that training may read, if a price is known
WITHDRAWN = "withdrawn"  # that row is to be read no more
ACCOUNT_WITHDRAWN = "account_withdrawn"  # no row of this pseudonym before this event is to be read any more
KINDS = (ACCEPTED, WITHDRAWN, ACCOUNT_WITHDRAWN)

PAGES = "feedback/"  # how the pages' keys in the store begin
DIGITS = 12


@dataclass(frozen=True)
class FeedEvent:
    """What became of one feedback, or of all that an account said. `listing` has columns of model.schema.listing."""

    sequence: int
    at: str
    kind: str
    feedback: str | None
    pseudonym: str
    listing: Mapping[str, object] | None


def page_key(first_sequence: int) -> str:
    """Where the store keeps the page that begins with this event. Keys sort as the events do."""
    return f"{PAGES}{first_sequence:0{DIGITS}}.jsonl"


def read_event(raw: object) -> FeedEvent:
    """An event from its JSON. Raises ValueError for what is none.

    Above all none without a pseudonym: its row would pass for a listing that we collected ourselves.
    """
    if not isinstance(raw, Mapping):
        raise ValueError("an event is an object")
    event = FeedEvent(**{name: raw.get(name) for name in FeedEvent.__dataclass_fields__})  # type: ignore[arg-type]
    if isinstance(event.sequence, bool) or not isinstance(event.sequence, int) or event.sequence < 1:
        raise ValueError(f"an event's sequence is a number from 1, not {event.sequence!r}")
    if event.kind not in KINDS:
        raise ValueError(f"event {event.sequence} is of no known kind: {event.kind!r}")
    if not isinstance(event.pseudonym, str) or not event.pseudonym.strip():
        raise ValueError(f"event {event.sequence} does not say whose it is")
    if event.kind != ACCOUNT_WITHDRAWN and not isinstance(event.feedback, str):
        raise ValueError(f"event {event.sequence} does not say which feedback it is of")
    if event.listing is not None and not isinstance(event.listing, Mapping):
        raise ValueError(f"event {event.sequence} has a listing that is no object")
    return event


def write_page(events: Iterable[FeedEvent]) -> bytes:
    """Events as the store keeps them."""
    return "".join(json.dumps(asdict(event), ensure_ascii=False) + "\n" for event in events).encode()


def read_page(page: bytes) -> list[FeedEvent]:
    """The events of a page. Raises ValueError for what is no page, or one that was cut off."""
    text = page.decode()
    if not text.endswith("\n"):
        raise ValueError("a page ends with a line's end")
    return [read_event(json.loads(line)) for line in text.split("\n")[:-1]]


def check_sequence(events: Iterable[FeedEvent], after: int) -> int:
    """The last event's number, `after` if there is none. Raises ValueError unless the first follows `after`, and each
    the one before it: in a gap might be a withdrawal.
    """
    for event in events:
        if event.sequence != after + 1:
            raise ValueError(f"event {after + 1} is missing: {event.sequence} came after {after}")
        after = event.sequence
    return after
