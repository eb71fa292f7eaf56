"""A comparison: every algorithm is measured exactly as training measures ours."""

from pathlib import Path

import pytest

from model.dataset import Dataset
from model.evaluation import cross_validate
from model.experiments.algorithms import choose
from model.experiments.comparison import compare
from tests.model.markets import dataset_of, noisy_market


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Of few models, since it is fitted again and again."""
    return dataset_of(noisy_market(600))


def test_a_comparison_is_taken_up_where_it_stopped(dataset: Dataset, tmp_path: Path) -> None:
    # given a comparison that somebody watches, and that is stopped in its seventh fold
    chosen, _ = choose(["ridge"])
    told: list[str] = []

    def stop_at_the_seventh(line: str) -> None:
        told.append(line)
        if "ridge, fold 2" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(dataset, chosen, tmp_path, fresh=False, tell=stop_at_the_seventh)
    # when it is run again, then it takes the seven from there, computes the rest, and says so
    told.clear()
    resumed = compare(dataset, chosen, tmp_path, fresh=False, tell=told.append)
    folds = [line for line in told if ", fold " in line]
    assert ["taken from an earlier run" in line for line in folds] == [True] * 7 + [False] * 3
    # and when all is forgotten, everything is computed anew, and comes out the same
    told.clear()
    fresh = compare(dataset, chosen, tmp_path, fresh=True, tell=told.append)
    assert not any("taken from an earlier run" in line for line in told)
    assert fresh.leads == resumed.leads
    assert [o.evaluation.figures for o in fresh.outcomes] == [o.evaluation.figures for o in resumed.outcomes]
    assert [outcome.algorithm.name for outcome in fresh.outcomes] == ["ours", "ridge"]


def test_ours_is_measured_as_training_measures_it(dataset: Dataset, tmp_path: Path) -> None:
    """Law: the report's figures of ours are those of its model card."""
    # given the cross-validation of training, when ours is compared with nobody, then its figures are the same
    evaluation = cross_validate(dataset, lambda _: None)
    chosen, _ = choose(["ours"])
    comparison = compare(dataset, chosen, tmp_path, fresh=True, tell=lambda _: None)
    assert comparison.ours.evaluation.figures == evaluation.figures
    assert comparison.ours.evaluation.by_fold == evaluation.by_fold
