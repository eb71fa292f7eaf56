"""Judged listings: keys that follow from the listings alone, folds that can be kept, and what no version had seen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model.dataset import Dataset, Source, read_dataset
from model.errors import DataError, JobError
from model.evaluation import Evaluation
from model.fitting import Fit
from model.judged import Judged, frozen_like, judge, listing_keys, read_judged, with_unseen
from model.scorer import Scorer
from model.table import CoefficientTable


@pytest.fixture(scope="module")
def judged(dataset: Dataset, evaluation: Evaluation, fitted: Fit) -> Judged:
    return judge(dataset, evaluation, fitted)


def test_every_listing_is_judged_once_by_a_fit_that_had_not_seen_it(
    judged: Judged, dataset: Dataset, evaluation: Evaluation
) -> None:
    rows = judged.rows
    assert len(rows) == len(dataset.table)
    assert rows["listing"].is_unique
    error = np.log(rows["price_eur"]) - rows["log_price"]
    assert np.allclose(error, evaluation.errors.log_error, atol=1e-12)
    assert sorted(rows["fold"].unique()) == [0, 1, 2, 3, 4]


def test_it_says_what_the_table_must_answer(judged: Judged, table: CoefficientTable) -> None:
    columns = {name: judged.rows[name].to_numpy() for name in
               ("make", "model", "fuel", "gearbox", "offer_type", "age_years", "mileage_km", "power_hp")}  # fmt: skip
    assert np.allclose(np.log(Scorer(table).score(columns)["price_eur"]), judged.rows["log_price_plain"], atol=1e-9)


def test_it_is_read_as_it_was_written(judged: Judged, tmp_path: Path) -> None:
    judged.write(tmp_path / "judged.parquet")
    pd.testing.assert_frame_equal(read_judged(tmp_path / "judged.parquet").rows, judged.rows)


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more"])
def test_a_broken_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "judged.parquet").write_bytes(content)
    with pytest.raises(JobError, match="judged"):
        read_judged(tmp_path / "judged.parquet")


def test_a_listing_has_the_same_key_in_another_file(demo_file: Path, dataset: Dataset, tmp_path: Path) -> None:
    """Law: the order of rows, and newer listings beside them, change no key."""
    # given the market in another order, and without its newest listings' days
    lines = demo_file.read_text(encoding="utf-8").splitlines()
    shuffled = [lines[0], *np.random.default_rng(1).permutation(lines[1:]).tolist()]
    (tmp_path / "shuffled.csv").write_text("\n".join(shuffled) + "\n", encoding="utf-8")
    other = read_dataset([Source(tmp_path / "shuffled.csv")], synthetic=True)
    # when their keys are taken, then hardly any differs: of two equal cars the file's first names the spelling
    here = listing_keys(dataset.table, dataset.market_date)
    there = listing_keys(other.table, other.market_date)
    assert np.isin(here["listing"], there["listing"]).mean() > 0.995
    older = dataset.table["days_ago"] > 0
    aged = dataset.table[older].assign(days_ago=lambda rows: rows["days_ago"] + 9)
    from_later = listing_keys(aged, dataset.market_date + pd.Timedelta(days=9))
    assert (from_later["listing"] == here["listing"][older]).all()


def test_a_car_keeps_its_key_at_another_price(dataset: Dataset) -> None:
    cheaper = dataset.table.assign(price_eur=dataset.table["price_eur"] - 100)
    before, after = (listing_keys(table, dataset.market_date) for table in (dataset.table, cheaper))
    assert (before["car"] == after["car"]).all()
    assert not (before["listing"] == after["listing"]).any()


def test_training_like_a_version_keeps_its_listings_and_folds(dataset: Dataset, judged: Judged) -> None:
    # given a version that was judged on a part of the data, in folds of its own
    rows = judged.rows.iloc[100:].assign(fold=lambda some: (some["car"] % 5).astype(np.int8))
    # when the data are taken like it
    frozen = frozen_like(dataset, Judged(rows))
    # then they are those listings, in those folds
    keys = listing_keys(frozen.table, frozen.market_date)
    assert sorted(keys["listing"]) == sorted(rows["listing"])
    for number, (train, test) in enumerate(frozen.folds()):
        assert (keys["car"][test] % 5 == number).all()
        assert len(train) + len(test) == len(rows)


def test_training_like_a_version_of_other_data_is_refused(dataset: Dataset, judged: Judged) -> None:
    others = judged.rows.assign(listing=judged.rows["listing"] + 1)
    with pytest.raises(DataError, match="train with the data of that version"):
        frozen_like(dataset, Judged(others))


def test_what_is_new_since_the_champion_is_priced_by_fits_without_it(dataset: Dataset, judged: Judged) -> None:
    # given a champion that had seen all but the newest 600 listings
    newest = judged.rows["listed_on"].sort_values().iloc[-600]
    champion = Judged(judged.rows[judged.rows["listed_on"] < newest])
    is_new = (dataset.market_date.toordinal() - dataset.table["days_ago"]) >= newest
    # when they are priced by fits without them
    unseen = with_unseen(judged, dataset, champion, lambda _: None).rows["log_price_unseen"]
    # then these are priced, as well as other unseen cars, and no others
    assert (unseen.notna().to_numpy() == is_new.to_numpy()).mean() > 0.99
    rows = judged.rows[unseen.notna()]
    errors = np.abs(np.log(rows["price_eur"]) - unseen.dropna())
    assert 0.7 < errors.mean() / np.abs(np.log(rows["price_eur"]) - rows["log_price"]).mean() < 1.3
    # and where hardly any are new, no fit is made for them
    almost = Judged(judged.rows[judged.rows["listed_on"] < judged.newest])
    assert with_unseen(judged, replace(dataset), almost, lambda _: None) is judged
