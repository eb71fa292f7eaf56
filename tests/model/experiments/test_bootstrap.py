"""The paired bootstrap: the differences are the ones a person computes, and its p-values keep their promise."""

from dataclasses import astuple

import numpy as np
import pytest

from model.experiments.bootstrap import leads

PRICE = np.full(400, 10_000.0)


def off_by(seed: int, scale: float = 0.1) -> np.ndarray:
    return PRICE * np.exp(np.random.default_rng(seed).normal(0, scale, len(PRICE)))


def test_the_differences_are_those_of_the_figures() -> None:
    # given two predictions, when they are compared, then the differences are those of their mean and median errors
    ours, other = off_by(1), off_by(2, 0.12)
    lead = leads(PRICE, ours, {"other": other})["other"]
    absolute_ours, absolute_other = np.abs(ours - PRICE), np.abs(other - PRICE)
    assert lead.mae_eur.value == pytest.approx(absolute_ours.mean() - absolute_other.mean())
    percent = (np.median(absolute_ours) - np.median(absolute_other)) / 100
    assert lead.mdape_percent.value == pytest.approx(percent)
    # and each interval holds its difference
    for difference in (lead.mae_eur, lead.mdape_percent):
        assert difference.low < difference.value < difference.high


def test_the_interval_of_the_mean_is_the_one_of_the_normal_distribution() -> None:
    # given paired errors, when they are resampled, then the interval is that of the mean of their differences
    ours, other = off_by(1), off_by(2)
    difference = np.abs(ours - PRICE) - np.abs(other - PRICE)
    error = difference.std() / np.sqrt(len(difference))
    lead = leads(PRICE, ours, {"other": other})["other"].mae_eur
    assert lead.low == pytest.approx(difference.mean() - 1.96 * error, abs=0.1 * error)
    assert lead.high == pytest.approx(difference.mean() + 1.96 * error, abs=0.1 * error)


def test_who_is_better_on_every_car_is_better_in_every_resample() -> None:
    # given ours, half as far off on every car, when it is compared both ways
    other = off_by(1)
    ours = PRICE + (other - PRICE) / 2
    forth, back = leads(PRICE, ours, {"other": other})["other"], leads(PRICE, other, {"ours": ours})["ours"]
    # then luck is out of the question one way, and certain the other
    assert (forth.mae_eur.p, forth.mdape_percent.p) == pytest.approx((1e-4, 1e-4), rel=1e-3)
    assert (back.mae_eur.p, back.mdape_percent.p) == (1.0, 1.0)


def test_equals_are_no_better_than_each_other() -> None:
    # given the same predictions twice, when they are compared, then nothing differs, and p is 1
    lead = leads(PRICE, off_by(1), {"other": off_by(1)})["other"]
    for difference in (lead.mae_eur, lead.mdape_percent):
        assert (difference.value, difference.low, difference.high, difference.p) == (0.0, 0.0, 0.0, 1.0)


def test_the_comparison_with_one_does_not_depend_on_the_others() -> None:
    # given one other and the same among several, when ours is compared, then the results are the same
    alone = leads(PRICE, off_by(1), {"a": off_by(2)})
    among = leads(PRICE, off_by(1), {"b": off_by(3), "a": off_by(2)})
    for one, other in zip(astuple(alone["a"]), astuple(among["a"]), strict=True):
        assert one == pytest.approx(other)
