"""What reports can move: a few liars hardly anything, not even a part of a niche; many honest accounts a niche."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model.dataset import Dataset, Source, read_dataset
from model.demo_market import write_demo_market
from model.fitting import Fit, chunks_of, fit
from model.schema.vocabulary import CLOSED_SETS
from model.weights import weigh

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
SEEDS = range(20 if WHOLE else 2)
REAL_LISTINGS = Path(__file__).resolve().parents[2] / "../shared/data/autoscout24-germany-2021.csv"
MARKETS = ["demo", "real"] if WHOLE else ["demo"]
FEWEST, MOST = 30, 150  # listings of a niche
FEWEST_OF_PART = 3


@pytest.fixture(scope="module", params=MARKETS)
def market(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    if request.param == "real":
        if not REAL_LISTINGS.exists():
            pytest.skip("the shared listings are not here")
        return read_dataset([Source(REAL_LISTINGS, date(2021, 7, 1))])
    file = tmp_path_factory.mktemp("poisoning") / "market.csv"
    write_demo_market(file, rows=20_000 if WHOLE else 6_000, market_date=date(2026, 7, 1))
    return read_dataset([Source(file)])


@pytest.fixture(scope="module")
def before(market: Dataset) -> Fit:
    return fit(chunks_of(market.table))


def a_niche(market: Dataset, rng: np.random.Generator) -> pd.DataFrame:
    """The listings of one model, neither common nor hardly seen."""
    models = market.table.groupby(["make", "model"])
    sizes = models.size()
    fitting = sizes[(sizes >= FEWEST) & (sizes <= MOST)].index
    return models.get_group(fitting[rng.integers(len(fitting))])


def sales(
    niche: pd.DataFrame, before: Fit, rng: np.random.Generator, *, rows: int, accounts: int, factor: np.ndarray | float
) -> pd.DataFrame:
    """Sales of such cars as reported by accounts: the market's price, as it scatters, times a factor."""
    sold = niche.iloc[rng.integers(len(niche), size=rows)].copy()
    scattered = before.log_price(sold) + rng.normal(0, 0.1, rows)
    sold["price_eur"] = np.exp(scattered) * factor
    sold["price_kind"] = "sale"
    sold["account"] = [f"account {number % accounts}" for number in range(rows)]
    return sold


def movement(market: Dataset, before: Fit, niche: pd.DataFrame, reports: pd.DataFrame) -> float:
    """By which share the niche's prices move, in the median, once the reports are there."""
    table = pd.concat([market.table.assign(account=None), reports], ignore_index=True)
    table["weight"] = weigh(table.assign(trust=1.0))
    table["is_report"] = table["account"].notna()
    after = fit(chunks_of(table))
    return float(np.median(np.expm1(after.log_price(niche) - before.log_price(niche))))


LIES = {
    "all 60% above": lambda rng, rows: np.full(rows, 1.6),
    "all 60% below": lambda rng, rows: np.full(rows, 0.4),
    "a quarter above, where lies are hardest to tell": lambda rng, rows: np.full(rows, 1.25),
    "up to 60% above": lambda rng, rows: 1 + rng.uniform(0, 0.6, rows),
    "up to 60% below": lambda rng, rows: 1 - rng.uniform(0, 0.6, rows),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("lie", LIES if WHOLE else ["all 60% above", "a quarter above, where lies are hardest to tell"])
def test_few_accounts_cannot_move_a_niche(market: Dataset, before: Fit, seed: int, lie: str) -> None:
    """Law: false rows, 1% of all, in one niche, from five accounts, move its prices by at most 5%."""
    # given a niche, and false sales of such cars
    rng = np.random.default_rng(seed)
    niche = a_niche(market, rng)
    rows = len(market.table) // 100
    reports = sales(niche, before, rng, rows=rows, accounts=5, factor=LIES[lie](rng, rows))
    # when they are learnt from, then the niche hardly moves
    assert abs(movement(market, before, niche, reports)) <= 0.05


def a_variant(niche: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    variants = niche.groupby(list(CLOSED_SETS))
    sizes = variants.size()
    fitting = sizes[sizes >= FEWEST_OF_PART].index
    return variants.get_group(fitting[rng.integers(len(fitting))])


def three_years(niche: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The listings about as old as one of them."""
    age = niche["age_years"].iloc[rng.integers(len(niche))]
    return niche[(niche["age_years"] - age).abs() <= 1.5]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("part", "at_most"), [(a_variant, 0.06), (three_years, 0.10)])
def test_few_accounts_cannot_move_a_part_of_a_niche(
    market: Dataset,
    before: Fit,
    seed: int,
    part: Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame],
    at_most: float,
) -> None:
    """Law: the same rows, all at one variant of the niche, move that by at most 6%; all at one age, by at most 10%."""
    # given a part of a niche, and false sales of such cars
    rng = np.random.default_rng(seed)
    cars = part(a_niche(market, rng), rng)
    reports = sales(cars, before, rng, rows=len(market.table) // 100, accounts=5, factor=1.6)
    # when they are learnt from, then the part hardly moves
    assert abs(movement(market, before, cars, reports)) <= at_most


@pytest.mark.parametrize("seed", SEEDS)
def test_many_honest_accounts_move_a_niche(market: Dataset, before: Fit, seed: int) -> None:
    """Law: 200 sales from 20 accounts, 10% above the listings, move a niche's prices by 5% or more."""
    # given a niche that in truth sells for a tenth more than the listings say
    rng = np.random.default_rng(seed)
    niche = a_niche(market, rng)
    reports = sales(niche, before, rng, rows=200, accounts=20, factor=1.1)
    # when the sales are learnt from, then prices follow, and not beyond
    assert 0.05 <= movement(market, before, niche, reports) <= 0.1
