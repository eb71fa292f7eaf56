"""A coefficient table unfolded into arrays: for each model and each combination of words its level and its curves.

Terms without an axis add up to the level of a combination, terms of one axis to its curve there. Everything can be
asked for columns of cars and for a single one, and does the same operations in the same order.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import product

import numpy as np

from model.table import WORDS, Axis, CoefficientTable, Term, look_up

Place = tuple[int, float]  # the segment of an axis that a number lies in, and the share of the way through it
Places = tuple[np.ndarray, np.ndarray]

# Curves' heights are taken to this grid, far finer than any price. Differences and sums of such numbers are exact in
# floating point, and rounding keeps order: a curve that never falls from knot to knot never falls between them either.
GRID = 2.0**-44


class AxisLookup:
    """Finds where on an axis a number lies; numbers beyond the knots lie on the nearest."""

    def __init__(self, axis: Axis) -> None:
        self._axis = axis
        self._low, self._high = axis.knots[0], axis.knots[-1]
        self._positions = axis.positions()
        self._position_list = self._positions.tolist()
        self._is_log = axis.scale == "log"
        self._last = len(axis.knots) - 2
        self._widths = np.diff(self._positions)
        self._width_list = self._widths.tolist()
        self._end = self._last, 1.0

    def places(self, numbers: np.ndarray) -> Places:
        position = self._axis.position(np.minimum(np.maximum(numbers, self._low), self._high))
        segment = np.clip(np.searchsorted(self._positions, position, "right") - 1, 0, self._last)
        return segment, (position - self._positions[segment]) / self._widths[segment]

    def place(self, number: float) -> Place:
        if number <= self._low:
            return 0, 0.0
        if number >= self._high:
            return self._end
        position = float(np.log(number)) if self._is_log else number
        segment = bisect_right(self._position_list, position) - 1
        if segment > self._last:  # the log of the last knot, by rounding
            segment = self._last
        return segment, (position - self._position_list[segment]) / self._width_list[segment]


class Curve:
    """One curve: its height at any place of its axis."""

    def __init__(self, axis: Axis, heights: Sequence[float]) -> None:
        self.axis = AxisLookup(axis)
        self._heights = np.array(heights, dtype=float)
        self._rises = np.diff(self._heights)
        self._height_list, self._rise_list = self._heights.tolist(), self._rises.tolist()

    def values(self, numbers: np.ndarray) -> np.ndarray:
        segment, share = self.axis.places(numbers)
        return self._heights[segment] + share * self._rises[segment]

    def value(self, number: float) -> float:
        segment, share = self.axis.place(number)
        return self._height_list[segment] + share * self._rise_list[segment]


class Combinations:
    """The numbers of all combinations of a model and words: the model's first one, then a step for each word."""

    def __init__(self, table: CoefficientTable) -> None:
        self.shape = (len(table.models), *(len(table.words[name]) for name in WORDS))
        steps = [1]
        for size in reversed(self.shape[1:]):
            steps.insert(0, steps[0] * size)
        self.of_model, *self.of_word = steps

    def number(self, model: int, words: Sequence[int]) -> int:
        return model * self.of_model + sum(word * step for word, step in zip(words, self.of_word, strict=True))


class Levels:
    """The sum of a table's intercept and all its terms without an axis, for each combination."""

    def __init__(self, table: CoefficientTable) -> None:
        combinations = Combinations(table)
        total = np.full(combinations.shape, table.intercept)
        for term in table.terms:
            if term.axis is None:
                rows, values = _unfold(term, table)
                total = total + np.array(values)[rows]
        self.values = total.ravel()
        self.value_list = self.values.tolist()


class Curves:
    """The sum of a table's terms over one axis, as a curve for each combination."""

    def __init__(self, table: CoefficientTable, name: str) -> None:
        axis = table.axes[name]
        rows = np.zeros(Combinations(table).shape, dtype=int)
        heights = np.zeros((1, len(axis.knots)))
        for term in table.terms:
            if term.axis == name:
                term_rows, term_heights = _unfold(term, table)
                pairs = rows * len(term_heights) + term_rows
                used, rows = np.unique(pairs, return_inverse=True)
                rows = rows.reshape(pairs.shape)
                heights = heights[used // len(term_heights)] + np.array(term_heights)[used % len(term_heights)]
        self._rows, self._heights = rows.ravel(), np.rint(heights / GRID) * GRID
        self._rises = np.diff(self._heights, axis=1)
        self._row_list = self._rows.tolist()
        self._height_list, self._rise_list = self._heights.tolist(), self._rises.tolist()

    def values(self, combinations: np.ndarray, places: Places) -> np.ndarray:
        rows = self._rows[combinations]
        segment, share = places
        return self._heights[rows, segment] + share * self._rises[rows, segment]

    def value(self, combination: int, segment: int, share: float) -> float:
        row = self._row_list[combination]
        return self._height_list[row][segment] + share * self._rise_list[row][segment]


def _unfold(term: Term, table: CoefficientTable) -> tuple[np.ndarray, list]:
    """The term's values, each once, and for each combination the number of its own, in Combinations' shape."""
    by_model = [(known.make, known.model) for known in table.models] if "make" in term.by else [("", "")]
    words: list[tuple[str, ...]] = [table.words[name] if name in term.by else ("",) for name in WORDS]
    nothing = 0.0 if term.axis is None else [0.0] * len(table.axes[term.axis].knots)
    values: list = [nothing]
    number_of: dict[int, int] = {}
    numbers = []
    for (make, model), combination in product(by_model, product(*words)):
        named = {"make": make, "model": model, **dict(zip(WORDS, combination, strict=True))}
        value = look_up(term.tree, tuple(named[name] for name in term.by))
        if value is None:
            numbers.append(0)
            continue
        # The tree holds each value as one object, so its identity is enough to know it by.
        if id(value) not in number_of:
            number_of[id(value)] = len(values)
            values.append(value)
        numbers.append(number_of[id(value)])
    shape = (len(table.models), *(len(table.words[name]) for name in WORDS))
    return np.broadcast_to(np.array(numbers).reshape([len(by_model), *map(len, words)]), shape), values
