"""Several sources in one fit: prices follow the market's drift, and sales have a level of their own."""

import os
from collections.abc import Callable
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from model.dataset import Dataset, Source, read_dataset
from model.demo_market import write_demo_market
from model.fitting import Fit, chunks_of, fit
from model.schema.features import DAYS_PER_YEAR

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
MARKET_DATE = date(2026, 7, 1)
Drifted = Callable[[float, int], tuple[Dataset, Fit]]


@pytest.fixture(scope="module")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> Drifted:
    """Markets that drifted by a yearly rate for a year, by rate and seed, each with its fit."""
    @lru_cache(maxsize=3)
    def market_and_fit(yearly_drift: float, seed: int) -> tuple[Dataset, Fit]:
        file = tmp_path_factory.mktemp("market") / "market.csv"
        write_demo_market(file, seed=seed, rows=12_000, market_date=MARKET_DATE, days=365, yearly_drift=yearly_drift)
        market = read_dataset([Source(file)])
        return market, fit(chunks_of(market.table))

    return market_and_fit


@pytest.mark.parametrize("seed", range(10 if WHOLE else 1))
@pytest.mark.parametrize("yearly_drift", [0.2, 0.0, -0.15])
def test_the_index_finds_the_drift(drifted: Drifted, yearly_drift: float, seed: int) -> None:
    """Law: a drift of +20% in a year is met to 2% at every point of it, and so is none, and a fall."""
    # given a market that drifted by a known rate for a year, when it is fitted
    _, fitted = drifted(yearly_drift, seed)
    # then the index is what the market did, back from the market date
    assert fitted.design.index is not None
    days_ago = np.array(fitted.design.index.knots)
    level = (1 + yearly_drift) ** (-days_ago / DAYS_PER_YEAR)
    assert np.abs(np.exp(fitted.index) / level - 1).max() < 0.02


def test_prices_are_those_of_the_market_date(drifted: Drifted) -> None:
    """Law: a drifting market and a still one of the same cars have the same prices at their end."""
    # given the same market, once after a year of +20% and once without
    (_, risen), (still, flat) = drifted(0.2, 0), drifted(0.0, 0)
    # when both are fitted, then the prices of today's cars are the same to 2% in the mean
    cars = still.features
    difference = risen.log_price(cars) - flat.log_price(cars)
    assert abs(difference.mean()) < 0.02
    assert np.abs(difference).mean() < 0.02


def test_listings_of_one_day_have_no_index(dataset: Dataset) -> None:
    # given listings of one day, when they are fitted, then nothing is said of any other day
    fitted = fit(chunks_of(dataset.table.assign(days_ago=0.0)))
    assert fitted.design.index is None
    assert fitted.index.tolist() == [0.0]


def test_sales_have_a_level_of_their_own(drifted: Drifted) -> None:
    """Law: that cars sell below what is asked moves no asking price."""
    # given a market, and the same with every car sold at 6% below its asking price
    market, asking = drifted(0.0, 0)
    table = market.table
    sold = table.assign(price_kind="sale", price_eur=table["price_eur"] * 0.94)
    both = pd.concat([table, sold], ignore_index=True)
    # when both are fitted
    with_sales = fit(chunks_of(both))
    # then the level of sales is found but for its pull to that of asking prices, which stay
    assert with_sales.sale_level == pytest.approx(np.log(0.94), abs=0.015)
    assert asking.sale_level == 0.0
    moved = with_sales.log_price(table) - asking.log_price(table)
    assert abs(np.median(moved)) < 0.01
