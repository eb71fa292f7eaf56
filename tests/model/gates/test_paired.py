"""The paired test: its size and power on heavy-tailed errors that hang together by group, and Holm's correction."""

import numpy as np
import pytest

from model.gates.paired import Paired, holm
from model.gates.recipe_gate import ALPHA, LUCK, PLANNED_IMPROVEMENT, POWER, check_recipe
from model.gates.refresh_gate import check_refresh


def pairs(
    rng: np.random.Generator, change: float, cars: int = 4_000, groups: int = 200, unequal: bool = True,
    apart_by: float = 0.01,
) -> Paired:  # fmt: skip
    """Errors with the tails of Student's t on 3 degrees; what the versions differ by is half the group's, half the
    car's own.
    """
    weights = rng.pareto(1.5, groups) + 0.2 if unequal else np.ones(groups)
    group = rng.choice(groups, cars, p=weights / weights.sum())
    error = 0.1 * rng.standard_t(3, cars)
    apart = apart_by * (rng.normal(size=groups)[group] + rng.standard_t(4, cars))
    return Paired(np.abs(error + apart) * (1 + change), np.abs(error - apart), group)


def test_equal_versions_are_hardly_ever_called_better_or_worse() -> None:
    """Law: the level holds although errors have heavy tails and a few groups hold most cars."""
    # given 1,000 pairs of versions that are equally good
    rng = np.random.default_rng(1)
    p_values = np.array([pairs(rng, 0.0).p_below(0.0) for _ in range(1_000)])
    # when they are tested at 5% and 1%, then about so many are called better
    assert 0.03 <= (p_values <= 0.05).mean() <= 0.08
    assert (p_values <= 0.01).mean() <= 0.02
    # and the other side is the same test
    assert Paired(np.array([2.0, 3.0, 5.0]), np.array([1.0, 2.0, 4.0]), np.arange(3)).p_above(0.0) < 0.1


def test_equal_challengers_do_not_pass_the_recipe_gate() -> None:
    """The bar: of 1,000 equal ones at most 5 pass."""
    rng = np.random.default_rng(2)
    passed = sum(check_recipe(pairs(rng, 0.0))[0].passed for _ in range(1_000))
    assert passed <= 5


def test_the_planned_sample_sees_the_planned_improvement() -> None:
    """Law: with as many cars as are planned, the improvement is seen about as often as the plan says."""
    # given how many cars the plan asks for
    rng = np.random.default_rng(3)
    planned = pairs(rng, 0.0, 20_000, 2_000, unequal=False).planned_cars(PLANNED_IMPROVEMENT - LUCK, ALPHA, POWER)
    # when a challenger that is better by that is judged on so many
    seen = np.mean([
        check_recipe(pairs(rng, -PLANNED_IMPROVEMENT, planned, planned // 10, unequal=False))[0].passed
        for _ in range(200)
    ])  # fmt: skip
    # then the gate passes it
    assert 0.7 <= seen <= 0.9


def test_a_sample_that_is_too_small_is_told() -> None:
    # given few cars, when a recipe is judged, then the plan's number is named and the gate does not hold
    finding = check_recipe(pairs(np.random.default_rng(4), -0.02, cars=300))[1]
    assert not finding.passed
    assert finding.found.startswith("300 cars, ")


def test_an_equal_refresh_passes_and_a_worse_one_does_not() -> None:
    rng = np.random.default_rng(5)
    for change, least, most in ((0.0, 0.9, 1.0), (0.005, 0.0, 0.1), (0.02, 0.0, 0.0)):
        passed = np.mean([
            check_refresh(pairs(rng, change, 20_000, 20_000, unequal=False, apart_by=0.006), "")[0].passed
            for _ in range(100)
        ])  # fmt: skip
        assert least <= passed <= most, change


@pytest.mark.parametrize("margin", [0.0, -0.0025])
def test_the_same_prices_are_not_better(margin: float) -> None:
    # given a challenger whose prices are the champion's
    errors = np.random.default_rng(6).exponential(0.1, 1_000)
    same = Paired(errors, errors, np.arange(1_000))
    # then it is neither better nor, within a margin, worse
    assert same.change == 0.0
    assert same.p_below(margin) >= 0.5
    assert same.p_below(0.005) < 0.05


def test_a_single_group_tells_nothing() -> None:
    errors = np.random.default_rng(7).exponential(0.1, 100)
    assert Paired(errors * 0.5, errors, np.zeros(100)).p_below(0.0) == 0.5


def test_holm_rejects_step_by_step() -> None:
    # given p-values, when Holm corrects them, then each next one has a wider bound, until the first that misses it
    assert holm([0.002, 0.5, 0.004], 0.01) == [True, False, True]
    assert holm([0.004, 0.005, 0.006], 0.01) == [False, False, False]
    assert holm([], 0.01) == []
