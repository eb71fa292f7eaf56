"""A listing's life: when it was first and last seen, what it cost meanwhile, and whether it is gone.

This is how the market reaches the gateway: one JSON object a line, each the whole of what is known of one listing, so
that a line may be sent again, and the newer of two replaces the older.
"""

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NoReturn

from model.schema.age import age_years
from model.schema.collected import SOURCE
from model.schema.features import FEATURE
from model.schema.fields import DAY, EARLIEST_YEAR, LONGEST_WORD, Invalid, Violation
from model.schema.listing import EARLIEST_LISTING_YEAR, PRICE_BOUNDS_EUR
from model.schema.vehicle import Vehicle
from model.schema.vocabulary import CLOSED_SETS, canonical_make, is_missing, is_pseudo_make

LONGEST_ID = 100
LONGEST_URL = 2_000
WEB = ("https://", "http://")
MOST_PRICES = 1_000
DATES_KEPT = 16_384

TEXTS = {"id": LONGEST_ID, "make": LONGEST_WORD, "model": LONGEST_WORD, "country": LONGEST_WORD}
OPTIONAL_TEXTS = {"seller_kind": LONGEST_WORD, "url": LONGEST_URL}
NUMBERS = {name: FEATURE[name].bounds or PRICE_BOUNDS_EUR for name in ("mileage_km", "power_hp")}
NAMES = frozenset((
    *TEXTS, *OPTIONAL_TEXTS, *NUMBERS, *CLOSED_SETS, "source", "first_registration", "first_seen", "last_seen",
    "gone_on", "prices",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Price:
    """What a listing cost from a day on."""

    since: date
    price_eur: float


@dataclass(frozen=True, slots=True)
class Life:
    """One listing of a source: its car as it was seen last, and its days.

    `prices` are in order of days, two that follow each other are never equal, and the first is of the day on which it
    was first seen. A listing that came back after it was gone is not gone. `gone_on` is the day on which it was looked
    for and not found, later than any on which it was seen.
    """

    source: str
    id: str
    vehicle: Vehicle  # its age is of the day on which it was seen last
    first_registration: str
    first_seen: date
    last_seen: date
    prices: tuple[Price, ...]
    gone_on: date | None = None
    country: str = "DE"
    seller_kind: str | None = None
    url: str | None = None

    @property
    def price_eur(self) -> float:
        return self.prices[-1].price_eur


def write_life(life: Life) -> str:
    """A life as a line of JSON, without its end; who reads it knows the car's age by its days."""
    vehicle = life.vehicle
    return json.dumps({
        "make": vehicle.make, "model": vehicle.model, "fuel": vehicle.fuel, "gearbox": vehicle.gearbox,
        "offer_type": vehicle.offer_type, "mileage_km": vehicle.mileage_km, "power_hp": vehicle.power_hp,
        "source": life.source, "id": life.id, "first_registration": life.first_registration,
        "first_seen": _iso(life.first_seen), "last_seen": _iso(life.last_seen),
        "prices": [[price.since.isoformat(), price.price_eur] for price in life.prices],
        "gone_on": _iso(life.gone_on), "country": life.country, "seller_kind": life.seller_kind, "url": life.url,
    }, ensure_ascii=False)  # fmt: skip


def read_life(line: str | bytes, newest: date) -> Life:
    """A life from its line of JSON, as write_life() writes it; none of its days may be after `newest`.

    Raises Invalid with what is wrong with it, the first that is found.
    """
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        _refuse("line", "format", "is no JSON")
    if not isinstance(raw, dict):
        _refuse("line", "type", "must be an object")
    if not raw.keys() <= NAMES:
        _refuse("line", "unknown_field", f"has fields that no life has: {', '.join(sorted(raw.keys() - NAMES))[:200]}")
    source = raw.get("source")
    if not isinstance(source, str) or not SOURCE.fullmatch(source):
        _refuse("source", "format", "must be a source's name, such as autoscout24")
    for name, longest in TEXTS.items():
        _check_text(name, raw.get(name), longest)
    for name, longest in OPTIONAL_TEXTS.items():
        if raw.get(name) is not None:
            _check_text(name, raw[name], longest)
    make, url = raw["make"], raw.get("url")
    if canonical_make(make) != make or is_pseudo_make(make):
        _refuse("make", "format", f"{make!r} is no make as we write it")
    if url is not None and not url.startswith(WEB):
        _refuse("url", "format", "must begin with https:// or http://")
    for name, words in CLOSED_SETS.items():
        word = raw.get(name)
        if not isinstance(word, str) or word not in words.words:
            _refuse(name, "unknown", f"must be one of {', '.join(words.words)}")
    mileage_km, power_hp = (_number(name, raw.get(name), *bounds) for name, bounds in NUMBERS.items())
    first_seen, last_seen = _day("first_seen", raw.get("first_seen")), _day("last_seen", raw.get("last_seen"))
    gone_on = None if raw.get("gone_on") is None else _day("gone_on", raw["gone_on"])
    if last_seen < first_seen or (gone_on or newest) > newest or last_seen > newest:
        _refuse("last_seen", "out_of_range", f"its days must be in order, and none after {newest}")
    if gone_on is not None and gone_on <= last_seen:
        _refuse("gone_on", "out_of_range", "must be after the day on which it was seen last")
    first_registration = raw.get("first_registration")
    if not isinstance(first_registration, str) or (age := _read_age(first_registration, last_seen)) is None:
        _refuse("first_registration", "format", 'must be a year or month such as "2016-05", and not after its last day')
    return Life(
        source=source,
        id=raw["id"],
        vehicle=Vehicle(
            make, raw["model"], raw["fuel"], raw["gearbox"], raw["offer_type"],
            age, mileage_km, power_hp,
        ),
        first_registration=first_registration,
        first_seen=first_seen,
        last_seen=last_seen,
        prices=_prices(raw.get("prices"), first_seen, last_seen),
        gone_on=gone_on,
        country=raw["country"],
        seller_kind=raw.get("seller_kind"),
        url=url,
    )  # fmt: skip


def _prices(raw: object, first_seen: date, last_seen: date) -> tuple[Price, ...]:
    if not isinstance(raw, list) or not 1 <= len(raw) <= MOST_PRICES:
        _refuse("prices", "type", f'must be a list of 1 to {MOST_PRICES:,} pairs such as ["2026-05-31", 12500]')
    prices: list[Price] = []
    for pair in raw:
        if not isinstance(pair, list) or len(pair) != 2:
            _refuse("prices", "type", 'must be pairs such as ["2026-05-31", 12500]')
        price = Price(_day("prices", pair[0]), _number("prices", pair[1], *PRICE_BOUNDS_EUR))
        if prices and (price.since <= prices[-1].since or price.price_eur == prices[-1].price_eur):
            _refuse("prices", "out_of_range", "must be in order of days, each another than the one before it")
        prices.append(price)
    if prices[0].since != first_seen or prices[-1].since > last_seen:
        _refuse("prices", "out_of_range", "must begin on its first day, and not go on after its last")
    return tuple(prices)


def _check_text(name: str, value: object, longest: int) -> None:
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        _refuse(name, "format", f"must be a text of 1 to {longest:,} letters that can be printed")
    if value != value.strip() or is_missing(value):
        _refuse(name, "missing", "is empty, or has outer spaces")


def _number(name: str, value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        _refuse(name, "out_of_range", f"must be a number from {low:,.0f} to {high:,.0f}")
    return float(value)


def _day(name: str, value: object) -> date:
    day = _read_day(value) if isinstance(value, str) else None
    if day is None:
        _refuse(name, "format", f'must be a date such as "2026-05-31", not before {EARLIEST_LISTING_YEAR}')
    return day


@lru_cache(DATES_KEPT)
def _read_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day and day.year >= EARLIEST_LISTING_YEAR else None


@lru_cache(DATES_KEPT)
def _read_age(first_registration: str, last_seen: date) -> float | None:
    try:
        years = age_years(first_registration, last_seen)
    except ValueError:
        return None
    year, month = int(first_registration[:4]), int(first_registration[5:] or 1)
    return years if year >= EARLIEST_YEAR and (year, month) <= (last_seen.year, last_seen.month) else None


def _refuse(field: str, code: str, message: str) -> NoReturn:
    raise Invalid([Violation(field, code, message)])


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
