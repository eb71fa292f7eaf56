"""One transaction that writes."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from gateway.extensions import db


@contextmanager
def writing() -> Iterator[Session]:
    """Everything in this block is written, or nothing of it.

    What was read before it is forgotten: read again inside what a decision hangs on, and on PostgreSQL lock it by
    with_for_update(). On SQLite nobody else writes meanwhile. Raises what SQLAlchemy raises.
    """
    session = db.session()
    session.rollback()
    session.connection(execution_options={"begin": "IMMEDIATE"})
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
