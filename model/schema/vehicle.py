"""A vehicle as the model sees it, and the one place where what somebody says of a car is checked.

parse_vehicle() is what the gateway, the listings and the batch all call: it answers with a Vehicle or with every
violation it found, never with the first one alone.
"""

import dataclasses
import math
import re
from collections.abc import Collection, Mapping
from datetime import date

from model.schema.features import DAYS_PER_YEAR, FEATURE, HP_PER_KW
from model.schema.vocabulary import (
    DEFAULT_OFFER_TYPE,
    FUEL,
    GEARBOX,
    OFFER_TYPE,
    Catalogue,
    ClosedSet,
    canonical_make,
    is_missing,
    is_pseudo_make,
    mend_truncated_make,
)

EARLIEST_YEAR = 1900
LONGEST_WORD = 80  # letters; no make or model comes near it
# Sources round kW and hp each to a whole number, so the two may differ by one unit of either.
POWER_TOLERANCE_HP = 2.0

YEAR_OR_MONTH = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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


@dataclasses.dataclass(frozen=True)
class Violation:
    """What is wrong with one field: a stable code for programs, a sentence for people, and what may be meant."""

    field: str
    code: str
    message: str
    suggestions: list[str] = dataclasses.field(default_factory=list)
    known: list[str] = dataclasses.field(default_factory=list)


class Invalid(Exception):
    """A vehicle that cannot be read; `violations` names every field at fault."""

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("; ".join(f"{violation.field}: {violation.message}" for violation in violations))
        self.violations = violations


def age_years(first_registration: str, as_of: date) -> float:
    """Age in years at a date of a car first registered in "2016" (taken as 1 July) or "2016-05" (its first day).

    Raises ValueError for a text that is neither.
    """
    match = YEAR_OR_MONTH.fullmatch(first_registration)
    if match is None:
        raise ValueError(f"neither a year nor a year and month: {first_registration!r}")
    year, month = int(match[1]), match[2]
    registered = date(year, int(month) if month else 7, 1)
    return max(0, (as_of - registered).days) / DAYS_PER_YEAR


def printable_name(name: str) -> str:
    """A field's name as somebody sent it, made safe to repeat: short, and of printable ASCII alone."""
    return name.encode("unicode_escape").decode()[:LONGEST_WORD]


class Fields:
    """Reads one field after the other off a mapping and gathers what is wrong with them."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self._raw = raw
        self.violations: list[Violation] = []

    def add(self, name: str, code: str, message: str, **more: list[str]) -> None:
        self.violations.append(Violation(name, code, message, **more))

    def given(self, name: str) -> bool:
        return self._raw.get(name) is not None

    def allow_only(self, names: Collection[str]) -> None:
        """Note every field that is none of these: a misspelt optional field must not be overlooked."""
        for name in self._raw:
            if name not in names:
                self.add(printable_name(name), "unknown_field", f"is not known here; known: {', '.join(names)}")

    def require(self, name: str) -> bool:
        if self.given(name):
            return True
        self.add(name, "missing", "is missing")
        return False

    def text(self, name: str) -> str | None:
        """The field as text without outer spaces, or None after noting why not."""
        if not self.require(name):
            return None
        value = self._raw[name]
        if not isinstance(value, str):
            self.add(name, "type", f"must be a text, not {_json_type(value)}")
        elif is_missing(value):
            self.add(name, "missing", "is empty")
        elif not value.isprintable():
            self.add(name, "format", "holds characters that cannot be printed")
        elif len(value) > LONGEST_WORD:
            self.add(name, "too_long", f"is longer than {LONGEST_WORD} letters")
        else:
            return value.strip()
        return None

    def word(self, name: str, words: ClosedSet) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        found = words.find(text)
        if found is None:
            self.add(name, "unknown", f"{text!r} is not known; known: {', '.join(words.words)}",
                     suggestions=words.nearest(text), known=list(words.words))  # fmt: skip
        return found

    def number(self, name: str, low: float, high: float, unit: str) -> float | None:
        """The field as a finite number within [low, high], or None after noting why not."""
        if not self.require(name):
            return None
        value = self._raw[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.add(name, "type", f"must be a number, not {_json_type(value)}")
        elif isinstance(value, float) and not math.isfinite(value):
            self.add(name, "not_finite", "must be a finite number")
        elif not low <= value <= high:
            self.add(name, "out_of_range", f"must be between {low:,.0f} and {high:,.0f} {unit}")
        else:
            return float(value)
        return None

    def known_make(self, text: str, catalogue: Catalogue) -> str | None:
        """The catalogue's name of a make, or None after noting that there is none."""
        make = catalogue.find_make(text)
        if make is None:
            self.add("make", "unknown", f"{text!r} is not a make with market data",
                     suggestions=catalogue.nearest_makes(text))  # fmt: skip
        return make

    def known_model(self, make: str, text: str, catalogue: Catalogue) -> str | None:
        """The catalogue's name of a model of this make, or None after noting that there is none."""
        model = catalogue.find_model(make, text)
        if model is None:
            self.add("model", "no_market_data", f"no market data for {make} {text!r}",
                     suggestions=catalogue.nearest_models(make, text), known=catalogue.models(make))  # fmt: skip
        return model

    def calendar_date(self, name: str) -> date | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            day = date.fromisoformat(text) if DAY.fullmatch(text) else None  # and no week date, "2016-W22-2"
        except ValueError:
            day = None
        if day is None:
            self.add(name, "format", 'must be a date such as "2026-05-31"')
        elif day.year < EARLIEST_YEAR:
            self.add(name, "out_of_range", f"must not be before {EARLIEST_YEAR}")
        else:
            return day
        return None

    def age(self, name: str, as_of: date) -> float | None:
        text = self.text(name)
        if text is None:
            return None
        match = YEAR_OR_MONTH.fullmatch(text)
        if match is None or not (match[2] is None or 1 <= int(match[2]) <= 12):
            self.add(name, "format", 'must be a year such as "2016" or a month such as "2016-05"')
        elif int(match[1]) < EARLIEST_YEAR:
            self.add(name, "out_of_range", f"must not be before {EARLIEST_YEAR}")
        elif (int(match[1]), int(match[2] or 1)) > (as_of.year, as_of.month):
            self.add(name, "in_future", f"must not be after {as_of.isoformat()}, the date of the valuation")
        else:
            return age_years(text, as_of)
        return None


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


def _json_type(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    return {int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}[type(value)]
