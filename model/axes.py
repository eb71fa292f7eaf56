"""Numbers on an axis: where it ends on some data, and the hats that make a curve linear in its heights at knots."""

from math import isclose

import numpy as np

from model.table import Axis

NARROWEST_END = 0.5  # of a segment: a knot closer to the end of the data gives way to it
ALIKE = 1e-6  # of a number: how far two may differ and still be one


def end_at(axis: Axis, low: float, high: float) -> Axis:
    """The axis with its ends at the data's. A last segment that would be a sliver joins the one before."""
    if isclose(low, high, rel_tol=ALIKE):  # all cars are alike: a curve that is flat, and needs two ends all the same
        return Axis(axis.scale, (low, low + 1.0))
    first, last = axis.position(np.array([low, high]))
    positions = axis.positions()
    widths = np.diff(positions)
    kept = [
        float(knot)
        for number, (knot, position) in enumerate(zip(axis.knots, positions, strict=True))
        if position - first >= NARROWEST_END * widths[max(number - 1, 0)]
        and last - position >= NARROWEST_END * widths[min(number, len(widths) - 1)]
    ]
    return Axis(axis.scale, (low, *kept, high))


def segments(axis: Axis, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The segment of the axis that each number lies in, and the share of the way through it, 0 to 1."""
    positions = axis.positions()
    position = axis.position(np.clip(numbers, axis.knots[0], axis.knots[-1]))
    segment = np.clip(np.searchsorted(positions, position, "right") - 1, 0, len(positions) - 2)
    share = (position - positions[segment]) / np.diff(positions)[segment]
    return segment, np.clip(share, 0.0, 1.0)


def hats(axis: Axis, numbers: np.ndarray) -> np.ndarray:
    """The weight of each knot at each number, (numbers, knots): 1 at the knot, falling to 0 at its neighbours."""
    segment, share = segments(axis, numbers)
    weights = np.zeros((len(numbers), len(axis.knots)))
    rows = np.arange(len(numbers))
    weights[rows, segment] = 1 - share
    weights[rows, segment + 1] = share
    return weights
