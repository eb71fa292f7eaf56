"""Is one algorithm better than another, or was it lucky with these cars? A paired bootstrap over the cars.

Each resample draws as many cars as there are, with replacement, and takes the errors of both algorithms for the same
cars. Of the differences, the middle 95% are the interval; the p-value is the share of resamples in which ours was not
better, the observed one counted among them (Davison and Hinkley 1997, "Bootstrap Methods and their Application",
sections 4.4 and 5.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000
SEED = 42
INTERVAL = (0.025, 0.975)


@dataclass(frozen=True)
class Difference:
    """Ours less another's, in the unit of the figure: below 0 ours is better. p: how likely that is luck."""

    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Lead:
    """How much smaller our mean error in EUR, and our median error in per cent of the price, is than another's."""

    mae_eur: Difference
    mdape_percent: Difference


def leads(price_eur: np.ndarray, ours_eur: np.ndarray, others_eur: Mapping[str, np.ndarray]) -> dict[str, Lead]:
    """Ours against each other's predictions of the same prices, by name: all with the same resamples."""
    predicted_eur = np.stack([ours_eur, *others_eur.values()])
    absolute_eur = np.abs(predicted_eur - price_eur)
    percent = absolute_eur / price_eur * 100
    # Sorted once: a resample only says how often each value counts.
    order = percent.argsort(axis=1).astype(np.int32)
    ordered = np.take_along_axis(percent, order, axis=1)
    rows = len(price_eur)
    rng = np.random.default_rng(SEED)
    means, medians = [], []
    for _ in range(RESAMPLES):
        times = np.bincount(rng.integers(0, rows, rows, dtype=np.int32), minlength=rows)
        means.append(absolute_eur @ times / rows)
        medians.append(_medians(ordered, order, times))
    mean, median = np.stack(means), np.stack(medians)
    observed_mean, observed_median = absolute_eur.mean(axis=1), np.median(percent, axis=1)
    return {
        name: Lead(
            _difference(observed_mean[0] - observed_mean[other], mean[:, 0] - mean[:, other]),
            _difference(observed_median[0] - observed_median[other], median[:, 0] - median[:, other]),
        )
        for other, name in enumerate(others_eur, start=1)
    }


def _medians(ordered: np.ndarray, order: np.ndarray, times: np.ndarray) -> list[float]:
    """The median of each row of values, where the car behind a value counts so many times."""
    middle = (len(times) + 1) // 2
    return [
        float(values[times[cars].cumsum().searchsorted(middle)])
        for values, cars in zip(ordered, order, strict=True)
    ]


def _difference(observed: float, resampled: np.ndarray) -> Difference:
    low, high = np.quantile(resampled, INTERVAL)
    not_better = int((resampled >= 0).sum())
    return Difference(float(observed), float(low), float(high), (1 + not_better) / (1 + len(resampled)))
