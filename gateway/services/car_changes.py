"""Every change of a car, by whichever way: its history, the version of its row, the words it is found by."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.car import CarEventRow, CarRow
from gateway.extensions import db
from gateway.services.car_states import ON_OFFER
from gateway.services.car_words import write_words
from gateway.services.identity import Caller

VEHICLE = ("make", "model", "fuel", "gearbox", "offer_type", "first_registration", "mileage_km", "power_hp")
TOLD = ("state", *VEHICLE, "price_eur", "price_is_own", "estimate_eur", "sale_price_eur", "sold_on")
# What may hold something of a person: the history tells that it changed, and never what it was.
PERSONAL = {"contact": ("contact_name", "contact_email", "contact_phone"), "note": ("note",)}
SEARCHED = {*VEHICLE, *PERSONAL}


@contextmanager
def change(session: Session, who: Caller, row: CarRow, action: str) -> Iterator[None]:
    """What is done to the row in this block is one change of the car; a block that changes nothing is none."""
    before = _state(row)
    yield
    _note(session, who, row, action, before)


def note_new(session: Session, who: Caller, row: CarRow, action: str) -> None:
    """The first entry of a car's history. The row's version is to be 0 until then."""
    _note(session, who, row, action, {})


def history_of(row: CarRow, whole: bool) -> list[dict[str, Any]]:
    """The changes of a car, the newest last: all, or of what it was after it had been an offer its states alone."""
    events = db.session.scalars(
        select(CarEventRow).where(CarEventRow.car == row.sequence).order_by(CarEventRow.sequence)
    )
    told, state = [], None
    for event in events:
        changes = json.loads(event.changes)
        state = changes["state"][1] if "state" in changes else state
        if not whole and state not in ON_OFFER:
            changes = {name: values for name, values in changes.items() if name == "state"}
        if changes:
            at = moments.in_words(event.at)
            told.append({"at": at, "who": event.actor, "action": event.action, "changes": changes})
    return told


def _state(row: CarRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in TOLD}
    told["sold_on"] = None if row.sold_on is None else row.sold_on.isoformat()
    personal = {name: tuple(getattr(row, column) for column in columns) for name, columns in PERSONAL.items()}
    return {**told, **personal, "deleted": row.deleted_at is not None}


def _note(session: Session, who: Caller, row: CarRow, action: str, before: dict[str, Any]) -> None:
    after = _state(row)
    nothing = {name: (None,) * len(columns) for name, columns in PERSONAL.items()} | {"deleted": False}
    changes = {
        name: [None, None] if name in PERSONAL else [before.get(name), value]
        for name, value in after.items()
        if value != before.get(name, nothing.get(name))
    }
    if not changes:
        return
    now = moments.now()
    row.version += 1
    row.updated_at = now
    session.flush()
    if SEARCHED & changes.keys():
        write_words(session, row)
    event = CarEventRow(
        car=row.sequence, at=now, actor=who.actor, action=action, changes=json.dumps(changes, ensure_ascii=False)
    )
    session.add(event)
