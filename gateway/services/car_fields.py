"""Reading what somebody says of a car that he offers, takes in or edits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.errors import InvalidFields
from gateway.services.car_states import STATES
from gateway.services.contacts import NO_CONTACT, Contact, read_contact
from model.schema.fields import Fields, Invalid
from model.schema.vehicle import Vehicle, parse_vehicle

VEHICLE_FIELDS = (
    "make", "model", "fuel", "gearbox", "offer_type", "first_registration", "mileage_km", "power_hp", "power_kw",
)  # fmt: skip
POWERS = ("power_hp", "power_kw")
NEW_FIELDS = (*VEHICLE_FIELDS, "price_eur", "contact", "note")
CHANGE_FIELDS = (*NEW_FIELDS, "state")
CUSTOMERS_CHANGE_FIELDS = ("price_eur", "mileage_km", "contact", "note", "state")
SALE_FIELDS = ("sale_price_eur", "sold_on")
PRICE_BOUNDS_EUR = (1.0, 10_000_000.0)
LONGEST_NOTE = 2_000  # letters


@dataclass(frozen=True)
class SaidOfCar:
    """What somebody said of a car, read. `given` holds the names of the fields that he sent."""

    given: frozenset[str]
    said: Mapping[str, object]  # of the vehicle, by the names of a valuation's fields
    vehicle: Vehicle
    price_eur: float | None  # None: our estimate
    contact: Contact
    note: str | None
    state: str | None


def read_new(raw: Mapping[str, object], today: date, default: Contact, must_reach: bool) -> SaidOfCar:
    """A new car. default is the contact of the caller's account; must_reach says that some contact is needed.

    Raises InvalidFields naming every field at fault.
    """
    return _read(raw, raw, NEW_FIELDS, today, default, must_reach)


def read_change(
    raw: Mapping[str, object], vehicle: Mapping[str, object], allowed: tuple[str, ...], today: date, must_reach: bool
) -> SaidOfCar:
    """A change of a car that is this vehicle so far; must_reach says that a contact which is sent must reach somebody.

    Raises InvalidFields naming every field at fault.
    """
    changed = {name: value for name, value in raw.items() if name in VEHICLE_FIELDS}
    if any(changed.get(name) is not None for name in POWERS):  # one of the two says it all
        vehicle = {name: value for name, value in vehicle.items() if name not in POWERS}
    return _read(raw, {**vehicle, **changed}, allowed, today, NO_CONTACT, must_reach and "contact" in raw)


def read_sale(raw: Mapping[str, object], first_registration: str, today: date) -> tuple[float, date]:
    """A sale's price in EUR and its day. Raises InvalidFields."""
    fields = Fields(raw)
    fields.allow_only(SALE_FIELDS)
    price_eur = fields.number("sale_price_eur", *PRICE_BOUNDS_EUR, "EUR")
    sold_on = fields.calendar_date("sold_on")
    if sold_on is not None and sold_on > today:
        latest = today.isoformat()
        fields.add("sold_on", "in_future", f"must not be after today, {latest}", {"latest": latest})
    elif sold_on is not None and sold_on.isoformat()[: len(first_registration)] < first_registration:
        message = f"must not be before the car was first registered, in {first_registration}"
        fields.add("sold_on", "too_early", message, {"earliest": first_registration})
    if fields.violations:
        raise InvalidFields(fields.violations)
    assert price_eur is not None and sold_on is not None
    return price_eur, sold_on


def _read(
    raw: Mapping[str, object],
    vehicle_raw: Mapping[str, object],
    allowed: tuple[str, ...],
    today: date,
    default: Contact,
    must_reach: bool,
) -> SaidOfCar:
    fields = Fields(raw)
    fields.allow_only(allowed)
    price_eur = fields.number("price_eur", *PRICE_BOUNDS_EUR, "EUR") if fields.given("price_eur") else None
    contact = read_contact(raw.get("contact"), fields, default)
    if must_reach and not fields.violations and not contact.reaches:
        fields.add("contact", "missing", "must hold a name, and an e-mail or a phone number to reach you by")
    note = _note(raw, fields)
    state = _state(raw, fields)
    said = {name: value for name, value in vehicle_raw.items() if name in VEHICLE_FIELDS}
    try:
        vehicle = parse_vehicle(said, today)
    except Invalid as invalid:
        raise InvalidFields([*invalid.violations, *fields.violations]) from None
    if fields.violations:
        raise InvalidFields(fields.violations)
    return SaidOfCar(frozenset(raw), said, vehicle, price_eur, contact, note, state)


def _note(raw: Mapping[str, object], fields: Fields) -> str | None:
    value = raw.get("note")
    if value is None:
        return None
    if not isinstance(value, str):
        fields.add("note", "type", "must be a text")
    elif len(value) > LONGEST_NOTE:
        fields.add("note", "too_long", f"is longer than {LONGEST_NOTE:,} letters", {"most": LONGEST_NOTE})
    elif not all(letter.isprintable() or letter in "\n\r\t" for letter in value):
        fields.add("note", "format", "holds characters that cannot be printed")
    else:
        return value.strip() or None
    return None


def _state(raw: Mapping[str, object], fields: Fields) -> str | None:
    value: Any = raw.get("state")
    if "state" in raw and (not isinstance(value, str) or value not in STATES):
        fields.add("state", "unknown", f"must be one of {', '.join(STATES)}", known=list(STATES))
        return None
    return value
