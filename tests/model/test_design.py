"""The design: axes and nodes where there is data, every word a level, and rises that can only go the right way."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.census import take_census
from model.design import (
    CATEGORY_TERMS,
    CLASS_PULL,
    CURVE_LEVELS,
    CURVES,
    FAMILY_DEPTH,
    PRICE_CLASSES,
    ROOT_PULL,
    Design,
    build_design,
    pulls,
    rises_to_heights,
)
from model.families import with_families
from model.fitting import Fit
from model.schema.features import CATEGORIES, NUMBERS
from model.table import Axis
from tests.model.markets import listings, noisy_market


def golfs(**columns: Any) -> pd.DataFrame:
    """Listings of Golfs that differ in these columns alone."""
    count = len(next(iter(columns.values())))
    words = dict(zip(CATEGORIES, ("Volkswagen", "Golf", "petrol", "manual", "used"), strict=True))
    usual = {"age_years": 5.0, "mileage_km": 80_000.0, "power_hp": 110.0}
    cars = pd.DataFrame({name: [value] * count for name, value in (words | usual).items()} | columns)
    return listings(cars, np.full(count, 9.0))


def design_of(market: pd.DataFrame) -> Design:
    return build_design(take_census(market))


MARKET = noisy_market(300)
DESIGN = design_of(MARKET)


def test_axes_end_where_the_data_ends(fitted: Fit) -> None:
    """Law: a curve says nothing of ages, mileages and powers that no listing had."""
    # given the demo market's design, when its axes are read, then each runs from the least to the greatest number
    for name, axis in fitted.design.axes.items():
        assert (axis.knots[0], axis.knots[-1]) == fitted.census.reach[name]


def test_knots_stand_where_prices_bend_if_there_is_data() -> None:
    # given cars of every mileage and power, when they get their design, then all of the axes' knots are there
    market = golfs(mileage_km=np.linspace(0, 500_000, 2_001), power_hp=np.linspace(10, 900, 2_001))
    for name in ("mileage_km", "power_hp"):
        assert set(CURVES[name][1].knots) <= set(design_of(market).axes[name].knots)


@settings(max_examples=30)
@given(st.lists(st.floats(4.0, 1_600.0), min_size=1, max_size=50))
def test_every_axis_can_carry_a_curve(powers: list[float]) -> None:
    """Law: whatever powers there are, an axis has two knots or more, and they rise."""
    # given any powers, when they get their design, then its axis can carry a curve
    axis = design_of(golfs(power_hp=powers)).axes["power_hp"]
    assert (np.diff(axis.positions()) > 0).all()
    assert len(axis.knots) >= 2


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_all_cars_share_has_an_axis(name: str) -> None:
    """A file of new cars alone is one age; it can be priced all the same."""
    # given cars that are alike in this number, when they get their design, then its axis begins at it
    market = golfs(**{name: np.full(50, 110.0)})
    assert len(design_of(market).axes[name].knots) == 2
    assert design_of(market).axes[name].knots[0] == 110.0


def test_the_tree_has_a_node_for_whom_there_are_listings_enough() -> None:
    """Law: all cars > make > family > model > model and fuel > model, fuel and gearbox, from so many listings on."""
    # given a market, when its tree is read, then each level has the words that have listings enough
    assert list(DESIGN.nodes[0]) == [()]
    for level, nodes in zip(CURVE_LEVELS, DESIGN.nodes[1:], strict=True):
        rows = with_families(MARKET).groupby(list(level.by)).size()
        enough = rows[rows >= level.fewest].index
        assert sorted(nodes) == [words if isinstance(words, tuple) else (words,) for words in enough]


def test_rare_variants_have_no_node() -> None:
    # given a market, and one fuel of one model with a listing less than its level asks for
    depth = 4
    few = CURVE_LEVELS[depth - 1].fewest - 1
    rare = MARKET.head(few).assign(make="Audi", model="A3", fuel="cng")
    # when the tree is made, then there is no node for it, and a level all the same
    design = design_of(pd.concat([MARKET, rare]))
    assert ("Audi", "A3", "A3", "petrol") in design.nodes[depth]
    assert ("Audi", "A3", "A3", "cng") not in design.nodes[depth]
    assert ("Audi", "A3", "cng") in design.levels[list(CATEGORY_TERMS).index(("make", "model", "fuel"))]


def test_every_node_below_the_families_stands_below_its_words_parent() -> None:
    # given the tree, when parents are read, then each has its child's words but for the last
    words_of = {number: words for level in DESIGN.nodes for words, number in level.items()}
    classes = list(range(DESIGN.node_count))[DESIGN.classes]
    assert sorted([*words_of, *classes]) == list(range(DESIGN.node_count))
    for depth, level in enumerate(DESIGN.nodes):
        for words, number in level.items():
            if depth <= FAMILY_DEPTH:
                assert DESIGN.parents[number] == -1
            else:
                assert words_of[DESIGN.parents[number]] == words[:-1]


def test_price_classes_stand_between_all_cars_and_the_families() -> None:
    # given the tree, when its price classes are looked for, then there is one a knot, below all cars
    assert DESIGN.parents[DESIGN.classes].tolist() == [0] * len(PRICE_CLASSES.knots)


def test_nodes_and_levels_are_numbered_without_gaps() -> None:
    # given a design, when the numbers of its levels are read, then they run from 0 on
    numbers = [number for known in DESIGN.levels for number in known.values()]
    assert numbers == list(range(DESIGN.level_count))


def test_every_combination_that_occurs_is_a_level() -> None:
    # given a market, when its levels are read, then they are the words of each term that occur together
    for by, known in zip(CATEGORY_TERMS, DESIGN.levels, strict=True):
        assert set(known) == set(with_families(MARKET)[list(by)].itertuples(index=False, name=None))


def test_words_find_their_levels_and_their_chain_of_nodes() -> None:
    # given cars whose words occurred, and one of a make that did not
    cells = pd.concat([MARKET.head(20), MARKET.head(1).assign(make="Lada")])[list(CATEGORIES)].reset_index(drop=True)
    # when their levels and nodes are looked up
    levels, chains = DESIGN.cell_levels(cells), DESIGN.node_chains(cells)
    # then each has its own
    for row, cell in with_families(cells.head(20)).iterrows():
        for column, by in enumerate(CATEGORY_TERMS):
            assert levels[row, column] == DESIGN.levels[column][tuple(cell[list(by)])]  # type: ignore[index]
        for depth, level in enumerate(CURVE_LEVELS, start=1):
            assert chains[row, depth] == DESIGN.nodes[depth].get(tuple(cell[list(level.by)]), -1)  # type: ignore[index]
    # and the unknown make has none but those that all cars share
    assert chains[20].tolist() == [0, -1, -1, -1, -1, -1]
    known = [by for by, level in zip(CATEGORY_TERMS, levels[20], strict=True) if level >= 0]
    assert known == [by for by in CATEGORY_TERMS if "make" not in by]


def test_listings_of_one_day_have_no_index() -> None:
    # given listings of the market date alone, and of a year, when they get their design, then only the latter has one
    assert DESIGN.index is None
    assert DESIGN.index_count == 0
    index = design_of(MARKET.assign(days_ago=np.arange(300.0))).index
    assert index is not None
    assert (index.knots[0], index.knots[-1]) == (0.0, 299.0)


def test_each_levels_rises_are_pulled_as_strongly_as_it_says() -> None:
    """Law: the more strongly the narrower a segment is, by the root, within bounds."""
    # given a design, when its pulls are read, then the root and the classes have their own, and each level its axes'
    strength = pulls(DESIGN)
    starts = np.cumsum([0, *(len(axis.knots) - 1 for axis in DESIGN.axes.values())])
    assert strength.shape == (DESIGN.node_count, starts[-1])
    classes = list(range(DESIGN.node_count))[DESIGN.classes]
    levels = zip(CURVE_LEVELS, DESIGN.nodes[1:], strict=True)
    pulled = [(CLASS_PULL, classes), *((level.pull, list(nodes.values())) for level, nodes in levels)]
    for name, start, end in zip(NUMBERS, starts[:-1], starts[1:], strict=True):
        widths = np.diff(DESIGN.axes[name].positions())
        times = np.clip(widths.mean() / widths, 0.1, 10) ** 0.5
        assert strength[0, start:end] == pytest.approx(ROOT_PULL * times)
        for pull, numbers in pulled:
            expected = np.tile(pull[name] * times, (len(numbers), 1))
            assert strength[numbers, start:end] == pytest.approx(expected)


def test_rises_add_up_from_the_worse_end() -> None:
    """By hand: older and more driven is worse, less power is worse."""
    # given an axis of two segments for each number, when a rise of 1 to 6 is put on each segment
    axes = {
        "age_years": Axis("linear", (0, 5, 10)),
        "mileage_km": Axis("linear", (0, 5, 10)),
        "power_hp": Axis("log", (50, 100, 200)),
    }
    heights = np.array([1, 2, 3, 4, 5, 6]) @ rises_to_heights(axes)
    # then curves are 0 at their worse end, and have gained every rise at the better one
    assert heights.tolist() == [3, 2, 0, 7, 4, 0, 0, 5, 11]


@given(st.integers(0, 10_000))
def test_rises_of_any_size_make_curves_that_go_the_right_way(seed: int) -> None:
    """Law: a curve of rises that are not negative never goes up with age or mileage, nor down with power."""
    # given the design's axes and any rises, when they are added up
    matrix = rises_to_heights(DESIGN.axes)
    heights = np.random.default_rng(seed).integers(0, 3, len(matrix)) @ matrix
    # then no curve turns round
    first = 0
    for name, axis in DESIGN.axes.items():
        curve = heights[first : first + len(axis.knots)]
        assert (np.diff(curve) * CURVES[name][0] >= 0).all()
        first += len(axis.knots)
