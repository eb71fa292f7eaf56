"""The fit: curves that go the right way whatever the market does, the same to the bit, and robust."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.ancestry import trace
from model.bounded import minimise
from model.cell_sums import cell_sums
from model.census import take_census
from model.composition import compose
from model.dataset import Dataset
from model.design import CURVES, build_design
from model.fitting import DECIMALS, TOLERANCE, Fit, Part, chunks_of, fit
from model.moments import Layout, sum_chunk
from model.normal_equations import NormalEquations
from model.schema.features import NUMBERS
from tests.model.markets import listings, noisy_market, random_cars, rule


def busy_market(count: int, seed: int = 0) -> pd.DataFrame:
    """Listings of many days, some of them sales and reports, of unlike weights."""
    rng = np.random.default_rng(seed)
    return noisy_market(
        count, seed, days_ago=rng.integers(0, 500, count) * 1.0, price_kind=rng.choice(["asking", "sale"], count),
        weight=rng.uniform(0.1, 1.0, count), is_report=rng.random(count) < 0.1,
    )  # fmt: skip


def fit_in_chunks(market: pd.DataFrame, rows: int, seed: int) -> Fit:
    """The fit on the rows shuffled, in chunks of so many."""
    return fit(chunks_of(market.sample(frac=1, random_state=seed), rows))


@settings(max_examples=5)
@given(st.integers(200, 2_000), st.integers(0, 1_000))
def test_coefficients_do_not_depend_on_the_chunks(rows: int, seed: int) -> None:
    """Law: the fit is equal bit for bit for any split of the rows into chunks in any order."""
    # given a market with sales, reports and many days, when it is fitted whole, and shuffled in chunks of any size
    market = busy_market(2_000)
    whole, parts = fit(chunks_of(market)), fit_in_chunks(market, rows, seed)
    # then not a bit differs
    assert np.array_equal(whole.coefficients, parts.coefficients)
    assert np.array_equal(whole.averages, parts.averages)
    assert whole.design.intercept == parts.design.intercept


def test_empty_chunks_change_nothing() -> None:
    # given a market, and chunks without rows before, between and after it, when it is fitted, then not a bit differs
    market = busy_market(1_000)
    nothing, chunks = Part(market.head(0)), chunks_of(market, 500)
    found = fit([nothing, chunks[0], nothing, chunks[1], nothing])
    assert np.array_equal(found.coefficients, fit(chunks).coefficients)


def test_the_demo_market_in_chunks_of_a_thousand_is_fitted_to_the_same_bits(dataset: Dataset, fitted: Fit) -> None:
    # given the demo market, when it is fitted shuffled in chunks, then not a bit differs from the fit in one
    assert np.array_equal(fit_in_chunks(dataset.table, 1_000, 3).coefficients, fitted.coefficients)


def test_chunks_are_the_rows_in_their_order() -> None:
    # given a table, when it is cut into chunks, then they are its rows, in their order and of the size asked for
    market = noisy_market(25)
    chunks = [chunk() for chunk in chunks_of(market, 10)]
    assert [len(chunk) for chunk in chunks] == [10, 10, 5]
    pd.testing.assert_frame_equal(pd.concat(chunks), market)
    pd.testing.assert_frame_equal(Part(market)(), market)


def test_a_fit_finds_the_prices_that_made_the_data() -> None:
    """Where the log price is a sum of levels and straight curves, the pulls alone keep the fit from exact."""
    # given cars priced by a rule of the design's form
    cars = random_cars(np.random.default_rng(5), 4_000)
    # when the design is fitted
    found = fit(chunks_of(listings(cars, rule(cars)))).log_price(cars)
    # then every price is met to half a per cent, and most to a tenth of that
    difference = np.abs(found - rule(cars))
    assert difference.max() < 5e-3
    assert np.median(difference) < 5e-4


def test_a_fit_sees_through_noise() -> None:
    # given prices that are off by 10%, when they are fitted, then most are told from the noise to a quarter of it
    market = noisy_market(3_000)
    assert np.median(np.abs(fit(chunks_of(market)).log_price(market) - rule(market))) < 0.025


def alike(name: str, numbers: np.ndarray) -> pd.DataFrame:
    """Cars that differ in one number alone."""
    car = random_cars(np.random.default_rng(1), 1)
    return car.loc[[0] * len(numbers)].reset_index(drop=True).assign(**{name: numbers})


@pytest.mark.parametrize("name", NUMBERS)
def test_where_prices_go_the_wrong_way_curves_are_flat(name: str) -> None:
    """Law: a market in which older, more driven or weaker cars are dearer is priced alike, never the wrong way."""
    # given such a market
    axis = CURVES[name][1]
    cars = alike(name, np.linspace(max(axis.knots[0], 30.0), axis.knots[-1], 1_000))
    rises = np.linspace(0, 1, 1_000)
    wrong = listings(cars, 9 - CURVES[name][0] * rises)
    # when it is fitted
    found = fit(chunks_of(wrong))
    # then all its curves are flat, and all cars cost the same
    assert (found.rises == 0).all()
    assert np.ptp(found.log_price(cars)) == 0
    # and the other way round they are not
    right = fit(chunks_of(listings(cars, 9 + CURVES[name][0] * rises)))
    assert np.ptp(right.log_price(cars)) > 0.9


def moved_along(cars: pd.DataFrame, name: str, factor: float) -> pd.DataFrame:
    return cars.assign(**{name: cars[name] * factor})


@settings(max_examples=10)
@given(st.integers(0, 10_000))
def test_no_market_turns_a_curve_round(seed: int) -> None:
    """Law: whatever the prices, more age or mileage never raises one, and more power never lowers it."""
    # given prices that have nothing to do with the cars
    rng = np.random.default_rng(seed)
    market = listings(random_cars(rng, 300), rng.normal(9, 2, 300))
    # when they are fitted
    found = fit(chunks_of(market))
    # then no rise is negative, and no car of any words is priced the wrong way round
    assert (found.rises >= 0).all()
    cars = random_cars(rng, 300)
    cars = cars.assign(fuel=rng.choice(["petrol", "diesel", "never seen"], 300))
    for name, factor in itertools.product(NUMBERS, (1.001, 1.5, 30.0)):
        gain = found.log_price(moved_along(cars, name, factor)) - found.log_price(cars)
        assert (gain * CURVES[name][0] >= -1e-12).all()


def test_prices_that_are_far_off_hardly_move_the_others() -> None:
    """Law: 2% of prices that are off by a factor of 3 move half of the others by less than 1%, 95% by less than 3%."""
    # given a market, and the same with a part of its prices wrong
    count = 6_000
    market = noisy_market(count)
    rng = np.random.default_rng(0)
    wrong = rng.permutation(count)[: count // 50]
    spoilt = market.copy()
    spoilt.loc[wrong, "price_eur"] *= np.where(rng.random(len(wrong)) < 0.5, 3.0, 1 / 3)
    # when both are fitted
    sound, moved = (fit(chunks_of(some)).log_price(market) for some in (market, spoilt))
    # then the others have hardly moved
    change = np.delete(np.abs(np.expm1(moved - sound)), wrong)
    assert np.median(change) < 0.01
    assert np.quantile(change, 0.95) < 0.03


def test_the_index_follows_the_market() -> None:
    """Prices are asked for on the market date, whatever the day of the listings."""
    # given a market that has risen by 20% a year for two years
    rng = np.random.default_rng(5)
    cars = random_cars(rng, 4_000)
    days_ago = rng.integers(0, 730, 4_000) * 1.0
    log_price = rule(cars) - np.log(1.2) * days_ago / 365.25 + rng.normal(0, 0.05, 4_000)
    market = listings(cars, log_price, days_ago=days_ago)
    # when it is fitted
    found = fit(chunks_of(market))
    # then the index has risen so, and cars cost what they cost on the market date
    assert found.design.index is not None
    assert found.index == pytest.approx(-np.log(1.2) * np.array(found.design.index.knots) / 365.25, abs=0.03)
    assert np.median(found.log_price(cars) - rule(cars)) == pytest.approx(0, abs=0.01)


def test_a_market_of_one_day_has_no_index() -> None:
    # given listings of the market date alone, when they are fitted, then the index is 0 there, and a listing is a car
    market = noisy_market(500)
    found = fit(chunks_of(market))
    assert found.index.tolist() == [0.0]
    assert found.sale_level == 0.0
    assert np.array_equal(found.log_listing_price(market), found.log_price(market))


def test_sales_below_asking_prices_are_told_apart() -> None:
    """They are pulled to asking prices as strongly as by many listings, since few reports must not move the market."""
    # given a market a half of which was sold for 6% less than is asked
    rng = np.random.default_rng(6)
    cars = random_cars(rng, 4_000)
    sold = rng.random(4_000) < 0.5
    market = listings(cars, rule(cars) - 0.06 * sold, price_kind=np.where(sold, "sale", "asking"))
    # when it is fitted, then sales are found to be lower, by no more than they are
    assert -0.06 < fit(chunks_of(market)).sale_level < -0.01


def test_a_listing_of_half_the_weight_pulls_half_as_hard() -> None:
    # given two groups of the same cars at two prices, when one group weighs more, then prices lie nearer to its own
    cars = random_cars(np.random.default_rng(3), 1_000)
    both = pd.concat([listings(cars, rule(cars)), listings(cars, rule(cars) + 0.05)], ignore_index=True)
    first = np.arange(2_000) < 1_000

    def mean_above(weight_of_first: float) -> float:
        weights = both.assign(weight=np.where(first, weight_of_first, 1.0))
        return float((fit(chunks_of(weights)).log_price(cars) - rule(cars)).mean())

    assert mean_above(1.0) == pytest.approx(0.025, abs=2e-3)
    assert mean_above(0.25) == pytest.approx(0.04, abs=2e-3)


def test_coefficients_are_short_to_write(fitted: Fit) -> None:
    # given the demo market's fit, when its coefficients are read, then none has more decimals than are kept, nor is -0
    assert np.array_equal(np.round(fitted.coefficients, DECIMALS), fitted.coefficients)
    assert not np.signbit(fitted.rises).any()


def test_where_the_solver_ends_is_the_minimum_as_far_as_prices_tell() -> None:
    """Law: what the tolerance leaves moves prices by no more than 0.01% in the mean, and none by 0.1%."""
    # given the first pass of a fit
    market = noisy_market(3_000)
    census = take_census(market)
    design = build_design(census)
    layout = Layout(design, census.cells)
    sums = cell_sums(layout, sum_chunk(market, layout, None))
    composition = compose(layout, trace(design, sums))
    equations = NormalEquations(design, composition, sums)

    def prices(tolerance: float) -> np.ndarray:
        x = minimise(equations, np.zeros(composition.coefficient_count), tolerance=tolerance, most_steps=10_000)
        return np.exp(Fit(census, design, composition.ancestry, x).log_price(market))

    # when it is solved to the tolerance and far beyond it, then prices are the same
    moved = np.abs(prices(TOLERANCE) / prices(1e-12) - 1)
    assert moved.mean() < 1e-4
    assert moved.max() < 1e-3
