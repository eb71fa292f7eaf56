"""Several sources in one fit: prices follow the market's drift, and sales have a level of their own."""

import os
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model.dataset import Dataset, Source, read_dataset
from model.demo_market import write_demo_market
from model.fitting import chunks_of, fit
from model.schema.features import DAYS_PER_YEAR

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
MARKET_DATE = date(2026, 7, 1)


def drifting(folder: Path, yearly_drift: float, seed: int = 7) -> Dataset:
    file = folder / "market.csv"
    write_demo_market(file, seed=seed, rows=12_000, market_date=MARKET_DATE, days=365, yearly_drift=yearly_drift)
    return read_dataset([Source(file)])


@pytest.mark.parametrize("seed", range(10 if WHOLE else 1))
@pytest.mark.parametrize("yearly_drift", [0.2, 0.0, -0.15])
def test_the_index_finds_the_drift(tmp_path: Path, yearly_drift: float, seed: int) -> None:
    """Law: a drift of +20% in a year is met to 2% at every point of it, and so is none, and a fall."""
    # given a market that drifted by a known rate for a year
    market = drifting(tmp_path, yearly_drift, seed)
    # when it is fitted
    fitted = fit(chunks_of(market.table))
    # then the index is what the market did, back from the market date
    assert fitted.design.index is not None
    days_ago = np.array(fitted.design.index.knots)
    level = (1 + yearly_drift) ** (-days_ago / DAYS_PER_YEAR)
    assert np.abs(np.exp(fitted.index) / level - 1).max() < 0.02


def test_prices_are_those_of_the_market_date(tmp_path: Path) -> None:
    """Law: a drifting market and a still one of the same cars have the same prices at their end."""
    # given the same market, once after a year of +20% and once without
    drifted, still = drifting(tmp_path, 0.2), drifting(tmp_path, 0.0)
    # when both are fitted, then the prices of today's cars are the same to 2% in the mean
    cars = still.features
    difference = fit(chunks_of(drifted.table)).log_price(cars) - fit(chunks_of(still.table)).log_price(cars)
    assert abs(difference.mean()) < 0.02
    assert np.abs(difference).mean() < 0.02


def test_listings_of_one_day_have_no_index(dataset: Dataset) -> None:
    # given listings of one day, when they are fitted, then nothing is said of any other day
    fitted = fit(chunks_of(dataset.table.assign(days_ago=0.0)))
    assert fitted.design.index is None
    assert fitted.index.tolist() == [0.0]


def test_sales_have_a_level_of_their_own(tmp_path: Path) -> None:
    """Law: that cars sell below what is asked moves no asking price."""
    # given a market, and the same with every car sold at 6% below its asking price
    table = drifting(tmp_path, 0.0).table
    sold = table.assign(price_kind="sale", price_eur=table["price_eur"] * 0.94)
    both = pd.concat([table, sold], ignore_index=True)
    # when both are fitted
    asking, with_sales = fit(chunks_of(table)), fit(chunks_of(both))
    # then the level of sales is found but for its pull to that of asking prices, which stay
    assert with_sales.sale_level == pytest.approx(np.log(0.94), abs=0.015)
    assert asking.sale_level == 0.0
    moved = with_sales.log_price(table) - asking.log_price(table)
    assert abs(np.median(moved)) < 0.01
