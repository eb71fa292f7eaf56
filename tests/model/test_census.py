"""The census: counts that are the same however the listings are parted."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.census import STEPS, Census, add_up, take_census
from model.schema.features import CATEGORIES, NUMBERS
from tests.model.markets import noisy_market

MARKET = noisy_market(300).assign(days_ago=np.arange(300) % 50 * 1.0)
PARTLY_REPORTED = MARKET.assign(is_report=np.arange(300) % 3 == 0)


def assert_same(one: Census, other: Census) -> None:
    pd.testing.assert_frame_equal(one.cells, other.cells)
    assert set(one.values) == set(other.values)
    for name, counts in one.values.items():
        assert counts.to_dict() == other.values[name].to_dict()
    assert one.reach == other.reach
    assert one.log_price_thousandths == other.log_price_thousandths


def test_a_census_counts_every_cell() -> None:
    # given a market, when its census is taken, then each combination of words has its rows, in order
    cells = take_census(MARKET).cells
    counted = MARKET.value_counts(list(CATEGORIES)).to_dict()
    assert {row[:5]: row.rows for row in cells.itertuples(index=False)} == counted
    assert cells["rows"].sum() == 300
    words = list(cells[list(CATEGORIES)].itertuples(index=False, name=None))
    assert words == sorted(words)


def test_a_census_knows_how_far_numbers_reach_and_what_prices_are_on_average() -> None:
    # given a market, when its census is taken, then its reach and its mean log price are the market's
    census = take_census(MARKET)
    assert census.cells["collected"].sum() == 300
    for name in (*NUMBERS, "days_ago"):
        assert census.reach[name] == (MARKET[name].min(), MARKET[name].max())
    assert census.mean_log_price == pytest.approx(np.log(MARKET["price_eur"]).mean(), abs=5e-4)


def test_numbers_are_counted_in_months_thousands_of_km_and_hp() -> None:
    # given three cars of one model, two of which are alike to the month, the thousand km and the hp
    cars = MARKET.head(3).assign(
        make="Audi", model="A3", age_years=[2.01, 2.0, 7.5], mileage_km=[10_400.0, 9_600.0, 88_000.0],
        power_hp=[109.8, 110.2, 150.0],
    )  # fmt: skip
    # when their census is taken, then two are counted as one value
    values = take_census(cars).values
    found = {
        name: {round(value * STEPS[name], 6): count for (_, _, value), count in counts.items()}  # type: ignore[misc]
        for name, counts in values.items()
    }
    assert found == {
        "age_years": {2.0: 2, 7.5: 1}, "mileage_km": {10_000.0: 2, 88_000.0: 1}, "power_hp": {110.0: 2, 150.0: 1},
    }  # fmt: skip


def test_reports_add_cells_and_count_for_nothing_else() -> None:
    """Law: what a census tells of a model is what was collected of it, whatever accounts report."""
    # given a market, and reports of the same models: far off in every number, and of words that nobody listed
    reports = MARKET.head(60).assign(
        fuel="lpg", age_years=39.0, mileage_km=890_000.0, power_hp=900.0, days_ago=4_000.0, price_eur=1e6,
        is_report=True,
    )  # fmt: skip
    # when the census of both is taken
    census = take_census(pd.concat([MARKET, reports], ignore_index=True))
    # then the reports' cells are there, with nothing collected
    told = census.cells[census.cells["fuel"] == "lpg"]
    assert told["rows"].sum() == 60
    assert told["collected"].sum() == 0
    # and all else is the market's
    alone = take_census(MARKET)
    assert_same(replace(census, cells=alone.cells), alone)
    pd.testing.assert_frame_equal(
        census.cells[census.cells["fuel"] != "lpg"].reset_index(drop=True), alone.cells
    )
    for name in NUMBERS:
        pd.testing.assert_frame_equal(census.ends[name], alone.ends[name])


@settings(max_examples=20)
@given(st.permutations(range(12)), st.lists(st.integers(1, 299), max_size=11))
def test_parts_in_any_order_add_up_to_the_whole(order: list[int], cuts: list[int]) -> None:
    """Law: the census of the whole is that of its parts, however it is cut and in whatever order they come."""
    # given a market that is shuffled and cut anywhere
    edges = [0, *sorted(set(cuts)), 300]
    shuffled = PARTLY_REPORTED.iloc[np.random.default_rng(order[0]).permutation(300)]
    parts = [take_census(shuffled.iloc[low:high]) for low, high in zip(edges[:-1], edges[1:], strict=True)]
    parts = [parts[number] for number in order if number < len(parts)]
    # when the parts are added up, then nothing tells them from the whole
    assert_same(add_up(parts), take_census(PARTLY_REPORTED))
