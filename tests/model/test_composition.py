"""The map from coefficients to prices: what the design says in words, done by hand for single cars."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from model.ancestry import Ancestry
from model.census import take_census
from model.composition import Composition, compose
from model.design import CATEGORY_TERMS, CURVE_LEVELS, PRICE_CLASSES, Design, build_design, rises_to_heights
from model.families import family
from model.fitting import Fit
from model.moments import Layout
from model.schema.features import CATEGORIES
from tests.model.markets import noisy_market, random_cars, shares_of_rises

COUNT = 300
RNG = np.random.default_rng(2)
MARKET = noisy_market(
    COUNT, days_ago=RNG.integers(0, 200, COUNT) * 1.0, price_kind=RNG.choice(["asking", "sale"], COUNT)
)


def any_ancestry(design: Design, seed: int) -> Ancestry:
    """Any average cars, and any shares of the price classes above makes and families."""
    rng = np.random.default_rng(seed)
    shares = np.zeros((design.node_count, design.node_count))
    for node, parent in enumerate(design.parents[1:], start=1):
        if parent >= 0:
            shares[node, parent] = 1.0
        else:
            shares[node, design.classes] = rng.dirichlet(np.ones(len(PRICE_CLASSES.knots)))
    averages = rng.uniform(0, 1, (design.node_count, len(rises_to_heights(design.axes))))
    return Ancestry(sparse.csr_array(shares), averages)


def any_composition(seed: int = 0) -> Composition:
    """The map for the market's cells, with any ancestry."""
    census = take_census(MARKET)
    design = build_design(census)
    return compose(Layout(design, census.cells), any_ancestry(design, seed))


def any_fit(seed: int = 0) -> Fit:
    """A fit with any coefficients: the map holds for all of them."""
    composition = any_composition(seed)
    coefficients = np.random.default_rng(seed + 1).normal(0, 0.1, composition.coefficient_count)
    rises = composition.rise_count
    coefficients[:rises] = np.abs(coefficients[:rises])
    return Fit(take_census(MARKET), composition.layout.design, composition.ancestry, coefficients)


FIT = any_fit()
COMPOSITION = any_composition()


@given(st.integers(0, 10_000))
def test_the_map_and_its_transpose_are_each_others_adjoint(seed: int) -> None:
    """Law: (M c) . h = c . (M^T h) for any coefficients c and heights h."""
    # given any coefficients and heights
    composition = COMPOSITION
    rng = np.random.default_rng(seed)
    coefficients = rng.normal(size=composition.coefficient_count)
    heights = rng.normal(size=(len(composition.layout.cells), composition.layout.width))
    # when one is mapped and the other mapped back, then both products are the same
    there = float((composition.heights(coefficients) * heights).sum())
    assert there == pytest.approx(float(coefficients @ composition.transposed(heights)), rel=1e-9, abs=1e-8)


def curves_by_hand(fitted: Fit, car: dict[str, Any]) -> float:
    """rises_n . (car - average_n) + rises_parent . (average_n - average_parent) + ..., parents by their shares."""
    deepest = 0
    for level, nodes in zip(CURVE_LEVELS, fitted.design.nodes[1:], strict=True):
        deepest = nodes.get(words_of(car, level.by), deepest)

    def at(node: int, shares_of_rises: np.ndarray) -> float:
        own = float(fitted.rises[node] @ (shares_of_rises - fitted.averages[node]))
        above = fitted.ancestry.shares[[node]].toarray()[0]
        return own + sum(above[parent] * at(parent, fitted.averages[node]) for parent in np.flatnonzero(above).tolist())

    return at(deepest, shares_of_rises(fitted.design.axes, pd.DataFrame([car]))[0])


def words_of(car: dict[str, Any], by: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(family(car["model"]) if name == "family" else car[name] for name in by)


def log_price_by_hand(fitted: Fit, car: dict[str, Any]) -> float:
    total = fitted.design.intercept + curves_by_hand(fitted, car)
    for by, known in zip(CATEGORY_TERMS, fitted.design.levels, strict=True):
        level = known.get(words_of(car, by))
        total += 0.0 if level is None else float(fitted.levels[level])
    return total


def test_a_price_is_what_the_design_says_in_words(fitted: Fit) -> None:
    """Law: intercept + levels + curves counted from the average cars of the node and of those above it."""
    # given fits, one of them the demo market's, and cars that occurred, or of words never seen together
    for some, cars in (
        (FIT, random_cars(np.random.default_rng(4), 60)),
        (FIT, random_cars(np.random.default_rng(5), 20).assign(fuel="hydrogen", model="A4", make="Audi")),
        (fitted, random_cars(np.random.default_rng(6), 40).assign(make="BMW", model="320")),
    ):
        # when they are priced, then it is by the words of the design
        found = some.log_price(cars)
        for row, car in enumerate(cars.to_dict("records")):
            assert found[row] == pytest.approx(log_price_by_hand(some, car), abs=1e-11)  # type: ignore[arg-type]


def test_the_day_and_a_sale_count_beside_the_car() -> None:
    """Law: the price of a listing is the car's, the market index on its day and the level of sales."""
    # given listings of many days, some of them sales
    index = FIT.design.index
    assert index is not None
    # when they are priced as listings, then the market's level on their day and that of sales are added
    moved = np.interp(MARKET["days_ago"], index.knots, FIT.index) + FIT.sale_level * (MARKET["price_kind"] == "sale")
    assert FIT.log_listing_price(MARKET) - FIT.log_price(MARKET) == pytest.approx(moved.to_numpy(), abs=1e-12)
    assert FIT.index[0] == 0.0


@pytest.mark.parametrize(
    ("unknown", "node"),
    [
        ({"gearbox": "semi_automatic"}, ("Audi", "A3", "A3", "petrol")),
        ({"fuel": "hydrogen"}, ("Audi", "A3", "A3")),
        ({"model": "A3 Limousine"}, ("Audi", "A3")),
        ({"model": "A9"}, ("Audi",)),
        ({"make": "Lada", "model": "Niva"}, ()),
    ],
)
def test_who_is_unknown_takes_its_parents_curves(unknown: dict[str, str], node: tuple[str, ...]) -> None:
    """Law: a combination never seen changes with age, mileage and power as the deepest node that knows it."""
    # given a car with an unknown word, at many ages, mileages and powers
    cars = random_cars(np.random.default_rng(7), 50)
    words = {"make": "Audi", "model": "A3", "fuel": "petrol", "gearbox": "manual", "offer_type": "used"} | unknown
    # when they are priced
    found = FIT.log_price(cars.assign(**words))
    # then they differ by the rises of that node alone
    number = next(level[node] for level in FIT.design.nodes if node in level)
    expected = shares_of_rises(FIT.design.axes, cars) @ FIT.rises[number]
    assert found - found[0] == pytest.approx(expected - expected[0], abs=1e-11)


def test_a_nodes_own_curves_add_nothing_to_its_average_car() -> None:
    """Law: curves count from the node's average car, so that the levels of small and large models mean the same."""
    # given a fit in which every node's average car is the same one, with any rises and no levels
    car = random_cars(np.random.default_rng(9), 1)
    averages = np.tile(shares_of_rises(FIT.design.axes, car), (FIT.design.node_count, 1))
    coefficients = np.where(np.arange(len(FIT.coefficients)) < averages.size, FIT.coefficients, 0.0)
    same = Fit(FIT.census, FIT.design, Ancestry(FIT.ancestry.shares, averages), coefficients)
    # when that car is priced as one of any model, then nothing is added to the intercept
    cars = MARKET.assign(**{name: car[name].iloc[0] for name in same.design.axes})
    assert same.log_price(cars) == pytest.approx(same.design.intercept, abs=1e-11)


def test_the_map_of_one_cell_does_not_depend_on_the_others() -> None:
    # given the same cell among all and alone, when it is mapped, then its heights are the same
    cells = COMPOSITION.layout.cells
    coefficients = FIT.coefficients
    together = COMPOSITION.heights(coefficients)
    for row in range(0, len(cells), 5):
        alone = compose(Layout(COMPOSITION.layout.design, cells.iloc[[row]]), COMPOSITION.ancestry)
        assert alone.heights(coefficients)[0] == pytest.approx(together[row], abs=1e-12)


def test_words_that_never_occurred_have_a_price() -> None:
    """Folds meet models that their training part has not."""
    # given a car of no known word at all, when it is priced, then it has a price
    cars = pd.DataFrame([dict.fromkeys(CATEGORIES, "?") | {"age_years": 3.0, "mileage_km": 1e4, "power_hp": 90.0}])
    assert np.isfinite(FIT.log_price(cars)).all()
