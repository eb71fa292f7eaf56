"""Offering a car, with or without an account, and following the offer by its reference code."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from gateway.db import moments
from gateway.db.account import AccountRow
from gateway.db.car import CarRow
from gateway.db.transactions import writing
from gateway.errors import Conflict, NotFound
from gateway.extensions import db
from gateway.services.appraisals import appraise, write_appraisal
from gateway.services.car_changes import change, note_new
from gateway.services.car_fields import read_new
from gateway.services.car_states import ACCEPTED, IN_STOCK, OFFERED, ON_OFFER, WHAT_HAPPENS_NEXT, WITHDRAWN
from gateway.services.cars import STAFF, THE_CUSTOMER, facts
from gateway.services.contacts import NO_CONTACT, Contact
from gateway.services.idempotency import Answer, once
from gateway.services.identity import ANONYMOUS, Caller
from gateway.services.offer_codes import code_of, plain
from gateway.services.secret_values import digest, new_id, new_secret
from gateway.services.valuations import Valuations

ROUTE = "POST /cars"


def create(
    valuations: Valuations, who: Caller, raw: Mapping[str, object], key: str | None, today: date
) -> dict[str, Any]:
    """A new car: an offer with its reference code or, from the house's own people, a car in stock without one.

    raw holds the fields of POST /cars, key is the request's Idempotency-Key. Raises InvalidFields, ModelUnavailable
    where our estimate was wanted, Conflict.
    """
    is_ours = who.role in STAFF
    said = read_new(raw, today, NO_CONTACT if is_ours else _contact_of(who), must_reach=not is_ours)
    appraisal = appraise(valuations, said.said, said.vehicle, today, is_ours)
    secret = new_secret()

    def act() -> Answer:
        now = moments.now()
        row = CarRow(
            id=new_id(), version=0, state=IN_STOCK if is_ours else OFFERED, account=None if is_ours else who.account,
            code_hash=None if is_ours else _hash(code_of(secret, key)),
            price_eur=said.price_eur, price_is_own=said.price_eur is not None,
            contact_name=said.contact.name, contact_email=said.contact.email, contact_phone=said.contact.phone,
            note=said.note, created_at=now, updated_at=now,
        )  # fmt: skip
        write_appraisal(session, row, appraisal)
        session.add(row)
        note_new(session, THE_CUSTOMER if who.role == ANONYMOUS else who, row, "take in" if is_ours else "offer")
        return 201, {**facts(row), "secret": None if is_ours else secret}

    # First answers are kept for a while: neither the code nor anything of a person is in them.
    with writing() as session:
        _, answer = once(session, who, ROUTE, key, raw, act)
    secret_then = answer.pop("secret")
    return {**answer, "code": None if secret_then is None else code_of(secret_then, key)}


def status(code: str) -> dict[str, Any]:
    """What who has an offer's code is told of it. Raises NotFound."""
    row = db.session.scalar(_of_code(code))
    if row is None:
        raise _no_such_offer()
    return _offer(row)


def withdraw(code: str) -> dict[str, Any]:
    """Withdraw an offer by its code; one that is withdrawn stays so. Raises NotFound, Conflict where it is too late."""
    with writing() as session:
        row = session.scalar(_of_code(code).with_for_update())
        if row is None:
            raise _no_such_offer()
        check_withdrawing(row)
        with change(session, THE_CUSTOMER, row, "withdraw"):
            row.state = WITHDRAWN
        return _offer(row)


def check_withdrawing(row: CarRow) -> None:
    """Raises Conflict where who offered a car can withdraw it no more."""
    if row.state not in (OFFERED, ACCEPTED, WITHDRAWN):
        message = f"the car is {row.state} by now: only an offer that is {OFFERED} or {ACCEPTED} can be withdrawn"
        raise Conflict(message, code="not_an_offer")


def _contact_of(who: Caller) -> Contact:
    account = None if who.account is None else db.session.get(AccountRow, who.account)
    return NO_CONTACT if account is None else Contact(account.name, account.email)


def _of_code(code: str) -> Any:
    letters = plain(code)
    return select(CarRow).where(
        CarRow.code_hash == ("" if letters is None else _hash(letters)), CarRow.deleted_at.is_(None)
    )


def _hash(code: str) -> str:
    return digest(code.replace("-", ""))


def _no_such_offer() -> NotFound:
    return NotFound("there is no offer of this code; look whether it was typed as it was given")


def _offer(row: CarRow) -> dict[str, Any]:
    told = facts(row)
    names = ("state", "vehicle", "price_eur", "price_is_own", "created_at")
    told["price_eur"] = told["price_eur"] if row.state in ON_OFFER else None
    return {**{name: told[name] for name in names}, "what_happens_next": WHAT_HAPPENS_NEXT[row.state]}
