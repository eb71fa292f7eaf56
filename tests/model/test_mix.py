"""The mix of a market: the same market has none to tell, and another one is told by how far it is off."""

import json
import math
from dataclasses import replace

import pytest

from model.dataset import Dataset
from model.mix import BANDS, WORDS, drift, profile, take_mix


def test_a_mix_is_of_shares(dataset: Dataset) -> None:
    # given the demo market, when its mix is taken, then the shares of each feature add up to one
    mix = take_mix(dataset)
    assert set(mix) == {*BANDS, *WORDS}
    for shares in mix.values():
        assert sum(shares.values()) == pytest.approx(1, abs=1e-4)
    assert len(mix["age_years"]) <= len(BANDS["age_years"]) + 1


def test_a_market_has_no_drift_from_itself(dataset: Dataset) -> None:
    """Also after it was written as JSON and read again."""
    kept = json.loads(json.dumps(profile(dataset)))
    assert kept["listings"] == int(dataset.collected.sum()) and kept["synthetic"] is True
    assert set(drift(kept["mix"], take_mix(dataset)).values()) == {0.0}


def test_drift_is_the_population_stability_index() -> None:
    # given shares before and now, when drift is told, then it is the textbook's sum
    before, now = {"fuel": {"petrol": 0.5, "diesel": 0.5}}, {"fuel": {"petrol": 0.75, "diesel": 0.25}}
    by_hand = 0.25 * math.log(0.75 / 0.5) + -0.25 * math.log(0.25 / 0.5)
    assert drift(before, now) == {"fuel": pytest.approx(by_hand)}


def test_many_rare_words_are_told_together() -> None:
    """A hundred makes of a thousandth each are no drift where a hundred others stand in their place."""
    before = {"make": {"VW": 0.9} | {f"old {i}": 0.001 for i in range(100)}}
    now = {"make": {"VW": 0.9} | {f"new {i}": 0.001 for i in range(100)}}
    assert drift(before, now)["make"] == pytest.approx(0, abs=1e-9)


def test_what_is_new_or_gone_is_told() -> None:
    # given a word that goes from none to a half, when drift is told, then it is a great deal, and finite
    index = drift({"fuel": {"petrol": 1.0}}, {"fuel": {"petrol": 0.5, "electric": 0.5}})["fuel"]
    assert 1 < index < 10


def test_reports_are_no_part_of_the_mix(dataset: Dataset) -> None:
    """Nobody can hold up a training by what he reports."""
    reports = dataset.table.head(2_000).assign(is_report=True, fuel="hydrogen")
    more = replace(dataset, table=dataset.table._append(reports, ignore_index=True))
    assert take_mix(more) == take_mix(dataset)
