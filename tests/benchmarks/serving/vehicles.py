"""Distinct cars off a version's card: of its models as often as they were listed, with numbers that it has seen."""

import random
from datetime import date, timedelta
from typing import Any

from local.errors import CannotGoOn

SEED = 1
DAYS_PER_YEAR = 365.25
# A small market's rarest models have few distinct cars to offer.
DRAWS_PER_CAR = 20


def make_vehicles(card: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """As many distinct bodies of POST /valuations. Raises CannotGoOn."""
    rng = random.Random(SEED)
    as_of = date.fromisoformat(card["data"]["market_as_of"])
    vocabulary = card["vocabulary"]
    weights = [known["listings"] for known in vocabulary]
    cars: dict[tuple, dict[str, Any]] = {}  # in the order drawn
    for _ in range(DRAWS_PER_CAR):
        for known in rng.choices(vocabulary, weights, k=count):
            car = _car(known, as_of, rng)
            cars[tuple(car.values())] = car
            if len(cars) == count:
                return list(cars.values())
    raise CannotGoOn(f"The card's models give only {len(cars):,} distinct cars; {count:,} are needed.")


def _car(known: dict[str, Any], as_of: date, rng: random.Random) -> dict[str, Any]:
    bounds = known["bounds"]
    variants = known["variants"]
    fuel, gearbox, offer_type, _ = rng.choices(variants, [listings for *_, listings in variants])[0]
    registered = as_of - timedelta(days=rng.uniform(*bounds["age_years"]) * DAYS_PER_YEAR)
    return {
        "make": known["make"],
        "model": known["model"],
        "fuel": fuel,
        "gearbox": gearbox,
        "offer_type": offer_type,
        "first_registration": f"{registered:%Y-%m}",
        "mileage_km": round(rng.uniform(*bounds["mileage_km"])),
        "power_hp": round(rng.uniform(*bounds["power_hp"])),
        "as_of": as_of.isoformat(),
    }
