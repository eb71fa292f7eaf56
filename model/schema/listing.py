"""A listing: a vehicle at a price on a date, and how one is read off a row of text.

A row's columns are ours, or a source's by a mapping {our name: their column}; AUTOSCOUT24_COLUMNS has AutoScout24's.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from model.schema.fields import Invalid, Violation
from model.schema.vehicle import Vehicle, parse_vehicle
from model.schema.vocabulary import is_missing

# Our column <- the column of AutoScout24's export, where they differ.
AUTOSCOUT24_COLUMNS = {
    "mileage_km": "mileage",
    "gearbox": "gear",
    "offer_type": "offerType",
    "price_eur": "price",
    "power_hp": "hp",
    "first_registration": "year",
}
REQUIRED_COLUMNS = ("make", "model", "fuel", "gearbox", "first_registration", "mileage_km", "price_eur")
POWER_COLUMNS = ("power_hp", "power_kw")  # one of them
OPTIONAL_COLUMNS = (
    "offer_type", "listed_on", "id", "seller_kind", "country", "currency", "price_kind", "trust", "account",
    "own_estimate", "url",
)  # fmt: skip
COLUMNS = (*REQUIRED_COLUMNS, *POWER_COLUMNS, *OPTIONAL_COLUMNS)

NUMBERS = ("mileage_km", "price_eur", "power_hp", "power_kw", "trust")
EUROS = ("eur", "euro", "euros", "€")
YES, NO = ("true", "yes", "1"), ("false", "no", "0")
PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
# Half of Europe writes twelve thousand so; a power may have three decimals (100 kW are 135.962 hp).
THOUSANDS_OR_DECIMALS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
IN_THOUSANDS = ("mileage_km", "price_eur")

EARLIEST_LISTING_YEAR = 1990
# Asking prices outside are placeholders ("1 EUR", "on request") or slips of a digit.
PRICE_BOUNDS_EUR = (100.0, 5_000_000.0)


@dataclass(frozen=True, slots=True)
class Listing:
    """One car on offer (price_kind asking) or sold (sale).

    `trust` in [0, 1] is its weight as evidence. `account` names who reported it, opaquely, and is None for listings
    that were collected; own_estimate says that our own valuation set its price, so that it is no evidence of any other.
    """

    id: str
    source: str
    listed_on: date
    vehicle: Vehicle
    first_registration: str
    price_eur: float
    price_kind: Literal["asking", "sale"] = "asking"
    seller_kind: str | None = None
    country: str = "DE"
    trust: float = 1.0
    account: str | None = None
    own_estimate: bool = False


def parse_listing(row: Mapping[str, str], source: str, market_date: date | None) -> Listing:
    """Read a listing off a row of text whose columns have our names.

    market_date stands in for listed_on where the row has none. Raises Invalid with every violation found.
    """
    violations: list[Violation] = []
    values: dict[str, object] = {}
    for name, text in row.items():
        # An account may have any name: one called "unknown" must not pass for a collected listing.
        if not text.strip() if name == "account" else is_missing(text):
            continue
        values[name] = text.strip()
        if name in NUMBERS:
            try:
                values[name] = plain_number(name, text)
            except ValueError:
                violations.append(Violation(name, "format", f"{text!r} is not a plain number"))
    listed_on = _listed_on(values, market_date, violations)
    price_eur = values.get("price_eur")
    if price_eur is None:
        violations.append(Violation("price_eur", "missing", "is missing"))
    elif isinstance(price_eur, float) and not PRICE_BOUNDS_EUR[0] <= price_eur <= PRICE_BOUNDS_EUR[1]:
        violations.append(Violation("price_eur", "out_of_range", f"{price_eur:,.0f} EUR is no price of a car"))
    currency = str(values.get("currency", EUROS[0]))
    if currency.casefold() not in EUROS:
        violations.append(Violation("currency", "not_euros", f"the price is in {currency}, not in euros"))
    price_kind = values.get("price_kind", "asking")
    if price_kind not in ("asking", "sale"):
        violations.append(Violation("price_kind", "unknown", f"{price_kind!r} is neither asking nor sale"))
    trust = values.get("trust", 1.0)
    if isinstance(trust, float) and not 0 <= trust <= 1:
        violations.append(Violation("trust", "out_of_range", f"{trust:g} is no share from 0 to 1"))
    own_estimate = str(values.get("own_estimate", NO[0])).casefold()
    if own_estimate not in (*YES, *NO):
        violations.append(Violation("own_estimate", "format", f"{values['own_estimate']!r} is neither true nor false"))
    noted = {violation.field for violation in violations}
    try:
        vehicle = parse_vehicle(values, listed_on or date.today())
    except Invalid as invalid:
        violations += [violation for violation in invalid.violations if violation.field not in noted]
        raise Invalid(violations) from None
    if violations or listed_on is None or not isinstance(price_eur, float):
        raise Invalid(violations)
    return Listing(
        id=str(values.get("id") or _digest(row)),
        source=source,
        listed_on=listed_on,
        vehicle=vehicle,
        first_registration=str(values["first_registration"]),
        price_eur=price_eur,
        seller_kind=_text_or_none(values.get("seller_kind")),
        country=str(values.get("country", "DE")),
        price_kind=price_kind,  # type: ignore[arg-type]
        trust=float(trust),  # type: ignore[arg-type]
        account=_text_or_none(values.get("account")),
        own_estimate=own_estimate in YES,
    )


def plain_number(name: str, text: str) -> float:
    """A number as machines write it. "12.500" km or "1,234" mean different things in different countries.

    Raises ValueError for them.
    """
    text = text.strip()
    if PLAIN_NUMBER.fullmatch(text) is None or (name in IN_THOUSANDS and THOUSANDS_OR_DECIMALS.fullmatch(text)):
        raise ValueError(text)
    return float(text)


def _listed_on(values: Mapping[str, object], market_date: date | None, violations: list[Violation]) -> date | None:
    text = values.get("listed_on")
    if text is None:
        if market_date is None:
            violations.append(Violation("listed_on", "missing", "is missing, and no market date was given"))
        return market_date
    try:
        listed_on = date.fromisoformat(str(text)[: len("2021-07-01")])
    except ValueError:
        violations.append(Violation("listed_on", "format", f"{text!r} is not a date such as 2021-07-01"))
        return None
    # One slip of a year would otherwise date the whole market.
    newest = market_date or date.today()
    if listed_on > newest:
        violations.append(Violation("listed_on", "in_future", f"{listed_on} is after {newest}, the market's date"))
    elif listed_on.year < EARLIEST_LISTING_YEAR:
        violations.append(Violation("listed_on", "out_of_range", f"{listed_on} is before any listing on the web"))
    else:
        return listed_on
    return None


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)


def _digest(row: Mapping[str, str]) -> str:
    """An id for a row that has none: the same row has the same one."""
    return hashlib.sha256(repr(sorted(row.items())).encode()).hexdigest()[:16]
