"""Keys that an installation makes for itself, once, and keeps."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.db.inserts import insert
from gateway.db.secret import SecretRow
from gateway.services.secret_values import new_secret


def installation_key(session: Session, name: str) -> bytes:
    """The key of this name, made now if it is not there: all processes get the same, whoever comes first.

    The session must be one that writes.
    """
    asked = select(SecretRow.value).where(SecretRow.name == name)
    found = session.scalar(asked)
    if found is None:
        # Who meets another's uncommitted row waits here, and reads it then.
        session.execute(insert(session, SecretRow).values(name=name, value=new_secret()).on_conflict_do_nothing())
        found = session.scalars(asked).one()
    return found.encode()
