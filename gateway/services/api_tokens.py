"""API tokens: keys for programs, each good for its scopes, until it ends or is revoked."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from gateway.db import moments
from gateway.db.account import AccountRow, ApiTokenRow
from gateway.db.transactions import writing
from gateway.errors import InvalidFields, NotFound
from gateway.extensions import db
from gateway.services import audit
from gateway.services.identity import SCOPES, SERVICE, Caller
from gateway.services.secret_values import digest, new_secret
from model.schema.fields import Fields, Violation, printable_name

MARK = "dsh"  # by which secret scanners know our tokens
PREFIX_BYTES = 4
DAYS, LONGEST_DAYS = 90, 366

# Asked of every request with a token: made once, and of tables, for the ORM would take longer than the database.
_tokens, _accounts = ApiTokenRow.__table__.c, AccountRow.__table__.c
_FIND = (
    select(_tokens.secret_hash, _tokens.scopes, _accounts.role)
    .outerjoin_from(ApiTokenRow.__table__, AccountRow.__table__, _tokens.account == _accounts.sequence)
    .where(
        _tokens.prefix == bindparam("prefix"), _tokens.revoked_at.is_(None), _tokens.expires_at > bindparam("now")
    )
)


@dataclass(frozen=True)
class ApiToken:
    """What is shown of a token."""

    prefix: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def read(raw: Mapping[str, object]) -> tuple[str, list[str], int]:
    """Name, scopes and days of a token that somebody asks for. Raises InvalidFields."""
    fields = Fields(raw)
    fields.allow_only(("name", "scopes", "days"))
    name = fields.text("name")
    scopes = raw.get("scopes")
    if not isinstance(scopes, list) or not scopes or not all(isinstance(scope, str) for scope in scopes):
        fields.add("scopes", "type", "must be a list of one or more scopes")
    elif unknown := [scope for scope in scopes if scope not in SCOPES]:
        fields.add("scopes", "unknown", f"{printable_name(unknown[0])!r} is none of {', '.join(SCOPES)}")
    days = raw.get("days", DAYS)
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= LONGEST_DAYS:
        message = f"must be a whole number between 1 and {LONGEST_DAYS}"
        fields.add("days", "out_of_range", message, {"low": 1, "high": LONGEST_DAYS})
    if fields.violations:
        raise InvalidFields(fields.violations)
    assert name is not None and isinstance(scopes, list) and isinstance(days, int)
    return name, scopes, days


def create(maker: Caller, name: str, scopes: list[str], days: int) -> tuple[ApiToken, str]:
    """A new token of the maker's, and the whole of it, which is shown this once.

    scopes are some of SCOPES, days 1 to LONGEST_DAYS. Raises InvalidFields for a scope that the maker's role may not
    give.
    """
    if refused := [scope for scope in scopes if maker.role not in SCOPES[scope]]:
        why = "your role may not make tokens for " + ", ".join(refused)
        raise InvalidFields([Violation("scopes", "not_allowed", why)])
    prefix, secret = secrets.token_hex(PREFIX_BYTES), new_secret()
    now = moments.now()
    row = ApiTokenRow(
        prefix=prefix,
        secret_hash=digest(secret),
        account=maker.account,
        name=name,
        scopes=" ".join(sorted(set(scopes))),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    with writing() as session:
        session.add(row)
        audit.note(session, maker, "token.create", prefix, {"scopes": row.scopes, "days": days})
    return _shown(row), f"{MARK}_{prefix}_{secret}"


def find(token: str) -> Caller | None:
    """Whose token this is, None where it is none, or none any more.

    What an account's role may not give any more, its tokens are not good for any more.
    """
    mark, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != MARK or not secret:
        return None
    found = db.session.execute(_FIND, {"prefix": prefix, "now": moments.now()}).first()
    if found is None or not hmac.compare_digest(found.secret_hash, digest(secret)):
        return None
    scopes = {scope for scope in found.scopes.split() if found.role is None or found.role in SCOPES.get(scope, ())}
    return Caller(SERVICE, f"token:{prefix}", scopes=frozenset(scopes))


def all_of(owner: Caller) -> list[ApiToken]:
    """The owner's tokens, the newest first."""
    rows = db.session.scalars(
        select(ApiTokenRow).where(ApiTokenRow.account == owner.account).order_by(ApiTokenRow.sequence.desc())
    )
    return [_shown(row) for row in rows]


def revoke(owner: Caller, prefix: str) -> None:
    """End a token of the owner's, now. Raises NotFound; one that has ended stays ended."""
    with writing() as session:
        row = session.scalar(
            select(ApiTokenRow)
            .where(ApiTokenRow.prefix == prefix, ApiTokenRow.account == owner.account)
            .with_for_update()
        )
        if row is None:
            raise NotFound("you have no token of this prefix")
        if row.revoked_at is None:
            row.revoked_at = moments.now()
            audit.note(session, owner, "token.revoke", prefix)


def _shown(row: ApiTokenRow) -> ApiToken:
    return ApiToken(row.prefix, row.name, row.scopes.split(), row.created_at, row.expires_at, row.revoked_at)
