"""A vehicle as the model sees it, and the one place where what somebody says of a car is checked.

parse_vehicle() is what the gateway, the listings and the batch all call: it answers with a Vehicle or with every
violation it found, never with the first one alone.
"""

import dataclasses
from collections.abc import Mapping
from datetime import date

from model.schema.features import FEATURE, HP_PER_KW
from model.schema.fields import Fields, Invalid
from model.schema.vocabulary import (
    DEFAULT_OFFER_TYPE,
    FUEL,
    GEARBOX,
    OFFER_TYPE,
    Catalogue,
    canonical_make,
    fold,
    is_pseudo_make,
    mend_truncated_make,
)

# Sources round kW and hp each to a whole number, so the two may differ by one unit of either.
POWER_TOLERANCE_HP = 2.0


@dataclasses.dataclass(frozen=True, slots=True)
class Vehicle:
    """One car: words of the vocabulary, and numbers in the units of their names."""

    make: str
    model: str
    fuel: str
    gearbox: str
    offer_type: str
    age_years: float
    mileage_km: float
    power_hp: float


def car_key(vehicle: Vehicle, first_registration: str) -> str:
    """The same text for what is of one car, as far as a listing tells cars apart: all that is known of it is equal."""
    return "\n".join((
        fold(vehicle.make), fold(vehicle.model), vehicle.fuel, vehicle.gearbox, vehicle.offer_type, first_registration,
        repr(vehicle.mileage_km), repr(vehicle.power_hp),
    ))  # fmt: skip


def parse_vehicle(raw: Mapping[str, object], as_of: date, catalogue: Catalogue | None = None) -> Vehicle:
    """Read a vehicle from fields named as in POST /valuations, by the words of any known source.

    raw holds make, model, fuel, gearbox, first_registration, mileage_km, power_hp and/or power_kw and, if given,
    offer_type; other keys are left alone. With a catalogue, make and model must be in it and take its spelling.

    Raises Invalid with every violation found.
    """
    fields = Fields(raw)
    make, model = _make_and_model(fields, catalogue)
    fuel = fields.word("fuel", FUEL)
    gearbox = fields.word("gearbox", GEARBOX)
    offer_type = fields.word("offer_type", OFFER_TYPE) if fields.given("offer_type") else DEFAULT_OFFER_TYPE
    age = fields.age("first_registration", as_of)
    mileage_km = fields.number("mileage_km", *_bounds("mileage_km"), "km")
    power_hp = _power(fields)
    if (
        fields.violations
        or make is None or model is None or fuel is None or gearbox is None or offer_type is None
        or age is None or mileage_km is None or power_hp is None
    ):  # fmt: skip
        raise Invalid(fields.violations)
    return Vehicle(make, model, fuel, gearbox, offer_type, age, mileage_km, power_hp)


def _make_and_model(fields: Fields, catalogue: Catalogue | None) -> tuple[str | None, str | None]:
    make = fields.text("make")
    if make is not None and is_pseudo_make(make):
        fields.add("make", "pseudo_make", f"{make!r} is a category of a marketplace, not a make")
        fields.text("model")
        return None, None
    model = fields.text("model")
    if make is None:
        return None, model
    make, model_or_empty = mend_truncated_make(make, model or "")
    if model is not None and not model_or_empty:
        fields.add("model", "missing", "is missing: the text is the rest of the make's name")
    model = model_or_empty or None
    if catalogue is None:
        return canonical_make(make), model
    known_make = fields.known_make(make, catalogue)
    if known_make is None or model is None:
        return known_make, model
    return known_make, fields.known_model(known_make, model, catalogue)


def _power(fields: Fields) -> float | None:
    low_hp, high_hp = _bounds("power_hp")
    if not fields.given("power_hp") and not fields.given("power_kw"):
        fields.add("power_hp", "missing", "is missing (or give power_kw)")
        return None
    power_hp = fields.number("power_hp", low_hp, high_hp, "hp") if fields.given("power_hp") else None
    if not fields.given("power_kw"):
        return power_hp
    power_kw = fields.number("power_kw", low_hp / HP_PER_KW, high_hp / HP_PER_KW, "kW")
    if power_kw is None:
        return None
    converted_hp = min(max(power_kw * HP_PER_KW, low_hp), high_hp)
    if not fields.given("power_hp"):
        return converted_hp
    if power_hp is not None and abs(converted_hp - power_hp) > POWER_TOLERANCE_HP:
        message = f"{power_kw:g} kW are {converted_hp:.0f} hp, not {power_hp:g}: give one of the two"
        fields.add("power_kw", "disagrees", message)
        fields.add("power_hp", "disagrees", message)
        return None
    return power_hp


def _bounds(name: str) -> tuple[float, float]:
    bounds = FEATURE[name].bounds
    assert bounds is not None, f"{name} is a number and has bounds"
    return bounds
