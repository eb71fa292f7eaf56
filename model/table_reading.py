"""Reads a coefficient table from its JSON, and refuses one that could not price every car it knows."""

import json
import math
from collections.abc import Mapping
from typing import TypeGuard

import numpy as np

from model.errors import TableError
from model.schema.features import CATEGORIES, NUMBERS, schema_digest
from model.schema.vehicle import Vehicle
from model.table import FORMAT, WORDS, Axis, CoefficientTable, KnownModel, Spread, Term

# Far beyond any car, and small enough that no sum or product of a pricing leaves the range of floating point.
LARGEST_LOG_PRICE = 200.0
LARGEST_KNOT = 1e9
SMALLEST_STEP = 1e-9


def read_table(text: str) -> CoefficientTable:
    """Read a table and check that it can price. Raises TableError."""
    try:
        raw = json.loads(text, parse_constant=_refuse_constant)
        if raw["format"] != FORMAT:
            raise TableError(f"the table's format is {raw['format']!r}; this code reads {FORMAT}")
        if raw["schema_digest"] != schema_digest():
            raise TableError("the table was made for other features or outputs than this code has")
        table = CoefficientTable(
            intercept=float(raw["intercept"]),
            axes={name: _axis(axis) for name, axis in raw["axes"].items()},
            terms=tuple(Term(tuple(term["by"]), term["axis"], term["tree"]) for term in raw["terms"]),
            words={name: tuple(words) for name, words in raw["words"].items()},
            models=tuple(
                KnownModel(
                    known["make"], known["model"], int(known["support"]), float(known["log_scale"]),
                    Vehicle(**known["typical"]),
                )  # fmt: skip
                for known in raw["models"]
            ),
            coverage=float(raw["coverage"]),
            spread=Spread(
                _axis(raw["spread"]["age"]), tuple(raw["spread"]["by_age"]), _axis(raw["spread"]["price"]),
                tuple(raw["spread"]["below"]), tuple(raw["spread"]["above"]),
            ),
        )  # fmt: skip
        check(table)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise TableError(f"the table cannot be read: {type(error).__name__}: {error}") from error
    return table


def _axis(raw: Mapping[str, object]) -> Axis:
    return Axis(raw["scale"], tuple(raw["knots"]))  # type: ignore[arg-type]


def check(table: CoefficientTable) -> None:
    """Raise TableError unless every price the table can give is a finite number with a range around it."""
    if not math.isfinite(table.intercept):
        raise TableError("the intercept is not a finite number")
    _check_words(table.words)
    _check_axes(table.axes)
    farthest = abs(table.intercept)
    for term in table.terms:
        if not set(term.by) <= set(CATEGORIES) or ("model" in term.by and "make" not in term.by):
            raise TableError(f"a term is looked up by {term.by}")
        if term.axis is not None and term.axis not in table.axes:
            raise TableError(f"a term has the axis {term.axis}, which the table lacks")
        knots = None if term.axis is None else len(table.axes[term.axis].knots)
        farthest += _check_tree(term.tree, len(term.by), knots)
    if farthest > LARGEST_LOG_PRICE:
        raise TableError(f"the terms add up to a log price of {farthest:.0f}, which no car has")
    _check_models(table)
    _check_spread(table)


def _check_words(words_by_name: Mapping[str, tuple[str, ...]]) -> None:
    if set(words_by_name) != set(WORDS):
        raise TableError(f"the table has the words of {sorted(words_by_name)}, not of {sorted(WORDS)}")
    for name, words in words_by_name.items():
        if not words or len(set(words)) < len(words) or not all(isinstance(word, str) for word in words):
            raise TableError(f"the words of {name} must be texts, one or more, none of them twice")


def _check_axes(axes: Mapping[str, Axis]) -> None:
    if set(axes) != set(NUMBERS):
        raise TableError(f"the table has the axes {sorted(axes)}, not {sorted(NUMBERS)}")
    for name, axis in axes.items():
        _check_axis(name, axis)


def _check_axis(name: str, axis: Axis) -> None:
    if axis.scale not in ("linear", "log"):
        raise TableError(f"the axis {name} has the scale {axis.scale!r}, not linear or log")
    lowest = 0.0 if axis.scale == "log" else -LARGEST_KNOT
    if len(axis.knots) < 2 or not all(_is_number(knot) and lowest < knot <= LARGEST_KNOT for knot in axis.knots):
        raise TableError(f"the knots of {name} must be two or more, finite, and positive where the scale is log")
    if not (np.diff(axis.positions()) > SMALLEST_STEP).all():
        raise TableError(f"the knots of {name} must rise")


def _check_models(table: CoefficientTable) -> None:
    if not table.models:
        raise TableError("the table knows no model")
    if len({(known.make, known.model) for known in table.models}) < len(table.models):
        raise TableError("the table knows a model twice")
    for known in table.models:
        typical = known.typical
        if (
            not (_is_number(known.support) and known.support >= 1 and _is_number(known.log_scale))
            or (typical.make, typical.model) != (known.make, known.model)
            or any(getattr(typical, name) not in words for name, words in table.words.items())
            or not all(_is_number(getattr(typical, name)) and getattr(typical, name) >= 0 for name in NUMBERS)
            or typical.power_hp == 0
        ):
            raise TableError(f"the typical {known.make} {known.model} is none that the table can price")


def _check_spread(table: CoefficientTable) -> None:
    if not 0 < table.coverage < 1:
        raise TableError("the coverage must be a share between 0 and 1")
    spread = table.spread
    _check_axis("the spread's age", spread.age)
    _check_axis("the spread's price", spread.price)
    for axis, *curves in ((spread.age, spread.by_age), (spread.price, spread.below, spread.above)):
        for curve in curves:
            if len(curve) != len(axis.knots) or not all(_is_number(height) for height in curve):
                raise TableError("the spread needs a finite height at each knot")
    widest = max(known.log_scale for known in table.models) + max(spread.by_age) + max(*spread.below, *spread.above)
    if widest > math.log(LARGEST_LOG_PRICE):
        raise TableError("the spread is wider than any price")


def _check_tree(tree: object, depth: int, knots: int | None) -> float:
    """The largest size of the tree's values. Raises TableError unless all have the form that the term needs."""
    if isinstance(tree, dict):
        if depth == 0:
            raise TableError("a term's tree is deeper than its words")
        return max((_check_tree(branch, depth - 1 if word else 0, knots) for word, branch in tree.items()), default=0.0)
    heights = tree if isinstance(tree, list) else [tree]
    if isinstance(tree, list) != (knots is not None) or (knots is not None and len(heights) != knots):
        raise TableError("a term's value must be a number, or a curve of one height a knot where it has an axis")
    sizes = [abs(height) for height in heights if _is_number(height)]
    if len(sizes) < len(heights):
        raise TableError("a term's value is not a finite number")
    return max(sizes)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")
