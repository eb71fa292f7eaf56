"""Pricing by a table in the slow way, from its JSON alone, as its description says; and cars to price."""

import json
import math
from itertools import pairwise
from typing import Any

import numpy as np

from model.schema.features import FEATURES, NUMBERS
from model.schema.vehicle import Vehicle
from model.table import CoefficientTable

Columns = dict[str, Any]


def random_cars(table: CoefficientTable, count: int, seed: int = 0) -> Columns:
    """Cars that the table knows, of any words, with numbers within and beyond its knots."""
    rng = np.random.default_rng(seed)
    models = rng.integers(0, len(table.models), count)
    columns = {
        "make": np.array([table.models[i].make for i in models], dtype=object),
        "model": np.array([table.models[i].model for i in models], dtype=object),
    }
    columns |= {name: rng.choice(np.array(words, dtype=object), count) for name, words in table.words.items()}
    for name in NUMBERS:
        knots = np.array(table.axes[name].knots)
        within = rng.uniform(knots[0], knots[-1] * 1.2, count)
        # Every third number is a knot exactly, where one segment ends and the next begins.
        columns[name] = np.where(rng.random(count) < 0.33, rng.choice(knots, count), within)
    return columns


def car_of(columns: Columns, row: int) -> Vehicle:
    return Vehicle(**{name: values[row].item() if name in NUMBERS else values[row] for name, values in columns.items()})


def columns_of(*cars: Vehicle) -> Columns:
    return {feature.name: np.array([getattr(car, feature.name) for car in cars]) for feature in FEATURES}


def row_of(columns: Columns, row: int) -> dict[str, Any]:
    return {name: values[row] for name, values in columns.items()}


class PriceByHand:
    """What a table's JSON says of a car's price, read as a person reads it."""

    def __init__(self, text: str) -> None:
        self.raw = json.loads(text)

    def log_price(self, car: dict[str, Any]) -> float:
        total = self.raw["intercept"]
        for term in self.raw["terms"]:
            value = _value(term["tree"], [car[name] for name in term["by"]])
            if value is None:
                continue
            axis = self.raw["axes"].get(term["axis"])
            total += value if axis is None else height(axis, value, car[term["axis"]])
        return float(total)

    def price(self, car: dict[str, Any]) -> float:
        return math.exp(self.log_price(car))

    def base(self, car: dict[str, Any]) -> float:
        return self.price(self._known(car)["typical"])

    def range(self, car: dict[str, Any]) -> tuple[float, float]:
        spread, price = self.raw["spread"], self.price(car)
        scale = self._known(car)["log_scale"] + height(spread["age"], spread["by_age"], car["age_years"])
        below = math.exp(scale + height(spread["price"], spread["below"], price))
        above = math.exp(scale + height(spread["price"], spread["above"], price))
        return price * math.exp(-below), price * math.exp(above)

    def _known(self, car: dict[str, Any]) -> dict[str, Any]:
        models = self.raw["models"]
        return next(known for known in models if (known["make"], known["model"]) == (car["make"], car["model"]))


def height(axis: dict[str, Any], heights: list[float], number: float) -> float:
    """A curve's height: straight between its knots in the axis' scale, flat outside."""
    scale = math.log if axis["scale"] == "log" else float
    knots = [scale(knot) for knot in axis["knots"]]
    at = scale(min(max(number, axis["knots"][0]), axis["knots"][-1]))
    for number_of, (left, right) in enumerate(pairwise(knots)):
        if at <= right:
            low, high = heights[number_of : number_of + 2]
            return low + (high - low) * (at - left) / (right - left)
    return heights[-1]


def _value(tree: Any, words: list[str]) -> Any:
    """The value as deep as the tree knows the words, else the nearest above under ""."""
    if not isinstance(tree, dict):
        return tree
    own = _value(tree[words[0]], words[1:]) if words and words[0] in tree else None
    return tree.get("") if own is None else own
