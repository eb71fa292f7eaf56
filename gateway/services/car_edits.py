"""Editing a car: what it is, what it costs, how it stands."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from gateway.db.car import CarRow
from gateway.db.transactions import writing
from gateway.errors import Conflict, Forbidden
from gateway.services.appraisals import appraise, write_appraisal
from gateway.services.car_changes import VEHICLE, change
from gateway.services.car_fields import (
    CHANGE_FIELDS, CUSTOMERS_CHANGE_FIELDS, VEHICLE_FIELDS, SaidOfCar, read_change,
)  # fmt: skip
from gateway.services.car_states import OFFERED, WITHDRAWN, check_move
from gateway.services.cars import STAFF, Versions, document, find, find_to_change
from gateway.services.identity import Caller
from gateway.services.offers import check_withdrawing
from gateway.services.valuations import Valuations


def edit(
    valuations: Valuations, who: Caller, car_id: str, raw: Mapping[str, object], versions: Versions, today: date
) -> dict[str, Any]:
    """Change what raw holds of the fields of PATCH /cars/{id}; the car as it is then.

    A car that becomes another vehicle is valued again. Raises NotFound, PreconditionFailed, InvalidFields, Forbidden
    for what is the dealer's alone, Conflict where the car's state does not allow it, ModelUnavailable where its price
    is to be our estimate and there is none.
    """
    # Valuing takes time, and so happens before anything is locked; then the car must still be what was valued.
    seen = find(who, car_id)
    version = seen.version
    is_staff = who.role in STAFF
    said = read_change(
        raw, {name: getattr(seen, name) for name in VEHICLE}, CHANGE_FIELDS if is_staff else CUSTOMERS_CHANGE_FIELDS,
        today, must_reach=not is_staff,
    )  # fmt: skip
    to_value = not said.given.isdisjoint(VEHICLE_FIELDS) or ("price_eur" in said.given and said.price_eur is None)
    appraisal = appraise(valuations, said.said, said.vehicle, today, is_staff) if to_value else None
    with writing() as session:
        row = find_to_change(session, who, car_id, versions)
        if row.version != version:
            message = "somebody else changed the car at this moment; send the change again"
            raise Conflict(message, code="changed_just_now")
        (_check_dealers_change if is_staff else _check_customers_change)(row, said)
        with change(session, who, row, "edit" if said.state in (None, row.state) else said.state):
            _write(row, said)
            if appraisal is not None:
                write_appraisal(session, row, appraisal)
        return document(row, who)


def _check_dealers_change(row: CarRow, said: SaidOfCar) -> None:
    if said.state is not None:
        check_move(row.state, said.state)


def _check_customers_change(row: CarRow, said: SaidOfCar) -> None:
    if said.state not in (None, row.state, WITHDRAWN):
        raise Forbidden(f"you can make it {WITHDRAWN}; all else becomes of your offer by the dealership")
    if said.state == WITHDRAWN:
        check_withdrawing(row)
    if said.given - {"state"} and row.state != OFFERED:
        message = f"the car is {row.state} by now: only while it is {OFFERED} can you change your offer"
        raise Conflict(message, code="not_an_offer")


def _write(row: CarRow, said: SaidOfCar) -> None:
    if said.state is not None:
        row.state = said.state
    if "price_eur" in said.given:
        row.price_is_own = said.price_eur is not None
        row.price_eur = row.price_eur if said.price_eur is None else said.price_eur
    if "contact" in said.given:
        row.contact_name, row.contact_email = said.contact.name, said.contact.email
        row.contact_phone = said.contact.phone
    if "note" in said.given:
        row.note = said.note
