"""A small market, made by hand: a coefficient table to price by, and the card that goes with it.

The card has the shape that model/card.py builds; that module needs pandas, which the gateway's environment has not.
"""

import copy
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from model.schema.features import FEATURES, MODEL_NAME, NUMBERS, schema_digest
from model.schema.vehicle import Vehicle
from model.schema.vocabulary import CLOSED_SETS
from model.scorer import Scorer
from model.table import Axis, CoefficientTable, KnownModel, RangeStep, Term
from model.table_reading import check

MARKET_AS_OF = "2024-07-01"
COVERAGE = 0.9
BOUNDS = {"age_years": (0.0, 12.0), "mileage_km": (0.0, 300_000.0), "power_hp": (50.0, 620.0)}

# Make, model -> typical car (fuel, gearbox, offer type, age, mileage, power), bounds of its own numbers (as BOUNDS),
# variants (fuel, gearbox, offer type, listings).
MARKET: Mapping[tuple[str, str], tuple[tuple, tuple, list[tuple[str, str, str, int]]]] = {
    ("Volkswagen", "Golf"): (
        ("petrol", "manual", "used", 5.0, 60_000.0, 130.0),
        ((0.0, 11.0), (0.0, 250_000.0), (85.0, 320.0)),
        [("petrol", "manual", "used", 60), ("diesel", "manual", "used", 40), ("petrol", "automatic", "used", 15),
         ("petrol", "manual", "new", 5)],
    ),
    ("Volkswagen", "Polo"): (
        ("petrol", "manual", "used", 4.0, 40_000.0, 95.0),
        ((0.0, 12.0), (0.0, 200_000.0), (60.0, 207.0)),
        [("petrol", "manual", "used", 38), ("petrol", "manual", "demonstration", 2)],
    ),
    ("Skoda", "Octavia"): (
        ("diesel", "automatic", "used", 4.5, 90_000.0, 150.0),
        ((0.5, 10.0), (1_000.0, 300_000.0), (85.0, 245.0)),
        [("diesel", "automatic", "used", 20), ("diesel", "manual", "used", 9),
         ("hybrid_petrol", "automatic", "used", 1)],
    ),
    ("BMW", "320"): (
        ("diesel", "automatic", "used", 5.5, 95_000.0, 190.0),
        ((0.0, 12.0), (0.0, 280_000.0), (150.0, 252.0)),
        [("diesel", "automatic", "used", 55), ("petrol", "automatic", "used", 20), ("petrol", "manual", "used", 5)],
    ),
    ("BMW", "i3"): (
        ("electric", "automatic", "used", 4.0, 35_000.0, 170.0),
        ((1.0, 8.0), (2_000.0, 120_000.0), (170.0, 184.0)),
        [("electric", "automatic", "used", 6)],
    ),
    ("Aston Martin", "Vantage"): (
        ("petrol", "automatic", "used", 3.0, 18_000.0, 510.0),
        ((0.5, 9.0), (500.0, 60_000.0), (420.0, 620.0)),
        [("petrol", "automatic", "used", 3)],
    ),
}  # fmt: skip

WORDS = {
    "fuel": ("diesel", "electric", "hybrid_petrol", "petrol"),
    "gearbox": ("automatic", "manual"),
    "offer_type": ("demonstration", "new", "used"),
}


@cache
def table() -> CoefficientTable:
    """Every kind of term: words, curves, a curve by make, and a cross of fuel and age, whose effect is shared."""
    made = CoefficientTable(
        intercept=9.9,
        axes={
            "age_years": Axis("linear", (0.0, 1.0, 3.0, 6.0, 12.0)),
            "mileage_km": Axis("linear", (0.0, 50_000.0, 150_000.0, 300_000.0)),
            "power_hp": Axis("log", (50.0, 100.0, 200.0, 620.0)),
        },
        terms=(
            Term(("make",), None, {"Aston Martin": 1.1, "BMW": 0.25, "Skoda": 0.05, "Volkswagen": 0.1}),
            Term(("make", "model"), None, {"BMW": {"i3": -0.2}, "Volkswagen": {"Golf": 0.1, "Polo": -0.1}}),
            Term(("fuel",), None, {"diesel": 0.06, "electric": 0.11, "hybrid_petrol": 0.04}),
            Term(("gearbox",), None, {"automatic": 0.07}),
            Term(("offer_type",), None, {"demonstration": 0.08, "new": 0.15}),
            Term((), "age_years", [0.3, 0.15, 0.0, -0.4, -1.2]),
            Term(("fuel",), "age_years", {"electric": [0.1, 0.0, -0.1, -0.3, -0.7]}),
            Term(("make",), "mileage_km", {"": [0.2, 0.0, -0.3, -0.7], "Skoda": [0.15, 0.0, -0.2, -0.5]}),
            Term((), "power_hp", [-0.5, -0.1, 0.5, 1.4]),
        ),
        words=WORDS,
        models=tuple(
            KnownModel(make, model, sum(listings for *_, listings in variants), Vehicle(make, model, *typical))
            for (make, model), (typical, _, variants) in MARKET.items()
        ),
        coverage=COVERAGE,
        ranges=(RangeStep(1, -0.3, 0.35), RangeStep(10, -0.18, 0.2)),
    )
    check(made)
    return made


def card(version: str = "1", **changes: Any) -> dict[str, Any]:
    """The card of a version that prices by table(), with these parts of it changed."""
    return {**copy.deepcopy(_card()), "version": version, **changes}


@cache
def _card() -> dict[str, Any]:
    return {
        "format": 1,
        "name": MODEL_NAME,
        "version": "1",
        "schema_digest": schema_digest(),
        "table_digest": "0" * 64,
        "data": {
            "name": "market.csv",
            "digest": "1" * 64,
            "synthetic": True,
            "market_as_of": MARKET_AS_OF,
            "rows_read": 300,
            "rows_used": 279,
            "dropped": {"duplicate": 20, "make: pseudo_make": 1},
        },
        "figures": {"mae_eur": 1_653.0, "median_error_percent": 8.4},
        "figures_by_fold": [{"mae_eur": 1_600.0}, {"mae_eur": 1_706.0}],
        "coverage": COVERAGE,
        "limits": ["Prices are dealers' asking prices."],
        "bounds": {name: list(bounds) for name, bounds in BOUNDS.items()},
        "vocabulary": [
            {
                "make": make,
                "model": model,
                "listings": sum(listings for *_, listings in variants),
                "typical": dict(zip((*CLOSED_SETS, *NUMBERS), typical, strict=True)),
                "bounds": {name: list(own) for name, own in zip(NUMBERS, bounds, strict=True)},
                "variants": [list(variant) for variant in variants],
            }
            for (make, model), (typical, bounds, variants) in MARKET.items()
        ],
        "coefficients": _coefficients(),
    }


def _coefficients() -> dict[str, Any]:
    scorer = Scorer(table())
    values: dict[str, list] = {name: list(words) for name, words in table().words.items()}
    values |= {name: list(axis.knots) for name, axis in table().axes.items()}
    points = {feature.name: values[feature.name] for feature in FEATURES if feature.name in values}
    effects: dict[str, dict[str, dict[str, Any]]] = {}
    for known in table().models:
        of_model: dict[str, Any] = {"base_eur": round(scorer.score_one(known.typical)["base_eur"], 2)}
        typical = {feature.name: getattr(known.typical, feature.name) for feature in FEATURES}
        for name, choices in points.items():
            scored = [scorer.score_one(Vehicle(**{**typical, name: choice})) for choice in choices]
            of_model[name] = [round(math.log(row["price_eur"] / row["base_eur"]), 5) for row in scored]
        effects.setdefault(known.make, {})[known.model] = of_model
    golf = effects["Volkswagen"]["Golf"]
    market = {
        name: {"reference": choices[-1], "effects": [round(log - golf[name][-1], 5) for log in golf[name]]}
        for name, choices in points.items()
    }
    return {"points": points, "market": market, "effects": effects}
