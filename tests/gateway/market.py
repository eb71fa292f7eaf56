"""A small market, made by hand: a coefficient table to price by, and the card that goes with it.

The card has the shape that model/card.py builds; that module needs pandas, which the gateway's environment has not.
"""

import copy
import dataclasses
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from model.schema.features import CARD_FORMAT, FEATURES, MODEL_NAME, NUMBERS, schema_digest
from model.schema.vehicle import Vehicle
from model.schema.vocabulary import CLOSED_SETS
from model.scorer import Scorer
from model.table import Axis, CoefficientTable, KnownModel, Spread, Term
from model.table_reading import check

MARKET_AS_OF = "2024-07-01"
OLDEST_LISTING = "2024-05-15"
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
            _known_model(make, model, _listings(variants), typical)
            for (make, model), (typical, _, variants) in MARKET.items()
        ),
        coverage=COVERAGE,
        spread=Spread(
            age=Axis("linear", (0.0, 12.0)), by_age=(0.0, 0.1),
            price=Axis("log", (1_000.0, 100_000.0)), below=(0.1, 0.0), above=(0.1, 0.1),
        ),
    )  # fmt: skip
    check(made)
    return made


def dearer(factor: float) -> CoefficientTable:
    """The same table, by which everything costs so many times as much."""
    return dataclasses.replace(table(), intercept=table().intercept + math.log(factor))


def _listings(variants: list[tuple[str, str, str, int]]) -> int:
    return sum(listings for *_, listings in variants)


def _known_model(make: str, model: str, listings: int, typical: tuple) -> KnownModel:
    """Ranges of models with few listings are wider."""
    return KnownModel(make, model, listings, math.log(0.3 if listings < 10 else 0.18), Vehicle(make, model, *typical))


def card(version: str = "1", **changes: Any) -> dict[str, Any]:
    """The card of a version that prices by table(), with these parts of it changed."""
    return {**copy.deepcopy(_card()), "version": version, **changes}


@cache
def _card() -> dict[str, Any]:
    return {
        "format": CARD_FORMAT,
        "name": MODEL_NAME,
        "version": "1",
        "schema_digest": schema_digest(),
        "table_digest": "0" * 64,
        "data": {
            "name": "market.csv",
            "digest": "1" * 64,
            "synthetic": True,
            "market_as_of": MARKET_AS_OF,
            "oldest_listing": OLDEST_LISTING,
            "rows_read": 300,
            "rows_used": 279,
            "dropped": {"duplicate": 20, "make: pseudo_make": 1},
        },
        "figures": {
            "mae_eur": 1_653.0, "mdape_percent": 8.4, "mape_percent": 11.2, "rmse_eur": 3_105.0, "r2": 0.93,
            "mae_up_to_100k_eur": 1_502.0, "coverage_percent": 90.3, "mean_width_percent": 41.0,
            "rmse_fixed_split_eur": 3_350.0, "r2_fixed_split": 0.91,
        },
        "figures_by_fold": [{"mae_eur": 1_600.0}, {"mae_eur": 1_706.0}],
        "segments": [
            {"by": "price_eur", "from": 0, "to": 10_000, "rows": 120, **_measured(750.0)},
            {"by": "price_eur", "from": 10_000, "to": None, "rows": 159, **_measured(2_300.0)},
            {"by": "age_years", "from": 0, "to": 3, "rows": 279, **_measured(1_653.0)},
            {"by": "fuel", "word": "hybrid_petrol", "rows": 30, **_measured(1_900.0)},
            {"by": "price_kind", "word": "asking", "rows": 279, **_measured(1_653.0)},
        ],
        "fairness": ["The range holds least often for cars with fuel hybrid_petrol."],
        "coverage": COVERAGE,
        "intended_use": ["What dealers ask for a used car."],
        "limits": ["Prices are dealers' asking prices."],
        "how_to_read": ["Every effect is measured against the typical car.", "They say what the market asks."],
        "market_index": [
            {"date": MARKET_AS_OF, "log_level": 0.0}, {"date": "2024-06-01", "log_level": -0.012},
            {"date": OLDEST_LISTING, "log_level": -0.02},
        ],
        "sale_level": -0.04,
        "bounds": {name: list(bounds) for name, bounds in BOUNDS.items()},
        "vocabulary": [
            {
                "make": make,
                "model": model,
                "listings": _listings(variants),
                "typical": dict(zip((*CLOSED_SETS, *NUMBERS), typical, strict=True)),
                "bounds": {name: list(own) for name, own in zip(NUMBERS, bounds, strict=True)},
                "variants": [list(variant) for variant in variants],
            }
            for (make, model), (typical, bounds, variants) in MARKET.items()
        ],
        "coefficients": _coefficients(),
    }  # fmt: skip


def _measured(mae_eur: float) -> dict[str, list[float]]:
    """A segment's figures, each with its interval."""
    return {
        "mae_eur": [mae_eur, mae_eur - 100.0, mae_eur + 100.0],
        "mdape_percent": [8.4, 7.9, 9.0],
        "bias_percent": [-0.2, -1.1, 0.7],
        "coverage_percent": [90.3, 86.0, 93.4],
        "mean_width_percent": [41.0, 40.2, 41.8],
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
