"""The sums: what they are by hand, and the same to the bit for any parts in any order."""

from collections.abc import Callable
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.census import take_census
from model.design import build_design
from model.moments import (
    FIRST_WEIGHT_OF_REPORTS,
    FIXED_POINT,
    REPORTS_FROM,
    ROBUST_FROM,
    Layout,
    Moments,
    add_up,
    robust_weight,
    sum_chunk,
)
from model.schema.features import CATEGORIES
from tests.model.markets import noisy_market, random_cars

COUNT = 400
RNG = np.random.default_rng(8)
MARKET = noisy_market(
    COUNT,
    days_ago=RNG.integers(0, 400, COUNT) * 1.0,
    price_kind=RNG.choice(["asking", "sale"], COUNT),
    weight=RNG.uniform(0.1, 1.0, COUNT),
)
CENSUS = take_census(MARKET)
LAYOUT = Layout(build_design(CENSUS), CENSUS.cells)
HEIGHTS = RNG.normal(0, 0.1, (len(LAYOUT.cells), LAYOUT.width))  # of an earlier fit


def same(one: Moments, other: Moments) -> bool:
    """Whether not a bit differs."""
    return (one.gram != other.gram).nnz == 0 and np.array_equal(one.target, other.target)


def written(layout: Layout, listing: pd.Series) -> np.ndarray:
    """A listing in numbers by hand: for each axis the curves that are 1 at one knot and 0 at the others."""
    parts = []
    for name, axis in layout.design.axes.items():
        at = axis.position(np.clip(np.array([listing[name]], dtype=float), axis.knots[0], axis.knots[-1]))
        parts.append([np.interp(at, axis.positions(), one)[0] for one in np.eye(len(axis.knots))])
    index = layout.design.index
    if index is not None:
        parts.append([np.interp(listing["days_ago"], index.knots, one) for one in np.eye(len(index.knots))[1:]])
    parts.append([float(listing["price_kind"] == "sale")])
    return np.concatenate(parts)


def test_a_listing_is_written_as_hats_and_circumstances() -> None:
    """Law: hats on each axis, then on the market index but for its first knot, then 1 for a sale."""
    # given a market over more than a year, when its listings are written in numbers
    places, values = LAYOUT.hats(MARKET)
    # then they are what they are by hand
    assert LAYOUT.design.index is not None
    for row in range(0, COUNT, 7):
        x = np.zeros(LAYOUT.width)
        np.add.at(x, places[row], values[row])
        assert x == pytest.approx(written(LAYOUT, MARKET.iloc[row]), abs=1e-12)


def test_every_listing_finds_its_cell() -> None:
    # given the cells in another order, when listings look theirs up, then its words are the listing's
    cells = LAYOUT.cells.sample(frac=1, random_state=3).reset_index(drop=True)
    numbers = Layout(LAYOUT.design, cells).cell_numbers(MARKET)
    names = list(CATEGORIES)
    assert cells[names].iloc[numbers].to_numpy().tolist() == MARKET[names].to_numpy().tolist()


def test_sums_are_what_they_are_by_hand() -> None:
    """Law: the sums of a cell are w x x^T, its upper triangle, and w x y, to the unit of fixed point."""
    # given a market, when its sums are made
    summed = sum_chunk(MARKET, LAYOUT, None)
    # then each cell's are those of its listings, written one by one
    width = LAYOUT.width
    gram = np.zeros((len(LAYOUT.cells), width, width))
    target = np.zeros((len(LAYOUT.cells), width))
    for cell, (_, listing) in zip(LAYOUT.cell_numbers(MARKET), MARKET.iterrows(), strict=True):
        x = written(LAYOUT, listing)
        gram[cell] += listing["weight"] * np.outer(x, x)
        target[cell] += listing["weight"] * x * (np.log(listing["price_eur"]) - LAYOUT.design.intercept)
    unit = COUNT / FIXED_POINT  # half a unit a listing, and rounding
    found = summed.gram.toarray().reshape(gram.shape) / FIXED_POINT
    assert found == pytest.approx(np.triu(gram), abs=unit)
    assert summed.target / FIXED_POINT == pytest.approx(target, abs=unit)


def test_sums_are_whole_numbers() -> None:
    # given sums, when their size is looked at, then they are whole, and far below where floats are no longer exact
    summed = sum_chunk(MARKET, LAYOUT, HEIGHTS)
    for values in (summed.gram.data, summed.target):
        assert (values == np.rint(values)).all()
        assert np.abs(values).max() < 2.0**53 / 1_000


@pytest.mark.parametrize("heights", [None, HEIGHTS], ids=["first pass", "reweighted"])
@settings(max_examples=25)
@given(st.randoms(use_true_random=False), st.lists(st.integers(1, COUNT - 1), max_size=8))
def test_sums_do_not_depend_on_the_parts(heights: np.ndarray | None, random: Random, cuts: list[int]) -> None:
    """Law: the sums are equal bit for bit for any split of the rows into chunks in any order."""
    # given the rows shuffled and cut anywhere, in chunks that come in any order
    order = list(range(COUNT))
    random.shuffle(order)
    edges = [0, *sorted(set(cuts)), COUNT]
    shuffled = MARKET.iloc[order]
    chunks = [shuffled.iloc[low:high] for low, high in zip(edges[:-1], edges[1:], strict=True)]
    random.shuffle(chunks)
    # when their sums are added up, then not a bit differs from the sums of all rows at once
    assert same(add_up(sum_chunk(chunk, LAYOUT, heights) for chunk in chunks), sum_chunk(MARKET, LAYOUT, heights))


def test_sums_of_single_listings_add_up_to_the_same() -> None:
    # given chunks of one row each, when their sums are added up, then not a bit differs
    for heights in (None, HEIGHTS):
        singles = (sum_chunk(MARKET.iloc[row : row + 1], LAYOUT, heights) for row in range(100))
        assert same(add_up(singles), sum_chunk(MARKET.head(100), LAYOUT, heights))


@pytest.mark.parametrize("error", [0.0, 0.05, 0.1, -0.2, 1.0, -3.0])
def test_weights_fall_with_the_error(error: float) -> None:
    """By hand: (1 + (r / ROBUST_FROM)^2)^-1/2, and for reports (1 + (r / REPORTS_FROM)^2)^-2."""
    # given an error, when it is weighed, then a listing keeps so much of its weight, and so much a report
    listing, report = robust_weight(np.array([error, error]), np.array([False, True])).tolist()
    assert listing == pytest.approx((1 + (error / ROBUST_FROM) ** 2) ** -0.5)
    assert report == pytest.approx((1 + (error / REPORTS_FROM) ** 2) ** -2)


def pull(error: np.ndarray, is_report: bool) -> np.ndarray:
    return np.abs(error) * robust_weight(error, np.full(len(error), is_report))


def test_no_pull_grows_beyond_its_bound() -> None:
    """Law: a listing's pull is bounded, a report's falls back to nothing as it gets absurd."""
    # given errors from none to a factor of a million, when their pulls are compared
    errors = np.linspace(0, np.log(1e6), 2_000)
    listings, reports = pull(errors, False), pull(errors, True)
    # then a listing's grows to the bound and no further, and a report's comes back
    assert (np.diff(listings) > 0).all()
    assert 0.99 * ROBUST_FROM < listings[-1] < ROBUST_FROM
    far = errors > np.log(2)
    assert (reports[far] < listings[far]).all()
    assert reports[-1] < 0.01 * reports.max()


def test_listings_that_an_earlier_fit_contradicts_count_less() -> None:
    # given prices that an earlier fit meets exactly, but for one that is off by a factor of 3
    places, values = LAYOUT.hats(MARKET)
    cells = LAYOUT.cell_numbers(MARKET)
    log_price = LAYOUT.design.intercept + (HEIGHTS[cells[:, None], places] * values).sum(axis=1)
    market = MARKET.assign(price_eur=np.exp(log_price), weight=1.0)
    market.loc[5, "price_eur"] *= 3
    # when the sums are made with that fit at hand, then the sums of its weights are those by hand
    weight = total_weight(lambda rows: sum_chunk(rows, LAYOUT, HEIGHTS), market)
    of_the_one = (1 + (np.log(3) / ROBUST_FROM) ** 2) ** -0.5
    assert weight == pytest.approx(COUNT - 1 + of_the_one, abs=1e-4)


def test_reports_hardly_count_before_there_is_a_fit() -> None:
    # given a market of which a half was reported, when it is first summed, then reports weigh as little as is said
    market = MARKET.assign(weight=1.0, is_report=np.arange(COUNT) % 2 == 1)
    weight = total_weight(lambda rows: sum_chunk(rows, LAYOUT, None), market)
    assert weight == pytest.approx(COUNT / 2 * (1 + FIRST_WEIGHT_OF_REPORTS), abs=1e-4)


def total_weight(summed: Callable[[pd.DataFrame], Moments], market: pd.DataFrame) -> float:
    """The hats on one axis share a weight of one, so their products add up to the listings' weights."""
    upper = summed(market).gram.tocoo()
    knots = LAYOUT.first_knots
    row, column = upper.row % LAYOUT.width, upper.col
    on_axis = (row < knots) & (column < knots)
    return float(np.where(row == column, upper.data, 2 * upper.data)[on_axis].sum() / FIXED_POINT)


def test_cars_beyond_the_axes_are_written_as_the_nearest() -> None:
    # given a car older, more driven and stronger than any, when it is written, then it is as the last knots are
    far = random_cars(np.random.default_rng(1), 1).assign(
        age_years=99.0, mileage_km=1e7, power_hp=5e3, days_ago=1e5, price_kind="asking"
    )
    ends = far.assign(**{name: axis.knots[-1] for name, axis in LAYOUT.design.axes.items()})
    for one, other in zip(LAYOUT.hats(far), LAYOUT.hats(ends), strict=True):
        assert np.array_equal(one, other)
