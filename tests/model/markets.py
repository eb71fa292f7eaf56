"""Invented listings as tables, for tests that fit: small markets whose rule of prices is known."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from model.dataset import Dataset, Report
from model.design import CURVES
from model.table import Axis

# A3 and A3 Sportback are one family, and so are 318 and 320.
MODELS = {"Audi": ("A3", "A3 Sportback", "A4"), "BMW": ("318", "320"), "Tesla": ("S",)}
FUELS = ("diesel", "petrol")
GEARBOXES = ("automatic", "manual")
OFFER_TYPES = ("new", "used")


def random_cars(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Cars of a few models, each feature drawn on its own."""
    pairs = [(make, model) for make, models in MODELS.items() for model in models]
    drawn = [pairs[i] for i in rng.integers(len(pairs), size=count)]
    return pd.DataFrame(
        {
            "make": [make for make, _ in drawn], "model": [model for _, model in drawn],
            "fuel": rng.choice(FUELS, count), "gearbox": rng.choice(GEARBOXES, count),
            "offer_type": rng.choice(OFFER_TYPES, count, p=(0.1, 0.9)),
            "age_years": rng.uniform(0, 14, count), "mileage_km": rng.uniform(0, 250_000, count),
            "power_hp": rng.uniform(60, 300, count),
        }
    )  # fmt: skip


def listings(cars: pd.DataFrame, log_price: np.ndarray | pd.Series, **columns: Any) -> pd.DataFrame:
    """The cars as the table of a data set: on offer on the market date, collected, each of full weight, none twice."""
    usual = {
        "days_ago": 0.0, "price_kind": "asking", "weight": 1.0, "is_report": False, "car": np.arange(len(cars)),
    }  # fmt: skip
    return cars.assign(price_eur=np.exp(np.asarray(log_price)), **(usual | columns))


def rule(cars: pd.DataFrame) -> pd.Series:
    """Log prices by a rule of the design's form: levels of words, and curves that go the right way."""
    return (
        9.5
        + 0.2 * (cars["make"] == "BMW")
        + 0.4 * (cars["model"] == "A4")
        + 0.1 * (cars["gearbox"] == "automatic")
        - 0.1 * cars["age_years"]
        - 2e-6 * cars["mileage_km"]
        + 0.7 * np.log(cars["power_hp"] / 100)
    )


def noisy_market(count: int, seed: int = 0, noise: float = 0.1, **columns: Any) -> pd.DataFrame:
    """Listings priced by the rule, each off by some noise."""
    rng = np.random.default_rng(seed)
    cars = random_cars(rng, count)
    return listings(cars, rule(cars) + rng.normal(0, noise, count), **columns)


def dataset_of(market: pd.DataFrame) -> Dataset:
    """A table as if it had been read from a file."""
    report = Report(rows_read=len(market), rows_used=len(market))
    return Dataset(market, date(2026, 7, 1), "market.csv", "0" * 64, True, report)


def write_market(path: Path, market: pd.DataFrame, market_date: date) -> None:
    """A table as a file of listings, all of them of the market date."""
    registered = [market_date - timedelta(days=365.25 * age) for age in market["age_years"]]
    market[["make", "model", "fuel", "gearbox", "offer_type"]].assign(
        first_registration=[f"{day:%Y-%m}" for day in registered], mileage_km=market["mileage_km"].round(),
        power_hp=market["power_hp"].round(), price_eur=market["price_eur"].round(), listed_on=market_date,
    ).to_csv(path, index=False)  # fmt: skip


def shares_of_rises(axes: Mapping[str, Axis], cars: pd.DataFrame) -> np.ndarray:
    """The share of each rise that each car has: 1 of the segments that it is better than, a part of its own."""
    columns = []
    for name, axis in axes.items():
        knots = axis.positions()
        at = axis.position(np.clip(cars[name].to_numpy(dtype=float), axis.knots[0], axis.knots[-1]))
        for left, right in zip(knots[:-1], knots[1:], strict=True):
            share = np.clip((at - left) / (right - left), 0, 1)
            columns.append(share if CURVES[name][0] > 0 else 1 - share)
    return np.stack(columns, axis=1)
