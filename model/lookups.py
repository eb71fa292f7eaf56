"""A coefficient table unfolded into arrays: where a car's numbers lie, and what each term says of it.

Everything comes twice, for columns of cars and for a single one, and does the same operations in the same order.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import product

import numpy as np

from model.table import WORDS, Axis, CoefficientTable, Term, look_up

Place = tuple[int, float]  # the segment of an axis that a number lies in, and how far into it
One = tuple[dict[str, int], dict[str, Place]]  # a single car: codes of its words, places of its numbers


class Columns:
    """Many cars, located in the table: codes of their models and words, places of their numbers."""

    def __init__(
        self, model: np.ndarray, words: dict[str, np.ndarray], places: dict[str, tuple[np.ndarray, np.ndarray]]
    ) -> None:
        self.model, self.words, self.places = model, words, places

    def take(self, rows: np.ndarray) -> "Columns":
        words = {name: codes[rows] for name, codes in self.words.items()}
        places = {name: (segment[rows], into[rows]) for name, (segment, into) in self.places.items()}
        return Columns(self.model[rows], words, places)

    def one(self, row: int) -> One:
        words = {name: int(codes[row]) for name, codes in self.words.items()}
        places = {name: (int(segment[row]), float(into[row])) for name, (segment, into) in self.places.items()}
        return words, places


class AxisLookup:
    """Finds where on an axis a number lies; numbers beyond the knots lie on the nearest."""

    def __init__(self, axis: Axis) -> None:
        self._axis = axis
        self._low, self._high = axis.knots[0], axis.knots[-1]
        self._positions = axis.positions()
        self._position_list = self._positions.tolist()
        self._last = len(axis.knots) - 2

    def places(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        position = self._axis.position(np.minimum(np.maximum(numbers, self._low), self._high))
        segment = np.clip(np.searchsorted(self._positions, position, "right") - 1, 0, self._last)
        return segment, position - self._positions[segment]

    def place(self, number: float) -> Place:
        position = min(max(number, self._low), self._high)
        if self._axis.scale == "log":
            position = float(np.log(position))
        segment = min(max(bisect_right(self._position_list, position) - 1, 0), self._last)
        return segment, position - self._position_list[segment]


class TermLookup:
    """One term, unfolded: the row of its values for each combination of codes, and the values as arrays."""

    def __init__(self, term: Term, table: CoefficientTable) -> None:
        self.axis = term.axis
        words = tuple(name for name in WORDS if name in term.by)
        self.changing = (*words, *((term.axis,) if term.axis else ()))
        self.alone = self.changing[0] if len(self.changing) == 1 else None
        by_model = "make" in term.by
        models = table.models if by_model else table.models[:1]
        none = (0.0,) * (1 if term.axis is None else len(table.axes[term.axis].knots))

        self._words = words
        combinations = list(product(*(table.words[name] for name in words)))
        self._combinations = len(combinations) if by_model else 0
        self._strides = _strides([len(table.words[name]) for name in words])
        rows_by_value: dict[tuple[float, ...], int] = {}
        rows = []
        for known in models:
            own = {"make": known.make, "model": known.model}
            for combination in combinations:
                named = {**own, **dict(zip(words, combination, strict=True))}
                value = look_up(term.tree, tuple(named[name] for name in term.by))
                heights = none if value is None else tuple(value) if isinstance(value, list) else (value,)
                rows.append(rows_by_value.setdefault(heights, len(rows_by_value)))
        self._rows = np.array(rows)
        self._row_list = rows
        self.typical_values = np.empty(0)  # of each model's typical car; the scorer fills both
        self.typical_value_list: list[float] = []
        self._heights = np.array(list(rows_by_value), dtype=float)
        if term.axis is None:
            self._heights = self._heights[:, 0]
        else:
            self._slopes = np.diff(self._heights, axis=1) / np.diff(table.axes[term.axis].positions())
            self._slope_list = self._slopes.tolist()
        self._height_list = self._heights.tolist()

    def values(self, car: Columns, typical: Columns, of_car: int) -> np.ndarray:
        """The term for typical cars of which the features in the mask `of_car` are the car's."""
        index = car.model * self._combinations
        for bit, (name, stride) in enumerate(zip(self._words, self._strides, strict=True)):
            index = index + (car if of_car >> bit & 1 else typical).words[name] * stride
        rows = self._rows[index]
        if self.axis is None:
            return self._heights[rows]
        segment, into = (car if of_car >> len(self._words) & 1 else typical).places[self.axis]
        return self._heights[rows, segment] + into * self._slopes[rows, segment]

    def value(self, model: int, car: One, typical: One, of_car: int) -> float:
        """values() for a single car."""
        index = model * self._combinations
        for bit, (name, stride) in enumerate(zip(self._words, self._strides, strict=True)):
            index += (car if of_car >> bit & 1 else typical)[0][name] * stride
        row = self._row_list[index]
        if self.axis is None:
            return self._height_list[row]
        segment, into = (car if of_car >> len(self._words) & 1 else typical)[1][self.axis]
        return self._height_list[row][segment] + into * self._slope_list[row][segment]


def _strides(sizes: Sequence[int]) -> list[int]:
    strides = [1] * len(sizes)
    for i in range(len(sizes) - 2, -1, -1):
        strides[i] = strides[i + 1] * sizes[i + 1]
    return strides
