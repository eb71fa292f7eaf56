"""Cars that are offered or in stock: finding them, telling of them, deleting them and bringing them back."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.car import CarRow
from gateway.db.transactions import writing
from gateway.errors import NotFound, PreconditionFailed
from gateway.extensions import db
from gateway.services.car_changes import VEHICLE, change, history_of
from gateway.services.car_states import ON_OFFER
from gateway.services.identity import ADMIN, CUSTOMER, DEALER, Caller
from gateway.services.staff_names import names_of
from model.schema.features import HP_PER_KW

STAFF = (DEALER, ADMIN)  # who reach every car; all others reach those of their account
ID = re.compile(r"[A-Za-z0-9_-]{22}")
OF_THE_HOUSE = ("price_eur", "estimate_eur", "valuation", "sale_price_eur", "sold_on")
# Who acts by a reference code, or is not there any more: nothing else is known of him.
THE_CUSTOMER = Caller(CUSTOMER, "customer")

Versions = frozenset[str] | None  # of a car's row, that a change is made for; None: any


def find(who: Caller, car_id: str) -> CarRow:
    """A car that the caller may reach. Raises NotFound."""
    row = db.session.scalar(_reachable(who, car_id).where(CarRow.deleted_at.is_(None)))
    if row is None:
        raise _no_such_car()
    return row


def find_to_change(session: Session, who: Caller, car_id: str, versions: Versions = None) -> CarRow:
    """The same within a transaction that will change it. Raises NotFound, PreconditionFailed."""
    row = session.scalar(_reachable(who, car_id).where(CarRow.deleted_at.is_(None)).with_for_update())
    if row is None:
        raise _no_such_car()
    if versions is not None and str(row.version) not in versions:
        raise PreconditionFailed("the car was changed since you read it; read it again")
    return row


def facts(row: CarRow) -> dict[str, Any]:
    """What is told of a car, without anything of a person."""
    vehicle = {name: getattr(row, name) for name in VEHICLE}
    power = {"power_hp": round(row.power_hp, 1), "power_kw": round(row.power_hp / HP_PER_KW, 1)}
    return {
        "id": row.id,
        "version": row.version,
        "state": row.state,
        "vehicle": {**vehicle, **power},
        "price_eur": row.price_eur,
        "price_is_own": row.price_is_own,
        "estimate_eur": row.estimate_eur,
        "valuation": row.valuation,
        "sale_price_eur": row.sale_price_eur,
        "sold_on": None if row.sold_on is None else row.sold_on.isoformat(),
        "created_at": moments.in_words(row.created_at),
        "updated_at": moments.in_words(row.updated_at),
    }


def document(row: CarRow, who: Caller) -> dict[str, Any]:
    """What is told of a car to somebody who may reach it: to its seller nothing of prices that are not his business."""
    contact = {"name": row.contact_name, "email": row.contact_email, "phone": row.contact_phone}
    told = {**facts(row), "contact": contact if any(contact.values()) else None, "note": row.note}
    return told if who.role in STAFF or row.state in ON_OFFER else told | dict.fromkeys(OF_THE_HOUSE)


def delete(who: Caller, car_id: str, versions: Versions) -> None:
    """Take a car out of every list. Raises NotFound, PreconditionFailed."""
    with writing() as session:
        row = find_to_change(session, who, car_id, versions)
        with change(session, who, row, "delete"):
            row.deleted_at = moments.now()


def restore(who: Caller, car_id: str, undo: timedelta) -> dict[str, Any]:
    """Bring back a car that was deleted within the time to undo it; one that is there stays as it is.

    Raises NotFound.
    """
    with writing() as session:
        row = session.scalar(_reachable(who, car_id).with_for_update())
        if row is None or (row.deleted_at is not None and row.deleted_at < moments.now() - undo):
            raise _no_such_car()
        with change(session, who, row, "restore"):
            row.deleted_at = None
        return document(row, who)


def history(who: Caller, car_id: str) -> list[dict[str, Any]]:
    """All changes of a car, the newest last; for the dealership with the names of its own. Raises NotFound."""
    is_staff = who.role in STAFF
    events = history_of(find(who, car_id), whole=is_staff)
    names = names_of(event["who"] for event in events) if is_staff else {}
    return [{**event, "who_name": names.get(event["who"])} for event in events]


def _reachable(who: Caller, car_id: str) -> Any:
    found = select(CarRow).where(CarRow.id == (car_id if ID.fullmatch(car_id) else ""))
    return found if who.role in STAFF else found.where(CarRow.account == who.account)


def _no_such_car() -> NotFound:
    return NotFound("there is no car of this id")
