"""How far off a price may be: conformal ranges, wider where cars are hard to price.

The errors of rows that no fit had seen say how the log error grows with the rarity of the model, from model to model
and with age, and how far its tails reach below and above at each price. In the end every bucket of support is
calibrated as a whole: its ranges are stretched until they hold the share of errors that was promised (split conformal
prediction with a scaled score, per group; Vovk 2012, "Conditional validity of inductive conformal predictors"; Lei et
al. 2018).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from model.axes import end_at, hats
from model.table import Axis, Spread

COVERAGE = 0.9
# Of the share outside, in the cheapest and in the dearest band of predicted prices, evenly in between. The cheapest
# cars are more often priced too high than too low, and the dearest the other way round: with equal tails both would be
# served worst.
SHARE_BELOW = (0.3, 0.6)
# Models with few listings are harder to price; each bucket of support has a width of its own.
SUPPORT_BUCKETS = (1, 5, 20, 100)
FEWEST_IN_BUCKET = 50  # errors; a 90% quantile of fewer is a guess, so all buckets' is taken
AGE_KNOTS = Axis("linear", (0, 1, 2, 4, 6, 8, 10, 12, 15, 20, 30, 40))
# Bands of price end at these shares of all rows: closer at the ends, where tails differ most.
BAND_ENDS = (0.05, 0.15, 0.35, 0.65, 0.85, 0.95)
SMALLEST_ERROR = 1e-3  # of the log: below it errors say nothing of the scale
PULL = 1.0  # of buckets, ages and prices to the mean, in errors
MODEL_PULL = 50.0  # of a model to the mean of its bucket, in errors


@dataclass(frozen=True)
class Errors:
    """Log errors (true - predicted) of rows that no fit had seen, and what they may depend on: one row each.

    support is the number of listings of the row's model that its fit had seen, model any number for each model, and
    price_eur the predicted one.
    """

    log_error: np.ndarray
    support: np.ndarray
    model: np.ndarray
    age_years: np.ndarray
    price_eur: np.ndarray

    def take(self, rows: np.ndarray) -> "Errors":
        return Errors(*(column[rows] for column in vars(self).values()))


@dataclass(frozen=True)
class Calibration:
    """The width of ranges: by bucket of support and by model as logs that add up, and the curves of Spread."""

    by_bucket: tuple[float, ...]
    by_model: Mapping[int, float]
    spread: Spread

    def log_scales(self, support: np.ndarray, model: np.ndarray) -> np.ndarray:
        """The log of the width of models with this support."""
        of_model = np.array([self.by_model.get(number, 0.0) for number in model.tolist()])
        return np.array(self.by_bucket)[_bucket(support)] + of_model

    def half_widths(self, errors: Errors) -> tuple[np.ndarray, np.ndarray]:
        """How far the log price may lie below and above for such rows: two arrays, both positive."""
        return half_widths(
            self.spread, self.log_scales(errors.support, errors.model), errors.age_years, errors.price_eur
        )


def half_widths(
    spread: Spread, log_scale: np.ndarray, age_years: np.ndarray, price_eur: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How far the log price may lie below and above, given each model's log scale: two arrays, both positive."""
    scale = log_scale + hats(spread.age, age_years) @ np.array(spread.by_age)
    at_price = hats(spread.price, price_eur)
    return np.exp(scale + at_price @ np.array(spread.below)), np.exp(scale + at_price @ np.array(spread.above))


def calibrate(errors: Errors) -> Calibration:
    """The widths that hold COVERAGE of these errors. Rows without support are not priced and don't count."""
    errors = errors.take(errors.support >= 1)
    calibration = _scale(errors)
    calibration = _with_tails(calibration, errors)
    return _stretched(calibration, errors)


def _scale(errors: Errors) -> Calibration:
    """Log |error| by bucket, model, age and price, all at once, so that none answers for another; price left out."""
    age_axis = end_at(AGE_KNOTS, float(errors.age_years.min()), float(errors.age_years.max()))
    price_axis, _ = _bands(errors.price_eur)
    models, model = np.unique(errors.model, return_inverse=True)
    parts = [
        np.eye(len(SUPPORT_BUCKETS))[_bucket(errors.support)],
        hats(age_axis, errors.age_years),
        hats(price_axis, errors.price_eur),
    ]
    common = np.concatenate(parts, axis=1)
    target = np.log(np.maximum(np.abs(errors.log_error), SMALLEST_ERROR))
    target = target - target.mean()
    # Ridge with one level a model; the models are eliminated first, since each row has just one.
    rows_of_model = np.bincount(model) + MODEL_PULL
    sums = np.zeros((len(models), common.shape[1]))
    np.add.at(sums, model, common)
    sum_of_target = np.bincount(model, target)
    gram = common.T @ common + PULL * np.eye(common.shape[1]) - (sums.T / rows_of_model) @ sums
    scale = np.linalg.solve(gram, common.T @ target - sums.T @ (sum_of_target / rows_of_model))
    by_model = (sum_of_target - sums @ scale) / rows_of_model
    by_bucket, by_age, _ = np.split(scale, np.cumsum([part.shape[1] for part in parts])[:-1])
    flat = (0.0,) * len(price_axis.knots)
    return Calibration(
        tuple(by_bucket.tolist()),
        dict(zip(models.tolist(), by_model.tolist(), strict=True)),
        Spread(age_axis, tuple(by_age.tolist()), price_axis, flat, flat),
    )


def _with_tails(calibration: Calibration, errors: Errors) -> Calibration:
    """With the reach of each tail of the errors, in units of the scale, in each band of price."""
    scale, _ = calibration.half_widths(errors)
    scaled = errors.log_error / scale
    _, band = _bands(errors.price_eur)
    below, above = [], []
    for number, share_below in enumerate(np.linspace(*SHARE_BELOW, len(calibration.spread.price.knots)).tolist()):
        inside = scaled[band == number] if (band == number).any() else scaled
        below.append(_log_quantile(-inside, 1 - (1 - COVERAGE) * share_below))
        above.append(_log_quantile(inside, 1 - (1 - COVERAGE) * (1 - share_below)))
    return replace(calibration, spread=replace(calibration.spread, below=tuple(below), above=tuple(above)))


def _stretched(calibration: Calibration, errors: Errors) -> Calibration:
    """With every bucket of support stretched until it holds COVERAGE of its errors."""
    below, above = calibration.half_widths(errors)
    score = np.where(errors.log_error < 0, -errors.log_error / below, errors.log_error / above)
    bucket = _bucket(errors.support)
    stretched = []
    for number, value in enumerate(calibration.by_bucket):
        inside = score[bucket == number]
        stretched.append(value + _log_quantile(inside if len(inside) >= FEWEST_IN_BUCKET else score, COVERAGE))
    return replace(calibration, by_bucket=tuple(stretched))


def _bucket(support: np.ndarray) -> np.ndarray:
    return np.maximum(np.searchsorted(SUPPORT_BUCKETS, support, "right") - 1, 0)


def _log_quantile(values: np.ndarray, share: float) -> float:
    """The log of the quantile with conformal prediction's finite-sample correction: the ceil(share (n + 1))th."""
    rank = min(int(np.ceil(share * (len(values) + 1))), len(values))
    return float(np.log(max(np.sort(values)[rank - 1], SMALLEST_ERROR)))


def _bands(price_eur: np.ndarray) -> tuple[Axis, np.ndarray]:
    """An axis with a knot at the median of each band of price, and the band of each row."""
    band = np.searchsorted(np.unique(np.quantile(price_eur, BAND_ENDS)), price_eur, "right")
    medians = {number: round(float(np.median(price_eur[band == number])), 2) for number in np.unique(band)}
    knots = sorted(set(medians.values()))
    if len(knots) == 1:  # one price for all cars
        return Axis("log", (knots[0], knots[0] * 2)), np.zeros(len(price_eur), dtype=int)
    return Axis("log", tuple(knots)), np.array([knots.index(medians[number]) for number in band.tolist()])
