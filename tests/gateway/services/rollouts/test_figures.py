"""Differences by classes: they add up, and their quantiles are those of the differences to a class's width."""

import math
import random
from collections import Counter

import pytest

from gateway.services.rollouts.figures import RATIO, SMALLEST, Counts, Differences, class_of, percent_of


def differences(logs: list[float]) -> Differences:
    return Differences(Counter(map(class_of, logs)), sum(logs))


@pytest.mark.parametrize("scale", [0.0005, 0.01, 0.05, 0.3, 2.0])
def test_quantiles_are_right_to_a_class(scale: float) -> None:
    # given differences of some size, when their quantiles are told
    by_luck = random.Random(7)
    logs = [by_luck.gauss(0.0, scale) for _ in range(5_000)]
    found, sizes = differences(logs), sorted(map(abs, logs))
    # then they are those of the numbers themselves, but for the width of a class
    for share in (0.1, 0.5, 0.95, 0.999):
        true = sizes[int(share * len(sizes))]
        assert abs(found.quantile(share) - true) <= max(true * (RATIO - 1) * 1.05, SMALLEST)
    assert found.mean == pytest.approx(sum(logs) / len(logs))
    assert max(sizes) <= found.largest * RATIO


def test_of_nothing_nothing_is_told() -> None:
    none = Differences({})
    assert (none.count, none.mean, none.quantile(0.5), none.largest) == (0, 0.0, 0.0, 0.0)
    assert Counts().percent("errors") == 0.0


def test_equal_prices_differ_by_nothing_to_speak_of() -> None:
    assert differences([0.0] * 100).quantile(0.95) <= SMALLEST


def test_even_a_price_of_a_thousand_times_as_much_has_its_class() -> None:
    assert differences([math.log(1_000_000)] * 3).quantile(0.5) > 6


def test_a_log_in_per_cent() -> None:
    assert (percent_of(math.log(1.02)), percent_of(math.log(0.9))) == (2.0, -10.0)
