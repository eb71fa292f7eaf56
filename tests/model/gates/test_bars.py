"""The gates on real listings: bootstraps of the errors of refits of one recipe. Minutes, so in `make verify` alone."""

import os
from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from model.dataset import Dataset, Source, read_dataset
from model.evaluation import Evaluation, cross_validate
from model.gates.paired import Paired
from model.judged import FrozenDataset
from tests.model.gates.resampling import passed_recipe, passed_recipe_improved, passed_refresh
from tests.product import REAL_LISTINGS, REAL_MARKET_DATE

pytestmark = [
    pytest.mark.skipif(os.environ.get("DEALERSHIP_VERIFY") != "1", reason="takes minutes; DEALERSHIP_VERIFY=1 runs it"),
    pytest.mark.skipif(not REAL_LISTINGS.exists(), reason="the real listings are not on this machine"),
    pytest.mark.timeout(3_600),
]


class Thinned(FrozenDataset):
    """Trained on 95% of the listings, as before a refresh that brings the rest."""

    def folds(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        kept = np.random.default_rng(3).random(len(self.table)) < 0.95
        for train, test in super().folds():
            yield train[kept[train]], test


@pytest.fixture(scope="module")
def real() -> Dataset:
    return read_dataset([Source(REAL_LISTINGS, date.fromisoformat(REAL_MARKET_DATE))])


def refit(real: Dataset, seed: int, kind: type[FrozenDataset] = FrozenDataset) -> Evaluation:
    """Cross-validated in folds of the seed's, by car."""
    of_car = np.random.default_rng(seed).integers(5, size=len(real.table))
    folds = of_car[real.table["car"].to_numpy()].astype(np.int8)
    return cross_validate(kind(**vars(real), fold=folds), lambda _: None)


@pytest.fixture(scope="module")
def first(real: Dataset) -> Evaluation:
    return refit(real, 1)


def pairs(one: Evaluation, other: Evaluation, group: np.ndarray) -> Paired:
    rows = (one.errors.support >= 1) & (other.errors.support >= 1)
    return Paired(np.abs(one.errors.log_error[rows]), np.abs(other.errors.log_error[rows]), group[rows])


def test_the_recipe_gate_tells_luck_from_improvement(real: Dataset, first: Evaluation) -> None:
    # given two refits of one recipe in other folds
    refits = pairs(refit(real, 2), first, first.errors.model)
    # then of 1,000 equal challengers at most 5 pass, and of 200 that are better by 2% at least 80%
    assert passed_recipe(refits, 1_000, seed=1) <= 5
    assert passed_recipe_improved(refits, 0.02, 200, seed=2) >= 160


def test_an_equal_refresh_passes(real: Dataset, first: Evaluation) -> None:
    refits = pairs(first, refit(real, 1, Thinned), real.table["car"].to_numpy())
    assert passed_refresh(refits, 200, seed=3) >= 180
