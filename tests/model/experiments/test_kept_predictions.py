"""Kept predictions: what was written is read again, and nothing else ever is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.dataset import Dataset
from model.experiments.algorithms import ALGORITHMS, OURS
from model.experiments.kept_predictions import KeptPredictions, Prediction

RIDGE = next(algorithm for algorithm in ALGORITHMS if algorithm.name == "ridge")
PREDICTION = Prediction(np.array([9.0, 9.5, 10.25]), 1.5)


@pytest.fixture
def kept(tmp_path: Path, dataset: Dataset) -> KeptPredictions:
    """Ridge's predictions, of which the second fold is kept."""
    kept = KeptPredictions(tmp_path, dataset, RIDGE)
    kept.write(2, PREDICTION)
    return kept


def silent(line: str) -> None:
    raise AssertionError(f"nothing was to be told, but: {line}")


def test_what_was_kept_is_read_again_by_a_later_run(kept: KeptPredictions, tmp_path: Path, dataset: Dataset) -> None:
    # given a fold that was kept, when another run on the same data and algorithm reads it, then not a bit differs
    read = KeptPredictions(tmp_path, dataset, RIDGE).read(2, 3, silent)
    assert read is not None
    assert np.array_equal(read.log_price, PREDICTION.log_price)
    assert read.seconds == 1.5
    # and nothing half-written is left beside it
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["fold-2.npz"]


def test_another_fold_algorithm_setting_or_table_has_nothing(
    kept: KeptPredictions, tmp_path: Path, dataset: Dataset
) -> None:
    # given a fold that was kept, when anything that it came from differs, then nothing is found
    assert kept.read(1, 3, silent) is None
    other_table = replace(dataset, table=dataset.table.assign(price_eur=dataset.table["price_eur"] + 1))
    for data, algorithm in (
        (dataset, OURS),
        (dataset, replace(RIDGE, settings={"alpha": 2.0})),
        (other_table, RIDGE),
    ):
        assert KeptPredictions(tmp_path, data, algorithm).read(2, 3, silent) is None


@pytest.mark.parametrize("damage", ["cut off", "emptied", "overwritten", "of other rows", "not finite"])
def test_a_broken_file_is_told_and_counts_as_none(kept: KeptPredictions, tmp_path: Path, damage: str) -> None:
    # given a kept file that is broken
    (path,) = tmp_path.rglob("fold-2.npz")
    content = path.read_bytes()
    if damage == "of other rows":
        kept.write(2, Prediction(np.zeros(4), 1.0))
    elif damage == "not finite":
        kept.write(2, Prediction(np.array([9.0, np.nan, 9.0]), 1.0))
    else:
        path.write_bytes({"cut off": content[:-40], "emptied": b"", "overwritten": b"x" * len(content)}[damage])
    # when it is read, then that is told, and it counts as not there
    told: list[str] = []
    assert kept.read(2, 3, told.append) is None
    assert told == [f"{path} is broken and is made anew"]


def test_what_is_forgotten_is_gone(kept: KeptPredictions, tmp_path: Path, dataset: Dataset) -> None:
    # given folds of two algorithms, when one's are forgotten, then the other's are still there
    ours = KeptPredictions(tmp_path, dataset, OURS)
    ours.write(1, PREDICTION)
    kept.forget()
    assert kept.read(2, 3, silent) is None
    assert ours.read(1, 3, silent) is not None
    # and forgetting twice is no fault
    kept.forget()
