"""Whoever writes the market waits for who does so already, and each has a number of his own."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.db.feedback import CounterRow
from gateway.db.inserts import insert
from gateway.extensions import db

COUNTER = "market"


def take_turn(session: Session) -> int:
    """The number of this transaction, which writes. Until it ends nobody else changes a listing or a figure."""
    first = insert(session, CounterRow).values(name=COUNTER, value=1)
    taken = first.on_conflict_do_update(index_elements=["name"], set_={"value": CounterRow.value + 1})
    return session.execute(taken.returning(CounterRow.value)).scalar_one()


def last_turn() -> int:
    """The number of the last of them that has ended."""
    return db.session.scalar(select(CounterRow.value).where(CounterRow.name == COUNTER)) or 0
