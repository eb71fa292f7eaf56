"""The fitted model as a coefficient table: one JSON file that a person can read and price a car from by hand.

    log price = intercept + the sum of all terms
    base      = the same, for the typical car of that make and model
    price     = base + effects
    range     = price * exp(-exp(the model's log_scale + by_age + below)) to
                price * exp(exp(the model's log_scale + by_age + above)), from the curves of age and price in spread

A term is looked up by the words of its `by`, in their order, as deep as its tree knows them; where a word is not
known, the value under "" there counts (or the nearest above), and 0 where there is none. So a curve may be given for
all cars, for a make, a model or a variant, and who has none of its own takes its parent's. Without an axis the value
is a number. With one it is a curve: its heights at the axis' knots, straight in between (in the axis' scale), and flat
outside.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from model.schema.features import CATEGORIES, schema_digest
from model.schema.vehicle import Vehicle

FORMAT = 2

WORDS = tuple(name for name in CATEGORIES if name not in ("make", "model"))

# A tree of words; its leaves, and what stands under "", are numbers or lists of numbers.
Tree = Mapping[str, "Tree | float | list[float]"] | float | list[float]


@dataclass(frozen=True)
class Axis:
    """The knots of the curves over one number, in its own unit, and whether they are straight in it or its log."""

    scale: Literal["linear", "log"]
    knots: tuple[float, ...]

    def position(self, values: np.ndarray) -> np.ndarray:
        """Where values lie on the axis, in its scale."""
        return np.log(values) if self.scale == "log" else values

    def positions(self) -> np.ndarray:
        return self.position(np.array(self.knots, dtype=float))


@dataclass(frozen=True)
class Term:
    """One summand of the log price: by which words, over which axis (None: none), and its tree of values."""

    by: tuple[str, ...]
    axis: str | None
    tree: Tree


@dataclass(frozen=True)
class KnownModel:
    """A make and model that the table prices: the listings behind it, the log of how wide its ranges are, and its
    typical car, the base of reasons.
    """

    make: str
    model: str
    support: int
    log_scale: float
    typical: Vehicle


@dataclass(frozen=True)
class Spread:
    """How far the log price may lie off, as logs of that distance: a curve of age, and one of the price for how far
    below it and one for how far above, each by its heights at the knots of its axis.
    """

    age: Axis
    by_age: tuple[float, ...]
    price: Axis
    below: tuple[float, ...]
    above: tuple[float, ...]


@dataclass(frozen=True)
class CoefficientTable:
    """All that pricing needs. `words` are the categories that rows were seen with, other than make and model."""

    intercept: float
    axes: Mapping[str, Axis]
    terms: tuple[Term, ...]
    words: Mapping[str, tuple[str, ...]]
    models: tuple[KnownModel, ...]
    coverage: float
    spread: Spread

    def to_json(self) -> str:
        """The table as JSON: a line a term, a line a model, so that it can be read and versions compared."""
        parts = {"format": FORMAT, "schema_digest": schema_digest(), **asdict(self)}
        return "{" + ",\n".join(f"{json.dumps(name)}: {_lines(part)}" for name, part in parts.items()) + "}\n"


def look_up(tree: object, words: tuple[str, ...]) -> float | list[float] | None:
    """The value that a term's tree holds for these words, None where it says nothing of them."""
    value = None
    for word in words:
        if not isinstance(tree, dict):
            break
        value = tree.get("", value)
        if word not in tree:
            return value
        tree = tree[word]
    return tree.get("", value) if isinstance(tree, dict) else tree  # type: ignore[return-value]


def _lines(part: object) -> str:
    if isinstance(part, list | tuple):
        return "[\n" + ",\n".join(_lines_of_one(item) for item in part) + "\n]"
    return _lines_of_one(part)


def _lines_of_one(item: object) -> str:
    return json.dumps(item, ensure_ascii=False, allow_nan=False)
