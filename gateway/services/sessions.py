"""Web sessions: kept by us, so that one that has ended is dead everywhere at once."""

import base64
import hashlib
import hmac
from datetime import timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.account import AccountRow, SessionRow
from gateway.extensions import db
from gateway.services.identity import Caller
from gateway.services.secret_values import digest, new_secret

LIFETIME = timedelta(days=7)

# Asked of every request with a cookie: made once, and of tables, for the ORM would take longer than the database.
_sessions, _accounts = SessionRow.__table__.c, AccountRow.__table__.c
_FIND = (
    select(_accounts.sequence, _accounts.id, _accounts.role)
    .join_from(SessionRow.__table__, AccountRow.__table__, _sessions.account == _accounts.sequence)
    .where(_sessions.token_hash == bindparam("hash"), _sessions.expires_at > bindparam("now"))
)


def start(session: Session, account: AccountRow) -> str:
    """Start a session within a transaction; what its cookie must hold."""
    secret = new_secret()
    now = moments.now()
    row = SessionRow(token_hash=digest(secret), account=account.sequence, created_at=now, expires_at=now + LIFETIME)
    session.add(row)
    return secret


def find(secret: str) -> Caller | None:
    """Whose session this is, None where there is none, or none any more."""
    found = db.session.execute(_FIND, {"hash": digest(secret), "now": moments.now()}).first()
    return None if found is None else caller_of(found.sequence, found.id, found.role)


def caller_of(sequence: int, public_id: str, role: str) -> Caller:
    return Caller(role, public_id, sequence, public_id)


def end(session: Session, secret: str) -> None:
    session.execute(delete(SessionRow).where(SessionRow.token_hash == digest(secret)))


def end_all(session: Session, account: int) -> None:
    """End every session of an account."""
    session.execute(delete(SessionRow).where(SessionRow.account == account))


def csrf_token(secret: str) -> str:
    """What a page must send along with a write: it follows from the session, and tells nothing of its secret."""
    mac = hmac.new(secret.encode(), b"csrf", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")
