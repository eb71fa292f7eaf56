"""Axes: they end where the data ends, and hats on their knots make any curve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.axes import NARROWEST_END, end_at, hats, segments
from model.table import Axis

YEARS = Axis("linear", (0.0, 1.0, 2.0, 3.0, 4.0))
POWERS = Axis("log", (30.0, 60.0, 120.0, 240.0, 480.0))
AXES = [YEARS, POWERS]
NUMBERS = st.floats(-10, 1_000)


@st.composite
def ends(draw: st.DrawFn) -> tuple[Axis, float, float]:
    """An axis, and the least and the greatest number of some data, which may lie beyond it."""
    axis = draw(st.sampled_from(AXES))
    low, high = sorted((draw(st.floats(1, 900)), draw(st.floats(1, 900))))
    return axis, low, high + 1e-3


@pytest.mark.parametrize(
    ("low", "high", "knots"),
    [
        (0.0, 4.0, (0.0, 1.0, 2.0, 3.0, 4.0)),
        (0.4, 3.6, (0.4, 1.0, 2.0, 3.0, 3.6)),  # more than half of a segment is left: the knot stays
        (0.6, 3.4, (0.6, 2.0, 3.4)),  # less than half: the knot gives way to the end
        (-1.0, 9.0, (-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 9.0)),  # data beyond the knots
        (1.2, 1.3, (1.2, 1.3)),
        (50.0, 60.0, (50.0, 60.0)),
    ],
)
def test_an_axis_ends_where_the_data_ends(low: float, high: float, knots: tuple[float, ...]) -> None:
    # given data from low to high, when the axis is ended there, then these are its knots
    assert end_at(YEARS, low, high) == Axis("linear", knots)


@given(ends())
def test_no_end_is_a_sliver(drawn: tuple[Axis, float, float]) -> None:
    """Law: knots rise from the least number to the greatest, and the segments at the ends are no slivers."""
    # given any data
    axis, low, high = drawn
    # when the axis is ended at it
    ended = end_at(axis, low, high)
    # then its ends are the data's, and what lies between are knots of the axis
    assert (ended.scale, ended.knots[0], ended.knots[-1]) == (axis.scale, low, high)
    assert set(ended.knots[1:-1]) <= set(axis.knots)
    widths = np.diff(ended.positions())
    assert (widths > 0).all()
    # and each end that stands before a knot is at least half as wide as the narrowest segment
    if len(ended.knots) > 2:
        assert min(widths[0], widths[-1]) >= NARROWEST_END * np.diff(axis.positions()).min() - 1e-12


@pytest.mark.parametrize("high", [110.0, 110.00000001])
@pytest.mark.parametrize("axis", AXES)
def test_data_of_one_number_has_an_axis_too(axis: Axis, high: float) -> None:
    # given data that is all alike, when the axis is ended at it, then it has two knots, of which one is that number
    knots = end_at(axis, 110.0, high).knots
    assert knots[0] == 110.0
    assert knots[1] > 110.1


@pytest.mark.parametrize("axis", AXES)
@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_hats_share_a_weight_of_one_between_two_neighbours(axis: Axis, numbers: list[float]) -> None:
    """Law: hats are never negative, add up to 1, and stand at two knots next to each other."""
    # given any numbers, when their hats are made
    weights = hats(axis, np.array(numbers))
    # then that is their form
    assert weights.shape == (len(numbers), len(axis.knots))
    assert (weights >= 0).all()
    assert weights.sum(axis=1) == pytest.approx(1.0)
    for row in weights:
        standing = np.nonzero(row)[0]
        assert np.ptp(standing) <= 1


@pytest.mark.parametrize("axis", AXES)
def test_at_a_knot_its_hat_stands_alone(axis: Axis) -> None:
    # given the knots, when their hats are made, then each has its own, in full
    assert hats(axis, np.array(axis.knots)) == pytest.approx(np.eye(len(axis.knots)))


@pytest.mark.parametrize("axis", AXES)
@given(st.lists(NUMBERS, min_size=1, max_size=20), st.lists(st.floats(-2, 2), min_size=5, max_size=5))
def test_hats_make_any_curve(axis: Axis, numbers: list[float], heights: list[float]) -> None:
    """Law: hats times heights are the curve: straight between the knots in the axis' scale, flat outside."""
    # given any numbers and any heights at the knots, when hats and heights are multiplied, then that is the curve
    inside = np.clip(numbers, axis.knots[0], axis.knots[-1])
    curve = np.interp(axis.position(inside), axis.positions(), heights)
    assert hats(axis, np.array(numbers)) @ heights == pytest.approx(curve, abs=1e-12)


def test_a_number_lies_in_the_segment_that_begins_with_it() -> None:
    # given numbers on, between and beyond knots, when their segments are found, then these are they
    segment, share = segments(YEARS, np.array([-5.0, 0.0, 0.25, 1.0, 3.5, 4.0, 99.0]))
    assert segment.tolist() == [0, 0, 0, 1, 3, 3, 3]
    assert share == pytest.approx([0, 0, 0.25, 0, 0.5, 1, 1])


def test_half_way_on_a_log_axis_is_the_geometric_mean() -> None:
    # given the number half way between 60 and 120 in the log, when its segment is found, then its share is a half
    segment, share = segments(POWERS, np.array([60 * 2**0.5]))
    assert segment.tolist() == [1]
    assert share == pytest.approx([0.5])
