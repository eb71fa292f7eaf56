"""What the table itself must answer: the right way round, what the fit answers, and no leaps of well-known cars."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from model.gates.findings import Finding
from model.judged import Judged
from model.schema.features import FEATURES, NUMBERS
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from model.table import WORDS, CoefficientTable, KnownModel

SIGN = {"age_years": -1, "mileage_km": -1, "power_hp": 1}  # of what more of it may do to a price
ROWS_AT_A_TIME = 200_000
AGREEMENT = 1e-9
GOLDEN_CARS = 50
LARGEST_MOVE = 0.15


def check_right_way(table: CoefficientTable) -> Finding:
    """Prices at every knot of every curve, and beyond its ends: between knots curves are straight, so that nothing
    turns round that does not at a knot.
    """
    scorer = Scorer(table)
    wrong, largest, example = 0, 0.0, ""
    for name, cars, points in _curves(table):
        for start in range(0, len(cars), max(ROWS_AT_A_TIME // len(points), 1)):
            some = cars[start : start + max(ROWS_AT_A_TIME // len(points), 1)]
            prices = _prices(scorer, some, name, points)
            steps = SIGN[name] * np.diff(prices, axis=1) < 0
            wrong += int(steps.any(axis=1).sum())
            shares = np.where(steps, np.abs(np.diff(np.log(prices), axis=1)), 0.0)
            if shares.max(initial=0.0) > largest:
                largest = float(shares.max())
                car = some[int(shares.max(axis=1).argmax())]
                example = f"; the most for {name} of {car.make} {car.model}, {car.fuel}, {car.gearbox}: {largest:.1%}"
    return Finding(
        "right way round",
        "more age or mileage never raises a price, more power never lowers it",
        f"{wrong:,} curves turn round{example}",
        wrong == 0,
    )


def _curves(table: CoefficientTable) -> Iterator[tuple[str, list[Vehicle], np.ndarray]]:
    """For each number, a car on each of its curves, and where to look at it."""
    for name in NUMBERS:
        told_apart_by = {word for term in table.terms if term.axis == name for word in term.by} & set(WORDS)
        varied = [word for word in WORDS if word in told_apart_by]
        choices = list(product(*(table.words[word] for word in varied)))
        cars = [
            replace(known.typical, **dict(zip(varied, words, strict=True)))  # type: ignore[arg-type]
            for known in table.models for words in choices
        ]  # fmt: skip
        knots = np.array(table.axes[name].knots, dtype=float)
        lowest = max(knots[0] / 2, 1.0) if name == "power_hp" else 0.0
        yield name, cars, np.unique([lowest, *knots, knots[-1] * 1.5])


def _prices(scorer: Scorer, cars: list[Vehicle], name: str, points: np.ndarray) -> np.ndarray:
    columns: dict[str, Any] = {
        feature.name: np.repeat(np.array([getattr(car, feature.name) for car in cars], dtype=object), len(points))
        for feature in FEATURES
    }
    columns[name] = np.tile(points, len(cars))
    return scorer.score(columns)["price_eur"].reshape(len(cars), len(points))


def check_agreement(table: CoefficientTable, judged: Judged) -> Finding:
    """Whether the table answers what the fitted design does, for every listing that it was judged on."""
    columns = {feature.name: judged.rows[feature.name].to_numpy() for feature in FEATURES}
    price_eur = Scorer(table).score(columns)["price_eur"]
    difference = float(np.abs(price_eur / np.exp(judged.rows["log_price_plain"].to_numpy()) - 1).max())
    return Finding(
        "the table is the fit",
        f"prices at most {AGREEMENT:g} apart, as a share",
        f"{difference:.1g} on {len(judged.rows):,} listings",
        bool(difference <= AGREEMENT),  # false for NaN, where the table has no price
    )


def check_golden_prices(challenger: CoefficientTable, champion: CoefficientTable, announced: float) -> Finding:
    """Whether the commonest models' typical cars keep their prices: the champion's typical cars, priced by both.

    announced is the largest move that was announced, as a share; 0 where none was.
    """
    cars = golden_cars(champion)
    old, new = _price(Scorer(champion), cars), _price(Scorer(challenger), cars)
    limit = max(LARGEST_MOVE, announced)
    moves = new / old - 1
    unknown = [car for car, price in zip(cars, new, strict=True) if np.isnan(price)]
    if unknown:
        names = ", ".join(f"{car.make} {car.model}" for car in unknown)
        return Finding("golden prices", "a price for each of them", f"none for {names}", False)
    worst = int(np.abs(moves).argmax())
    car = f"{cars[worst].make} {cars[worst].model}"
    return Finding(
        "golden prices",
        f"typical cars of the {len(cars)} commonest models move by {limit:.0%} at most, or as --announce-moves says",
        f"{car} from {old[worst]:,.0f} to {new[worst]:,.0f} EUR, {moves[worst]:+.1%}",
        bool(abs(moves[worst]) <= limit),
    )


def golden_cars(table: CoefficientTable) -> list[Vehicle]:
    """The typical cars of the table's commonest models."""

    def by_support(known: KnownModel) -> tuple[int, str, str]:
        return -known.support, known.make, known.model

    return [known.typical for known in sorted(table.models, key=by_support)[:GOLDEN_CARS]]


def _price(scorer: Scorer, cars: list[Vehicle]) -> np.ndarray:
    return scorer.score({feature.name: [getattr(car, feature.name) for car in cars] for feature in FEATURES})[
        "price_eur"
    ]
