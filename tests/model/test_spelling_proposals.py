"""Proposals: slips of the hand are found, other cars are let be, and a person's word is final."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.dataset import Dataset, Source, read_dataset
from model.spelling_proposals import propose
from model.spellings import Spelling
from tests.model.markets import listings, noisy_market

REAL_LISTINGS = Path(__file__).resolve().parents[2] / "../shared/data/autoscout24-germany-2021.csv"
COMMON = {
    ("Volkswagen", "Golf"): 100, ("Volkswagen", "Golf GTI"): 40, ("Volkswagen", "Tiguan"): 80,
    ("Mercedes-Benz", "GLC 250"): 60, ("Mercedes-Benz", "C 220"): 60, ("Audi", "A3"): 60, ("Kia", "Niro"): 40,
    ("Peugeot", "308"): 50, ("Renault", "Megane"): 50,
}  # fmt: skip


@pytest.fixture(scope="module")
def market(dataset: Dataset) -> Any:
    """A function from rare names, each of some listings, to a market in which there are common ones too."""

    def make(rare: dict[tuple[str, str], int], median_eur: float = 10_000.0) -> Dataset:
        counts = COMMON | rare
        names = [name for name, count in counts.items() for _ in range(count)]
        cars = noisy_market(len(names)).assign(make=[name[0] for name in names], model=[name[1] for name in names])
        price_eur = [10_000.0 if name in COMMON else median_eur for name in names]
        return replace(dataset, table=listings(cars, np.log(price_eur)))

    return make


def proposed(market: Dataset) -> dict[tuple[str, str], tuple[str, str]]:
    return {(entry.make, entry.model): entry.means for entry in propose(market, [])}


@pytest.mark.parametrize(
    ("make", "model", "means"),
    [
        ("Volkswagen", "Golf VII", ("Volkswagen", "Golf")), ("Volkswagen", "Golf Mk7", ("Volkswagen", "Golf")),
        ("Volkswagen", "VW Golf", ("Volkswagen", "Golf")), ("Volkswagen", "Volkswagen Golf", ("Volkswagen", "Golf")),
        ("Volkswagen", "Gofl", ("Volkswagen", "Golf")), ("Volkswagen", "Tigaun", ("Volkswagen", "Tiguan")),
        ("Volkswagen", "Goolf GTI", ("Volkswagen", "Golf GTI")), ("Volkwagen", "Tiguan", ("Volkswagen", "Tiguan")),
        ("Mercedes-Bens", "C 220", ("Mercedes-Benz", "C 220")), ("Renault", "Meganne", ("Renault", "Megane")),
    ],
)  # fmt: skip
def test_a_slip_is_proposed(market: Any, make: str, model: str, means: tuple[str, str]) -> None:
    # given two listings of a name that is a common one, misspelt, when names are looked at, then that is proposed
    (entry,) = propose(market({(make, model): 2}), [])
    assert (entry.make, entry.model, entry.means, entry.listings) == (make, model, means, 2)
    assert entry.approved is None
    assert "listings" in entry.why


@pytest.mark.parametrize(
    ("make", "model"),
    [
        ("Volkswagen", "Golf GTE"), ("Mercedes-Benz", "GLK 250"), ("Mercedes-Benz", "A 220"), ("Audi", "A4"),
        ("Kia", "e-Niro"), ("Peugeot", "307"), ("Renault", "Megane Scenic"), ("Volkswagen", "Golf Variant"),
        ("Lada", "Niva"), ("Audi", "Golf"),
    ],
)  # fmt: skip
def test_another_car_is_let_be(market: Any, make: str, model: str) -> None:
    assert proposed(market({(make, model): 2})) == {}


def test_a_name_that_many_use_is_no_slip(market: Any) -> None:
    assert proposed(market({("Volkswagen", "Gofl"): 11})) == {}


def test_another_price_is_another_car(market: Any) -> None:
    assert proposed(market({("Volkswagen", "Golf VII"): 2}, median_eur=25_000.0)) == {}


def test_a_decision_is_kept_and_not_asked_for_again(market: Any) -> None:
    """Law: what a person has rejected is not proposed again, and what was not decided is as the data have it today."""
    # given decisions, an old proposal that nobody decided, and one that no listing is of any more
    rejected = Spelling("Volkswagen", "Golf VII", ("Volkswagen", "Golf"), 1, "it was so", False)
    approved = Spelling("Volkswagen", "Tigaun", ("Volkswagen", "Tiguan"), 1, "it was so", True)
    open_ = Spelling("Volkswagen", "Gofl", ("Volkswagen", "Golf"), 1, "it was so", None)
    gone = Spelling("Seat", "Leonn", ("Seat", "Leon"), 1, "it was so", None)
    # when names are looked at again
    today = market({("Volkswagen", "Golf VII"): 3, ("Volkswagen", "Gofl"): 4})
    again = propose(today, [rejected, approved, open_, gone])
    # then the decisions stand, the open one has today's count, and what is gone is gone
    assert rejected in again and approved in again and len(again) == 3
    assert [entry.listings for entry in again if entry.approved is None] == [4]


def test_real_listings_have_few_suspicions() -> None:
    """The bar: a list that a person can go through; of 810 real names hardly any is a slip."""
    if not REAL_LISTINGS.exists():
        pytest.skip("the shared listings are not here")
    real = read_dataset([Source(REAL_LISTINGS, date(2021, 7, 1))])
    assert len(propose(real, [])) <= 5
