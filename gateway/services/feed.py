"""The feed of accepted and withdrawn feedback, in an order that never changes behind a reader's back."""

import json
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.feedback import CounterRow, FeedEventRow
from gateway.errors import Conflict
from gateway.extensions import db

COUNTER = "feed"


def append(session: Session, kind: str, feedback: str | None, pseudonym: str, listing: str | None = None) -> int:
    """Add an event within a transaction that writes; its number.

    The counter is locked until that transaction ends: the next number is given out when this one can be read, or was
    never taken. So a reader who has seen a number has seen all before it. Lock rows of feedback before, never after.
    """
    number = session.execute(
        update(CounterRow).where(CounterRow.name == COUNTER).values(value=CounterRow.value + 1)
        .returning(CounterRow.value)
    ).scalar_one()  # fmt: skip
    session.add(
        FeedEventRow(
            sequence=number, at=moments.now(), kind=kind, feedback=feedback, pseudonym=pseudonym, listing=listing
        )
    )
    return number


def read(since: int, limit: int) -> dict[str, Any]:
    """The events after number `since`, `limit` of them at most.

    Raises Conflict where the feed is shorter than that: the database is older than what the reader has.
    """
    asked = select(FeedEventRow).where(FeedEventRow.sequence > since).order_by(FeedEventRow.sequence).limit(limit + 1)
    rows = list(db.session.scalars(asked))
    if not rows and since > (last := db.session.get_one(CounterRow, COUNTER).value):
        raise Conflict(f"the feed ends with event {last}; who has seen event {since} has it of another database")
    page = rows[:limit]
    return {
        "events": [_event(row) for row in page],
        "next": page[-1].sequence if page else since,
        "more": len(rows) > limit,
    }


def _event(row: FeedEventRow) -> dict[str, Any]:
    return {
        "sequence": row.sequence,
        "at": moments.in_words(row.at),
        "kind": row.kind,
        "feedback": row.feedback,
        "pseudonym": row.pseudonym,
        "listing": row.listing and json.loads(row.listing),
    }
