"""A person's data: all of it for him to have, and its end. By law (GDPR, articles 15, 17 and 20), and by e-mail."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.account import AccountRow, ApiTokenRow, SessionRow
from gateway.db.audit import AuditRow
from gateway.db.car import CarRow
from gateway.db.feedback import FeedbackRow
from gateway.db.idempotency import IdempotencyRow
from gateway.db.valuation import ValuationRow
from gateway.errors import NotFound
from gateway.extensions import db
from gateway.services import audit
from gateway.services.car_changes import history_of
from gateway.services.cars import THE_CUSTOMER, document
from gateway.services.feedback import withdraw_account
from gateway.services.forgetting import forget_people
from gateway.services.identity import Caller

JSON_COLUMNS = frozenset({"document", "changes", "details", "listing", "evidence"})


@dataclass(frozen=True)
class Person:
    """Whom an e-mail belongs to: an account, cars that were offered with it, or both. By their rows' sequences."""

    account: int | None
    cars: list[int]


def find(email: str) -> Person:
    """Who it is, for an operator who has made sure that it is he who asks. Raises NotFound.

    An account may be opened with an e-mail that is somebody else's; so what belongs to an e-mail is shown to an
    operator alone, and an account's owner sees what belongs to the account.
    """
    email = email.strip().lower()
    account = db.session.scalar(select(AccountRow.sequence).where(AccountRow.email == email))
    his = func.lower(CarRow.contact_email) == email
    if account is not None:
        his |= CarRow.account == account
    cars = list(db.session.scalars(select(CarRow.sequence).where(his).order_by(CarRow.sequence)))
    if account is None and not cars:
        raise NotFound("nobody is known by this e-mail")
    return Person(account, cars)


def export(account: int) -> dict[str, Any]:
    """All that belongs to an account, as JSON has it. Raises NotFound."""
    return export_person(Person(account, _cars_of(db.session(), account)))


def export_person(person: Person) -> dict[str, Any]:
    """All that is kept of a person, as JSON has it, without what would let another act in his name."""
    found: dict[str, Any] = {"exported_at": moments.in_words(moments.now()), "account": None}
    if person.account is not None:
        row = db.session.get(AccountRow, person.account)
        if row is None:
            raise NotFound("there is no such account")
        found["account"] = _shown(row, without=("sequence", "password_hash"))
        for name, table, hidden in (
            ("sessions", SessionRow, ("token_hash", "account")),
            ("tokens", ApiTokenRow, ("sequence", "secret_hash", "account")),
            ("valuations", ValuationRow, ("account",)),
            ("feedback", FeedbackRow, ("sequence", "account", "car", "reviewed_by", "review_note")),
        ):
            his = select(table).where(table.account == person.account)  # type: ignore[attr-defined]
            key = table.__table__.primary_key.columns  # type: ignore[attr-defined]
            found[name] = _all(his.order_by(*key), hidden)
        tokens = [f"token:{token['prefix']}" for token in found["tokens"]]
        about = or_(AuditRow.actor.in_([row.id, *tokens]), AuditRow.target == row.id)
        found["audit"] = _all(select(AuditRow).where(about).order_by(AuditRow.sequence), ("sequence",))
    cars = select(CarRow).where(CarRow.sequence.in_(person.cars)).order_by(CarRow.sequence)
    # As whoever offered them is told of them: what the house asks for them is not his data.
    found["cars"] = [
        {**document(car, THE_CUSTOMER), "history": history_of(car, whole=False)} for car in db.session.scalars(cars)
    ]
    return found


def erase(session: Session, who: Caller, account: int) -> None:
    """Erase an account and all that is personal in what belongs to it, in this transaction. Raises NotFound."""
    erase_person(session, who, Person(account, _cars_of(session, account)))


def erase_person(session: Session, who: Caller, person: Person) -> None:
    """Erase a person, in this transaction: afterwards no row holds his name, e-mail or phone.

    His account with its sessions, tokens and links goes, and so do the valuations that nothing else refers to. Cars
    stay as the dealership's, without him; an offer that was still open is withdrawn. His feedback is withdrawn. The
    audit log stays: it names him by an id that leads nowhere any more. Raises NotFound.
    """
    row = None if person.account is None else session.get(AccountRow, person.account, with_for_update=True)
    if person.account is not None and row is None:
        raise NotFound("there is no such account")
    _forget_cars(session, who, person.cars)
    details = {"cars": len(person.cars), "account": row is not None}
    if row is not None:
        # The answers that are kept for a day hold nothing of a person, but they were given to him.
        session.execute(delete(IdempotencyRow).where(IdempotencyRow.caller == row.id))
        withdraw_account(session, who, row.sequence)
        theirs = FeedbackRow.account == row.sequence
        session.execute(update(FeedbackRow).where(theirs).values(account=None, review_note=None))
        _forget_valuations(session, row.sequence)
        session.execute(delete(AccountRow).where(AccountRow.sequence == row.sequence))
    audit.note(session, who, "person.erase", row.id if row is not None else "offers", details)


def _cars_of(session: Session, account: int) -> list[int]:
    return list(session.scalars(select(CarRow.sequence).where(CarRow.account == account).order_by(CarRow.sequence)))


def _forget_cars(session: Session, who: Caller, cars: list[int]) -> None:
    rows = select(CarRow).where(CarRow.sequence.in_(cars)).with_for_update()
    forget_people(session, who, session.scalars(rows).all())


def _forget_valuations(session: Session, account: int) -> None:
    """Those that a car or feedback refers to stay, as nobody's."""
    of_others = [
        select(column).where(column.is_not(None)) for column in (CarRow.valuation, FeedbackRow.valuation)
    ]
    alone = delete(ValuationRow).where(
        ValuationRow.account == account, *(ValuationRow.id.not_in(others) for others in of_others)
    )
    session.execute(alone, execution_options={"synchronize_session": False})


def _all(query: Any, without: Collection[str]) -> list[dict[str, Any]]:
    return [_shown(row, without) for row in db.session.scalars(query)]


def _shown(row: Any, without: Collection[str]) -> dict[str, Any]:
    """A row as JSON has it, without some columns."""
    shown = {}
    for column in row.__table__.columns:
        if column.name in without:
            continue
        value = getattr(row, column.name)
        if isinstance(value, datetime):
            value = moments.in_words(value)
        elif isinstance(value, date):
            value = value.isoformat()
        elif column.name in JSON_COLUMNS and value is not None:
            value = json.loads(value)
        shown[column.name] = value
    return shown
