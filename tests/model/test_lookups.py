"""The table unfolded: for columns of cars and for one, the same places, levels and curves to the bit."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.lookups import AxisLookup, Combinations, Curve, Curves, Levels
from model.schema.features import NUMBERS
from model.table import WORDS, Axis, CoefficientTable
from tests.model.pricing import PriceByHand, height

MakeTable = Callable[[int], CoefficientTable]
AXES = [Axis("linear", (0.0, 1.0, 4.0, 12.0)), Axis("log", (40.0, 90.0, 210.0, 600.0)), Axis("linear", (-5.0, 5.0))]
NUMBERS_ON_AXES = st.floats(0.001, 2_000) | st.sampled_from(sorted({knot for axis in AXES for knot in axis.knots}))


@pytest.mark.parametrize("axis", AXES)
@given(st.lists(NUMBERS_ON_AXES, min_size=1, max_size=30))
def test_one_number_lies_where_it_lies_among_many(axis: Axis, numbers: list[float]) -> None:
    """Law: place() is places(), bit for bit."""
    # given any numbers, on knots, between and beyond them
    lookup = AxisLookup(axis)
    # when they are placed together and one by one, then their places are the same
    segments, into = lookup.places(np.array(numbers))
    assert list(zip(segments.tolist(), into.tolist(), strict=True)) == [lookup.place(number) for number in numbers]


@pytest.mark.parametrize("axis", AXES)
@given(st.lists(NUMBERS_ON_AXES, min_size=1, max_size=30), st.lists(st.floats(-3, 3), min_size=4, max_size=4))
def test_a_curve_is_straight_between_its_knots(axis: Axis, numbers: list[float], heights: list[float]) -> None:
    """Law: values() is value(), bit for bit, and both are the curve as a person draws it."""
    # given any curve and any numbers
    curve = Curve(axis, heights[: len(axis.knots)])
    raw = {"scale": axis.scale, "knots": list(axis.knots)}
    # when its heights there are asked for, then they are those
    found = curve.values(np.array(numbers)).tolist()
    assert found == [curve.value(number) for number in numbers]
    assert found == pytest.approx([height(raw, heights[: len(axis.knots)], number) for number in numbers], abs=1e-9)


def test_every_combination_has_a_number_of_its_own(make_table: MakeTable) -> None:
    # given a table, when all combinations of models and words are numbered, then the numbers run from 0 on
    table = make_table(0)
    combinations = Combinations(table)
    sizes = [len(table.models), *(len(table.words[name]) for name in WORDS)]
    numbers = [combinations.number(model, words) for model, *words in product(*map(range, sizes))]
    assert numbers == list(range(int(np.prod(sizes))))


def each_combination(table: CoefficientTable) -> list[dict[str, Any]]:
    """A car of every model and every combination of words, in the order of their numbers."""
    return [
        {"make": known.make, "model": known.model, **dict(zip(WORDS, words, strict=True))}
        for known in table.models
        for words in product(*(table.words[name] for name in WORDS))
    ]


@pytest.mark.parametrize("seed", range(6))
def test_levels_are_the_sum_of_all_terms_without_an_axis(make_table: MakeTable, seed: int) -> None:
    """Law: for every combination, whether it ever occurred or not."""
    # given a table with gaps, when its levels are unfolded, then each combination has its own
    table = make_table(seed)
    by_hand = PriceByHand(table.to_json())
    by_hand.raw["terms"] = [term for term in by_hand.raw["terms"] if term["axis"] is None]
    levels = Levels(table)
    assert levels.values == pytest.approx([by_hand.log_price(car) for car in each_combination(table)], abs=1e-12)
    assert levels.value_list == levels.values.tolist()


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("seed", range(6))
def test_curves_are_the_sum_of_all_terms_of_their_axis(make_table: MakeTable, seed: int, name: str) -> None:
    """Law: for every combination, at any number, and for one as for many."""
    # given a table with gaps, and a number for each combination
    table = make_table(seed)
    by_hand = PriceByHand(table.to_json())
    by_hand.raw |= {"intercept": 0.0, "terms": [term for term in by_hand.raw["terms"] if term["axis"] == name]}
    cars = each_combination(table)
    knots = table.axes[name].knots
    numbers = np.random.default_rng(seed).uniform(knots[0] * 0.9, knots[-1] * 1.1, len(cars))
    # when the curves are unfolded
    curves, lookup = Curves(table, name), AxisLookup(table.axes[name])
    found = curves.values(np.arange(len(cars)), lookup.places(numbers))
    # then each combination has its own
    expected = [by_hand.log_price(car | {name: number}) for car, number in zip(cars, numbers, strict=True)]
    assert found == pytest.approx(expected, abs=1e-12)
    one_by_one = [curves.value(row, *lookup.place(number)) for row, number in enumerate(numbers.tolist())]
    assert found.tolist() == one_by_one
