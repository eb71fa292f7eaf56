"""Inserting what may be there already, in the one way that both databases have."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert(session: Session, table: type) -> Any:
    """An INSERT that knows on_conflict_do_nothing() and on_conflict_do_update().

    Who meets a row that another transaction has inserted and not committed waits for that one.
    """
    return (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(table)
