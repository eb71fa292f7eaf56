"""Cars to the float32 vectors of the ONNX graph, by dictionary look-ups and hat functions."""

import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.benchmarks.serving.peers.car import Car


class Vectors:
    def __init__(self, layout_file: Path) -> None:
        layout = json.loads(layout_file.read_text(encoding="utf-8"))
        self._width: int = layout["width"]
        self._words: dict[str, dict[str, int]] = layout["words"]
        self._curves = [(curve["start"], curve["knots"]) for curve in layout["curves"].values()]

    def of_one(self, car: Car) -> np.ndarray:
        vector = np.zeros((1, self._width), dtype=np.float32)
        row = vector[0]
        row[self._places(car)] = 1.0
        for (start, knots), value in zip(self._curves, _numbers(car), strict=True):
            value = min(max(value, knots[0]), knots[-1])  # flat outside
            segment = min(bisect_right(knots, value), len(knots) - 1) - 1
            share = (value - knots[segment]) / (knots[segment + 1] - knots[segment])
            row[start + segment] = 1.0 - share
            row[start + segment + 1] = share
        return vector

    def of_many(self, cars: Sequence[Car]) -> np.ndarray:
        vectors = np.zeros((len(cars), self._width), dtype=np.float32)
        rows = np.arange(len(cars))
        vectors[rows[:, None], np.array([self._places(car) for car in cars])] = 1.0
        numbers = np.array([_numbers(car) for car in cars])
        for (start, knots), values in zip(self._curves, numbers.T, strict=True):
            values = np.clip(values, knots[0], knots[-1])
            segments = np.minimum(np.searchsorted(knots, values, side="right"), len(knots) - 1) - 1
            shares = (values - np.take(knots, segments)) / np.take(np.diff(knots), segments)
            vectors[rows, start + segments] = 1.0 - shares
            vectors[rows, start + segments + 1] = shares
        return vectors

    def _places(self, car: Car) -> list[int]:
        """Of its words; -1, the last place, for one never seen."""
        words = self._words
        return [
            words["make"].get(car.make, -1),
            words["model"].get(car.model, -1),
            words["fuel"].get(car.fuel, -1),
            words["gearbox"].get(car.gearbox, -1),
            words["offer_type"].get(car.offer_type, -1),
            words["make_model"].get(f"{car.make} {car.model}", -1),
        ]


def _numbers(car: Car) -> tuple[float, float, float]:
    return car.age_years, car.mileage_km, math.log(car.power_hp)
