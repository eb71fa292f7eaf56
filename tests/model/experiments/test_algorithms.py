"""The algorithms: each one prices cars that it has not seen, knows what it was told, and says when it cannot run."""

import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd
import pytest

from model.experiments import lightgbm_trees
from model.experiments.algorithms import ALGORITHMS, INSTALL, OURS, Algorithm, Pricer, choose
from tests.model.markets import noisy_market

NAMES = ["ours", "least-squares", "ridge", "lasso", "elastic-net", "lightgbm", "catboost"]
LINEAR_ON_LOG_PRICE = ["ridge", "lasso", "elastic-net"]


@pytest.fixture(autouse=True, scope="module")
def quick_trees() -> Iterator[None]:
    """Fewer and coarser steps for the few cars here, on one thread: two wait for one another where others compute."""
    with pytest.MonkeyPatch.context() as patch:
        for setting, value in {"num_iterations": 150, "learning_rate": 0.05, "num_threads": 1}.items():
            patch.setitem(lightgbm_trees.SETTINGS, setting, value)
        yield


def named(name: str) -> Algorithm:
    return next(algorithm for algorithm in ALGORITHMS if algorithm.name == name)


def market() -> pd.DataFrame:
    return noisy_market(600)


@cache
def fitted(name: str) -> Pricer:
    """The algorithm, fitted on all but the last 100 cars."""
    fit = named(name).fit
    assert fit is not None
    return fit(market().iloc[:-100])


@pytest.mark.parametrize("name", NAMES)
def test_cars_that_no_fit_has_seen_are_priced(name: str) -> None:
    # given an algorithm that was fitted on some cars, when it prices others
    unseen = market().iloc[-100:]
    log_price = fitted(name).log_listing_price(unseen)
    # then every price is near its car's, and nearer than the mean of all
    actual = np.log(unseen["price_eur"].to_numpy())
    assert log_price.shape == (100,)
    off = np.median(np.abs(log_price - actual))
    assert off < 0.5 * np.median(np.abs(np.log(market()["price_eur"]).mean() - actual))


@pytest.mark.parametrize("name", NAMES)
def test_words_that_no_fit_has_seen_are_priced(name: str) -> None:
    # given cars of a make, a model and a fuel that are new, when they are priced, then each has a price
    strange = market().iloc[-5:].assign(make="Horch", model="853", fuel="steam")
    assert np.isfinite(fitted(name).log_listing_price(strange)).all()


@pytest.mark.parametrize("name", ["lightgbm", "catboost"])
def test_the_same_listings_make_the_same_trees(name: str) -> None:
    # given trees, when they are grown again from the same cars, then no price differs
    fit = named(name).fit
    assert fit is not None
    again = fit(market().iloc[:-100]).log_listing_price(market())
    assert np.array_equal(again, fitted(name).log_listing_price(market()))


@pytest.mark.parametrize("name", LINEAR_ON_LOG_PRICE)
def test_listings_without_weight_change_nothing(name: str) -> None:
    # given listings of which some are ten times too dear and of no weight
    cars = market()
    dear = cars.iloc[:200].assign(price_eur=cars["price_eur"].iloc[:200] * 10, weight=0.0)
    fit = named(name).fit
    assert fit is not None
    # when the algorithm is fitted on all of them, then it prices as if they were not there, but for its penalty's share
    log_price = fit(pd.concat([dear, cars.iloc[200:]])).log_listing_price(cars)
    without = fit(cars.iloc[200:]).log_listing_price(cars)
    assert np.abs(log_price - without).max() < 0.02


def test_least_squares_prices_no_car_below_what_a_listing_may_cost() -> None:
    # given the oldest, weakest and most driven car, which a straight line prices below zero
    worst = market().iloc[:1].assign(age_years=60.0, mileage_km=900_000.0, power_hp=5.0)
    # when least squares price it, then it costs what the cheapest listing may
    assert np.exp(fitted("least-squares").log_listing_price(worst)) == pytest.approx(100.0)


def test_all_that_are_installed_are_chosen_without_a_name() -> None:
    # given no wish, when algorithms are chosen, then all are, ours first
    chosen, missing = choose([])
    assert [algorithm.name for algorithm in chosen] == NAMES
    assert missing == []


def test_ours_is_always_among_the_chosen() -> None:
    # given a wish for others, when algorithms are chosen, then ours comes with them, for they are compared with it
    chosen, _ = choose(["lasso", "ridge"])
    assert [algorithm.name for algorithm in chosen] == ["ours", "ridge", "lasso"]
    assert chosen[0] is OURS


def test_every_algorithm_describes_itself() -> None:
    # given the algorithms, when they are listed, then each has its own name and words for a reader
    assert len({algorithm.name for algorithm in ALGORITHMS}) == len(ALGORITHMS)
    assert all(algorithm.description.endswith(".") for algorithm in ALGORITHMS)


def test_who_misses_a_library_is_told_how_to_install_it() -> None:
    # given an interpreter without LightGBM, when all are chosen, and when it is asked for by name
    program = """
import sys
sys.modules["lightgbm"] = None
from model.errors import JobError
from model.experiments.algorithms import choose
chosen, missing = choose([])
print([a.name for a in missing], "lightgbm" in [a.name for a in chosen])
try:
    choose(["ridge", "lightgbm"])
except JobError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    # then the rest runs without it, and who asked for it is told what to do
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["['lightgbm'] False", f"lightgbm cannot run without its library: {INSTALL}"]
