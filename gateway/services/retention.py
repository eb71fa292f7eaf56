"""What is past its time, and removing it: in short transactions, beside a gateway that serves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.account import ApiTokenRow, PasswordResetRow, SessionRow
from gateway.db.attempt import AttemptRow
from gateway.db.car import CarRow
from gateway.db.feedback import FeedbackRow
from gateway.db.idempotency import IdempotencyRow
from gateway.db.listing import ListingRow, ListingRunRow
from gateway.db.transactions import writing
from gateway.db.valuation import ValuationRow
from gateway.extensions import db
from gateway.services.car_states import DECLINED, SOLD, WITHDRAWN
from gateway.services.forgetting import CAN_BE_REACHED, forget_contacts
from gateway.services.identity import OPERATOR
from gateway.services.market.known import newest_day
from gateway.services.market.turns import take_turn

ROWS_AT_ONCE = 500  # so that nobody who writes meanwhile waits for long
FIRST_ANSWERS_FOR = timedelta(hours=24)
ENDED_TOKENS_FOR = timedelta(days=90)
CLOSED = (SOLD, DECLINED, WITHDRAWN)


@dataclass(frozen=True)
class Periods:
    """How long the operator keeps what has no fixed time."""

    undo: timedelta  # within which a deleted car can be brought back
    valuations: timedelta  # that belong to nobody and to no car or feedback
    contacts: timedelta  # of cars that are sold, declined or withdrawn
    listings: timedelta  # of the market, since they were seen last


@dataclass(frozen=True)
class Expired:
    """Rows of one kind that are past their time. `remove` takes some of them away, and gives their number."""

    kind: str
    table: type
    when: ColumnElement[bool]
    remove: Callable[["Expired", Session], int]

    def count(self) -> int:
        return db.session.scalar(select(func.count()).select_from(self.table).where(self.when)) or 0


def expired(periods: Periods) -> list[Expired]:
    """All kinds, in the order in which they must be removed: a valuation is nobody's once its car is gone."""
    now = moments.now()
    return [
        Expired("sessions", SessionRow, SessionRow.expires_at <= now, _delete),
        Expired("links to set a password", PasswordResetRow, PasswordResetRow.expires_at <= now, _delete),
        Expired("attempts", AttemptRow, AttemptRow.free_at <= now, _delete),
        Expired("first answers", IdempotencyRow, IdempotencyRow.created_at <= now - FIRST_ANSWERS_FOR, _delete),
        Expired("tokens", ApiTokenRow, _tokens_ended_by(now - ENDED_TOKENS_FOR), _delete),
        Expired("deleted cars", CarRow, CarRow.deleted_at <= now - periods.undo, _delete),
        Expired("contacts of cars", CarRow, _contacts_kept_since(now - periods.contacts), _forget_contacts),
        Expired("valuations", ValuationRow, _valuations_of_nobody_since(now - periods.valuations), _delete),
        Expired("listings", ListingRow, _listings_not_seen_for(periods.listings), _delete_listings),
        Expired("runs of listings", ListingRunRow, ListingRunRow.updated_at <= now - periods.listings, _delete),
    ]


def count(periods: Periods) -> dict[str, int]:
    """How many of each kind are past their time."""
    return {kind.kind: kind.count() for kind in expired(periods)}


def prune(periods: Periods) -> dict[str, int]:
    """Remove them; how many of each kind. What is not removed when it is stopped, the next one removes."""
    removed = {}
    for kind in expired(periods):
        removed[kind.kind] = 0
        while some := _remove_some(kind):
            removed[kind.kind] += some
    return removed


def _remove_some(kind: Expired) -> int:
    with writing() as session:
        return kind.remove(kind, session)


def _tokens_ended_by(moment: datetime) -> ColumnElement[bool]:
    return or_(ApiTokenRow.expires_at <= moment, ApiTokenRow.revoked_at <= moment)


def _contacts_kept_since(moment: datetime) -> ColumnElement[bool]:
    return and_(CarRow.state.in_(CLOSED), CarRow.updated_at <= moment, CAN_BE_REACHED)


def _valuations_of_nobody_since(moment: datetime) -> ColumnElement[bool]:
    return and_(
        ValuationRow.account.is_(None),
        ValuationRow.created_at <= moment,
        ~exists().where(CarRow.valuation == ValuationRow.id),
        ~exists().where(FeedbackRow.valuation == ValuationRow.id),
    )


def _listings_not_seen_for(period: timedelta) -> ColumnElement[bool]:
    """Counted back from the market's newest day: one that was brought once, and is all there is, stays."""
    newest = newest_day()
    return false() if newest is None else ListingRow.last_seen <= newest - period


def _delete(kind: Expired, session: Session) -> int:
    table = kind.table.__table__  # type: ignore[attr-defined]
    key = tuple_(*table.primary_key.columns)
    some = select(*table.primary_key.columns).where(kind.when).limit(ROWS_AT_ONCE)
    # The condition stands twice: a row that somebody has renewed since it was chosen is looked at again.
    return session.execute(delete(table).where(key.in_(some), kind.when)).rowcount  # type: ignore[attr-defined]


def _delete_listings(kind: Expired, session: Session) -> int:
    take_turn(session)  # who brings listings must not find one that is gone when he writes
    return _delete(kind, session)


def _forget_contacts(kind: Expired, session: Session) -> int:
    rows = session.scalars(
        select(CarRow).where(kind.when).limit(ROWS_AT_ONCE).with_for_update(skip_locked=True)
    ).all()
    forget_contacts(session, OPERATOR, rows)
    return len(rows)
