"""The ranges: they hold what they promise, in every bucket, with a tail of its own on either side."""

import math

import numpy as np
import pytest

from model.ranges import (
    COVERAGE,
    FEWEST_IN_BUCKET,
    SHARE_BELOW,
    SMALLEST_ERROR,
    SUPPORT_BUCKETS,
    Calibration,
    Errors,
    calibrate,
    half_widths,
)
from model.table import Axis, Spread


def errors_of(log_error: np.ndarray, **columns: object) -> Errors:
    """Errors of one common model of one age and price, but for what is given."""
    count = len(log_error)
    usual = {"support": 500, "model": 0, "age_years": 5.0, "price_eur": 10_000.0} | columns
    return Errors(log_error, **{name: np.broadcast_to(np.array(value), count) for name, value in usual.items()})


def held(calibration: Calibration, errors: Errors) -> np.ndarray:
    below, above = calibration.half_widths(errors)
    return (errors.log_error >= -below) & (errors.log_error <= above)


def market_of_errors(rng: np.random.Generator, count: int) -> Errors:
    """Errors of forty models, common and rare; they grow with age, rarity and from model to model, and are skewed."""
    model = rng.integers(40, size=count)
    support = np.array([2, 3, 8, 15, 30, 60, 150, 900] * 5)[model]
    age_years = rng.uniform(0, 20, count)
    price_eur = np.exp(rng.normal(9.6, 0.9, count))
    scale = 0.05 * (1 + age_years / 10) * (1 + 2 / np.sqrt(support)) * (1 + model % 3 / 3)
    skewed = rng.standard_t(4, count) + np.abs(rng.normal(0, 1, count))
    return Errors(scale * skewed, support, model, age_years, price_eur)


def ranked(values: np.ndarray, share: float) -> float:
    """The ceil(share (n + 1))th smallest of n values."""
    return float(sorted(values)[math.ceil(share * (len(values) + 1)) - 1])


def test_the_range_ends_at_the_right_ranks() -> None:
    """By hand: each tail leaves its share of the 10% outside, by the rank ceil(share (n + 1)); then both are stretched
    alike, so that 90% of all are held, by the same rank of errors in units of the tails.
    """
    # given the errors -0.50, -0.49 ... 0.49 of one model, age and price, shuffled
    log_error = np.random.default_rng(0).permutation(np.arange(-50, 50) / 100)
    # when the range is made
    below, above = calibrate(errors_of(log_error)).half_widths(errors_of(log_error))
    # then it ends at these ranks
    share_below = SHARE_BELOW[0]
    down = ranked(-log_error, 1 - (1 - COVERAGE) * share_below)
    up = ranked(log_error, 1 - (1 - COVERAGE) * (1 - share_below))
    stretch = ranked(np.maximum(-log_error / down, log_error / up), COVERAGE)
    assert below == pytest.approx(down * stretch)
    assert above == pytest.approx(up * stretch)
    inside = ((log_error >= -below[0] - 1e-9) & (log_error <= above[0] + 1e-9)).sum()
    ends = (np.abs(log_error + below[0]) < 1e-9).sum() + (np.abs(log_error - above[0]) < 1e-9).sum()
    assert inside == math.ceil(COVERAGE * 101) + (ends - 1)  # two errors at the ends are of one rank


def test_fewer_errors_than_a_tail_needs_give_the_widest_range() -> None:
    # given ten errors, of which no 5% can be cut, when the range is made, then it reaches as far as they do
    errors = errors_of(np.array([-0.3, -0.2, -0.1, -0.05, 0.0, 0.1, 0.2, 0.3, 0.4, 0.6]))
    below, above = calibrate(errors).half_widths(errors)
    assert below == pytest.approx(0.3)
    assert above == pytest.approx(0.6)


def test_new_errors_are_held_as_often_as_is_promised() -> None:
    """Law: over exchangeable errors the share held is 90%, but for what the fitted scale costs."""
    # given errors of a market to calibrate by, and new ones, many times
    rng = np.random.default_rng(3)
    shares, below, cheapest, dearest = [], [], [], []
    for _ in range(25):
        calibration = calibrate(market_of_errors(rng, 3_000))
        new = market_of_errors(rng, 3_000)
        is_below = new.log_error < -calibration.half_widths(new)[0]
        by_price = is_below[np.argsort(new.price_eur)]
        shares.append(held(calibration, new).mean())
        below.append(is_below.mean())
        cheapest.append(by_price[:150].mean())
        dearest.append(by_price[-150:].mean())
    # then nine in ten are held, and of the others as many lie below as is set for cheap and for dear cars, about
    assert np.mean(shares) == pytest.approx(COVERAGE, abs=0.01)
    assert np.mean(below) == pytest.approx((1 - COVERAGE) * np.mean(SHARE_BELOW), abs=0.01)
    assert np.mean(cheapest) == pytest.approx((1 - COVERAGE) * SHARE_BELOW[0], abs=0.01)
    assert np.mean(dearest) == pytest.approx((1 - COVERAGE) * SHARE_BELOW[1], abs=0.01)


@pytest.mark.parametrize("by", ["support", "age_years", "price_eur", "model"])
def test_no_part_of_the_market_pays_for_another(by: str) -> None:
    """Law: what errors grow with, ranges grow with: each part is held nearly as often as the whole."""
    # given errors of a market to calibrate by, and new ones
    rng = np.random.default_rng(4)
    calibration = calibrate(market_of_errors(rng, 20_000))
    new = market_of_errors(rng, 20_000)
    # when the new ones are parted by support, age, price or model, then each part is held about as often
    column = getattr(new, by)
    edges = np.unique(np.quantile(column, (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1)))
    part = np.searchsorted(edges[1:-1], column, "right")
    for number in np.unique(part):
        assert held(calibration, new)[part == number].mean() == pytest.approx(COVERAGE, abs=0.03)


def test_every_bucket_holds_what_is_promised_of_its_own_errors() -> None:
    """Law: of the errors by which it was made, each bucket's range holds 90%, to one error."""
    # given errors of a market, when ranges are made of them, then each bucket's hold nine in ten
    errors = market_of_errors(np.random.default_rng(5), 5_000)
    inside = held(calibrate(errors), errors)
    bucket = np.searchsorted(SUPPORT_BUCKETS, errors.support, "right")
    for number in np.unique(bucket):
        count = (bucket == number).sum()
        assert count >= FEWEST_IN_BUCKET
        assert abs(inside[bucket == number].sum() - math.ceil(COVERAGE * (count + 1))) <= 1  # it may stand on the edge


def test_tails_are_as_long_as_the_errors_are() -> None:
    # given errors that reach much farther up than down, when the range is made, then so does it
    errors = errors_of(np.random.default_rng(6).exponential(0.2, 5_000) - 0.05)
    below, above = calibrate(errors).half_widths(errors)
    assert above[0] > 5 * below[0]
    assert held(calibrate(errors), errors).mean() == pytest.approx(COVERAGE, abs=0.001)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_range_holds_the_price_even_if_all_errors_lie_on_one_side(sign: int) -> None:
    # given errors that all lie on one side, when the range is made, then it reaches beyond the price on either side
    errors = errors_of(sign * np.linspace(0.1, 0.5, 200))
    below, above = calibrate(errors).half_widths(errors)
    assert (below > 0).all()
    assert (above > 0).all()
    assert held(calibrate(errors), errors).mean() >= COVERAGE


def test_a_market_without_errors_has_a_range_all_the_same() -> None:
    # given prices that were all met, when the range is made, then it is a thousandth of a thousandth at least
    errors = errors_of(np.zeros(200))
    below, above = calibrate(errors).half_widths(errors)
    for width in (below, above):
        assert np.isfinite(width).all()
        assert (width >= SMALLEST_ERROR**2).all()
        assert (width <= SMALLEST_ERROR * 1.001).all()


def test_buckets_with_few_errors_are_stretched_as_all_are() -> None:
    """A 90% quantile of a few errors would be a guess."""
    # given errors of common models, and too few of rare ones to tell, of the same size
    rng = np.random.default_rng(7)
    few = FEWEST_IN_BUCKET - 1
    log_error = rng.normal(0, 0.1, 5_000 + few)
    # more than a tenth of the few are very far off, and by their own quantile would stretch the range to themselves
    log_error[-6:] = 2.0
    errors = errors_of(log_error, support=np.repeat([500, 2], [5_000, few]))
    # when the ranges are made, then the rare models' are a little wider than the common ones', and no more
    for width in calibrate(errors).half_widths(errors):
        assert width[0] < width[-1] < 2 * width[0]


def test_a_bucket_without_errors_has_a_range() -> None:
    # given errors of common models alone, when a car of a rare one is asked for, then its range is the common ones'
    errors = errors_of(np.random.default_rng(8).normal(0, 0.1, 1_000))
    calibration = calibrate(errors)
    rare = errors_of(np.zeros(1), support=3, model=77)
    assert calibration.half_widths(rare)[0][0] == pytest.approx(calibration.half_widths(errors)[0][0], rel=0.05)


def test_cars_that_no_fit_could_price_do_not_count() -> None:
    # given errors, and some of models that no other fold had, when the ranges are made, then those change nothing
    rng = np.random.default_rng(9)
    errors = market_of_errors(rng, 1_000)
    both = Errors(
        np.concatenate([errors.log_error, rng.normal(0, 9, 200)]), np.concatenate([errors.support, np.zeros(200)]),
        np.concatenate([errors.model, np.arange(900, 1_100)]), np.concatenate([errors.age_years, np.full(200, 90.0)]),
        np.concatenate([errors.price_eur, np.full(200, 1e6)]),
    )  # fmt: skip
    assert calibrate(both) == calibrate(errors)


def test_hard_models_have_wider_ranges_than_easy_ones() -> None:
    """Law: a model's own errors say how wide its range is, the more so the more there are."""
    # given an easy and a hard model with many errors, and a hard one with few
    rng = np.random.default_rng(10)
    sizes, counts = (0.05, 0.2, 0.2), (2_000, 2_000, 20)
    log_error = np.concatenate([rng.normal(0, size, count) for size, count in zip(sizes, counts, strict=True)])
    errors = errors_of(log_error, model=np.repeat([0, 1, 2], counts))
    # when ranges are made
    _, above = calibrate(errors).half_widths(errors)
    easy, hard, rarely_seen = above[0], above[2_000], above[-1]
    # then the hard one's is four times as wide, and that of which little is known lies between
    assert hard == pytest.approx(4 * easy, rel=0.15)
    assert easy < rarely_seen < hard


def test_errors_may_be_taken_in_part() -> None:
    # given errors, when some rows are taken, then each column has these rows
    errors = market_of_errors(np.random.default_rng(11), 50)
    rows = np.array([3, 1, 40])
    for name, column in vars(errors.take(rows)).items():
        assert np.array_equal(column, getattr(errors, name)[rows])


def test_a_width_is_the_sum_of_its_logs() -> None:
    """By hand: exp(log scale + curve of age + curve of price), straight in age and in the log of the price."""
    # given a calibration
    spread = Spread(
        Axis("linear", (0.0, 10.0)), (0.0, 0.2), Axis("log", (1_000.0, 4_000.0)), (-2.0, -1.0), (-1.0, -3.0)
    )
    calibration = Calibration((0.4, 0.3, 0.2, 0.1), {7: 0.05}, spread)
    # when widths are asked for: supports in each bucket, a known model and others, prices and ages on and off knots
    errors = Errors(
        np.zeros(5), np.array([1, 4, 5, 20, 100]), np.array([7, 8, 7, 8, 8]), np.array([0.0, 5.0, 10.0, 99.0, 0.0]),
        np.array([1_000.0, 2_000.0, 4_000.0, 9e9, 1.0]),
    )  # fmt: skip
    below, above = calibration.half_widths(errors)
    # then they are these
    assert np.log(below) == pytest.approx(
        [0.45 - 2, 0.4 + 0.1 - 1.5, 0.3 + 0.05 + 0.2 - 1, 0.2 + 0.2 - 1, 0.1 - 2]
    )
    assert np.log(above) == pytest.approx(
        [0.45 - 1, 0.4 + 0.1 - 2, 0.3 + 0.05 + 0.2 - 3, 0.2 + 0.2 - 3, 0.1 - 1]
    )
    # and the same by the scales of models
    scales = calibration.log_scales(errors.support, errors.model)
    assert scales.tolist() == pytest.approx([0.45, 0.4, 0.35, 0.2, 0.1])
    assert np.array_equal(half_widths(spread, scales, errors.age_years, errors.price_eur)[0], below)


def test_one_price_for_all_cars_has_a_range() -> None:
    # given errors of cars that all cost the same or one of two prices, when ranges are made, then they hold as promised
    rng = np.random.default_rng(12)
    for price_eur in (np.full(500, 5_000.0), rng.choice([5_000.0, 8_000.0], 500)):
        errors = errors_of(rng.normal(0, 0.1, 500), price_eur=price_eur)
        assert held(calibrate(errors), errors).mean() == pytest.approx(COVERAGE, abs=0.005)
