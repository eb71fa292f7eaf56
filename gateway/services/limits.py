"""What limits the trust in a price, and which cars get none: judged by the card of the version that prices."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.services.cards import Card
from model.schema.fields import Violation
from model.schema.vehicle import POWER_TOLERANCE_HP, Vehicle
from model.schema.vocabulary import CLOSED_SETS, FUEL, GEARBOX

FEW_LISTINGS = 5
REFUSED_BEYOND_YEARS = 2.0
OLD_MARKET_DAYS = 365


@dataclass(frozen=True)
class Measure:
    """How a number is spoken of, and how far beyond what was seen it may lie before that is worth a word."""

    noun: str
    code: str
    unit: str
    decimals: int
    tolerance: float

    def in_words(self, value: float) -> str:
        return f"{value:,.{self.decimals}f}"


# Documents give whole kilowatts, and a first registration by its month or its year.
MEASURES = {
    "age_years": Measure("age", "age_beyond_data", "years", 1, tolerance=0.1),
    "mileage_km": Measure("mileage", "mileage_beyond_data", "km", 0, tolerance=0.0),
    "power_hp": Measure("power", "power_beyond_data", "hp", 0, tolerance=POWER_TOLERANCE_HP),
}


@dataclass(frozen=True)
class Limit:
    """One reason for a low confidence: a stable code, a sentence, and the figures in it by name."""

    code: str
    message: str
    figures: Mapping[str, float | str] = field(default_factory=dict)


def priced_up_to_years(card: Card) -> float:
    """The age beyond which a version prices no car."""
    oldest: float = card.bounds["age_years"][1]
    return oldest + REFUSED_BEYOND_YEARS


def refusals(vehicle: Vehicle, card: Card) -> list[Violation]:
    """Why this version gives the vehicle no price; empty where it gives one. The vehicle's make and model are known."""
    found = []
    if vehicle.age_years > priced_up_to_years(card):
        oldest = card.bounds["age_years"][1]
        message = (
            f"no market data for a car of {vehicle.age_years:.0f} years: the oldest listing of the market of "
            f"{card.market_as_of.isoformat()} was {oldest:.0f} years old"
        )
        figures = {"age": round(vehicle.age_years), "oldest": round(oldest)}
        found.append(Violation("first_registration", "too_old", message, figures=figures))
    for name, words in CLOSED_SETS.items():
        word = getattr(vehicle, name)
        if word not in card.words[name]:
            known = sorted(card.words[name])
            found.append(Violation(name, "no_market_data", f"no market data for {words.label(word)!r}", known=known))
    return found


def market_is_old(as_of: date, card: Card) -> bool:
    return (as_of - card.market_as_of).days > OLD_MARKET_DAYS


def unlimited(vehicle: Vehicle, card: Card) -> tuple[float, ...]:
    """Low and high of each of MEASURES, in their order, within which nothing but the market's age limits the trust in
    the price of a car with the words of this one: limits() in a form that many like cars can be compared with at once.
    Where a car of these words is limited whatever its numbers, no number lies within.
    """
    known = card.models[vehicle.make, vehicle.model]
    if known["listings"] < FEW_LISTINGS or not _variant_was_seen(vehicle, known):
        return (math.inf, -math.inf) * len(MEASURES)
    found: list[float] = []
    for feature, measure in MEASURES.items():
        low, high = card.bounds[feature]
        own_low, own_high = known["bounds"][feature]
        found += [max(low, own_low) - measure.tolerance, min(high, own_high) + measure.tolerance]
    return tuple(found)


def limits(vehicle: Vehicle, as_of: date, card: Card) -> list[Limit]:
    """Why the price of this vehicle on this day deserves little trust; empty where nothing speaks against it."""
    known = card.models[vehicle.make, vehicle.model]
    name = f"{vehicle.make} {vehicle.model}"
    found = []
    if market_is_old(as_of, card):
        message = f"prices are those of the market of {card.market_as_of.isoformat()}; today's may differ much"
        found.append(Limit("market_is_old", message, {"market_as_of": card.market_as_of.isoformat()}))
    if known["listings"] < FEW_LISTINGS:
        count = known["listings"]
        message = f"only {count} listing{'s' if count > 1 else ''} of a {name} were seen"
        found.append(Limit("few_listings", message, {"count": count}))
    if not _variant_was_seen(vehicle, known):
        words = f"{FUEL.label(vehicle.fuel)} and {GEARBOX.label(vehicle.gearbox)}".lower()
        found.append(Limit("variant_not_seen", f"no {name} with {words} was among the listings"))
    for feature, measure in MEASURES.items():
        value = getattr(vehicle, feature)
        of_all, of_model = (card.bounds[feature], "any listing"), (known["bounds"][feature], f"any {name} seen")
        for (low, high), whose in (of_all, of_model):
            if not low - measure.tolerance <= value <= high + measure.tolerance:
                seen = f"{measure.in_words(low)} to {measure.in_words(high)} {measure.unit}"
                message = f"{measure.in_words(value)} {measure.unit} lie outside the {measure.noun} of {whose} ({seen})"
                value, low, high = (round(each, measure.decimals) for each in (value, low, high))
                found.append(Limit(measure.code, message, {"value": value, "low": low, "high": high}))
                break
    return found


def _variant_was_seen(vehicle: Vehicle, known: Mapping[str, Any]) -> bool:
    return any((fuel, gearbox) == (vehicle.fuel, vehicle.gearbox) for fuel, gearbox, *_ in known["variants"])
