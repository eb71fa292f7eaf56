"""The sums by cell: those of the listings, written out."""

import numpy as np
import pytest

from model.cell_sums import CellSums, cell_sums
from model.census import take_census
from model.design import build_design
from model.moments import Layout, sum_chunk
from tests.model.markets import noisy_market

COUNT = 200
RNG = np.random.default_rng(3)
MARKET = noisy_market(COUNT, 5, days_ago=RNG.integers(0, 200, COUNT) * 1.0, weight=RNG.uniform(0.2, 1.0, COUNT))


def sums_of_market() -> CellSums:
    census = take_census(MARKET)
    layout = Layout(build_design(census), census.cells)
    return cell_sums(layout, sum_chunk(MARKET, layout, None))


SUMS = sums_of_market()


def hats_in_full() -> np.ndarray:
    places, values = SUMS.layout.hats(MARKET)
    hats = np.zeros((COUNT, SUMS.layout.width))
    for column in range(places.shape[1]):
        np.add.at(hats, (np.arange(COUNT), places[:, column]), values[:, column])
    return hats


def test_the_sums_are_those_of_the_listings() -> None:
    """Law: weight, hats, gram and target of each cell are sums over its listings."""
    # given listings, written out in hats, with their weights
    hats, weight = hats_in_full(), MARKET["weight"].to_numpy()
    log_price = np.log(MARKET["price_eur"].to_numpy()) - SUMS.layout.design.intercept
    cell = SUMS.layout.cell_numbers(MARKET)
    width = SUMS.layout.width
    gram = SUMS.gram.toarray()
    # when they are added up by hand, then the sums are the same
    for number in range(len(SUMS.layout.cells)):
        rows = cell == number
        weighted = weight[rows, np.newaxis] * hats[rows]
        block = slice(number * width, (number + 1) * width)
        assert SUMS.weight[number] == pytest.approx(weight[rows].sum(), abs=1e-6)
        assert SUMS.hats[number] == pytest.approx(weighted.sum(axis=0), abs=1e-6)
        assert SUMS.target[number] == pytest.approx(weighted.T @ log_price[rows], abs=1e-5)
        assert gram[block, block] == pytest.approx(weighted.T @ hats[rows], abs=1e-6)
