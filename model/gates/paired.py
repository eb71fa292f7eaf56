"""Is one version's error smaller than another's on the same cars? A paired t-test, robust to clusters.

Of each car the contrast is e - (1 + m) e', the challenger's absolute log error less (1 + m) times the champion's: its
mean is below 0 where the challenger's mean error is less than m above (m > 0) or more than -m below (m < 0) the
champion's. The variance of the mean is taken over sums by group (Liang and Zeger 1986, "Longitudinal data analysis
using generalized linear models"; Cameron and Miller 2015, "A practitioner's guide to cluster-robust inference"), with
Student's t on the number of groups less one.

What the groups are depends on the question. Whether a recipe is better: what two fits have learnt of a model is luck
that all of its cars share, so the groups are models. Whether this very fit is worse on the market: what it has learnt
of a model is what it is, and only the cars are drawn; so the groups are cars, each with all of its listings.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
import pandas as pd
from scipy import stats


@dataclass(frozen=True)
class Paired:
    """Absolute log errors of the same cars: the challenger's, the champion's, and a number for each car's group."""

    challenger: np.ndarray
    champion: np.ndarray
    group: np.ndarray

    def __len__(self) -> int:
        return len(self.champion)

    def take(self, rows: np.ndarray) -> "Paired":
        return Paired(self.challenger[rows], self.champion[rows], self.group[rows])

    @property
    def change(self) -> float:
        """By how much the challenger's mean error is above the champion's, as a share of it."""
        return float(self.challenger.mean() / self.champion.mean() - 1)

    def p_below(self, margin: float) -> float:
        """How likely so good a result would be if the challenger's mean error were `margin` above the champion's."""
        return float(stats.t.cdf(*self._t(margin)))

    def p_above(self, margin: float) -> float:
        """How likely so bad a result would be then."""
        return float(stats.t.sf(*self._t(margin)))

    def relative_error(self) -> float:
        """The standard error of `change`."""
        return self._standard_error(self.challenger - (1 + self.change) * self.champion) / float(self.champion.mean())

    def planned_cars(self, difference: float, alpha: float, power: float) -> int:
        """How many cars like these it takes for a true `difference` to be seen at this level, with this power."""
        quantiles = stats.norm.isf(alpha) + stats.norm.isf(1 - power)
        return int(np.ceil(len(self) * (quantiles * self.relative_error() / difference) ** 2))

    def _t(self, margin: float) -> tuple[float, int]:
        contrast = self.challenger - (1 + margin) * self.champion
        mean, error = float(contrast.mean()), self._standard_error(contrast)
        if error == inf:  # a single group tells nothing
            return 0.0, 1
        if error == 0.0:  # all differ by the same
            return (0.0 if mean == 0.0 else float(np.sign(mean)) * inf), 1
        return mean / error, len(np.unique(self.group)) - 1

    def _standard_error(self, contrast: np.ndarray) -> float:
        _, group = np.unique(self.group, return_inverse=True)
        sums = np.bincount(group, contrast - contrast.mean())
        if len(sums) < 2:
            return inf
        return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / len(contrast))


def paired(both: pd.DataFrame, group: np.ndarray) -> Paired:
    """Of listings with price_eur, log_price (the champion's) and log_price_new (the challenger's)."""
    log_price = np.log(both["price_eur"].to_numpy())
    return Paired(
        np.abs(log_price - both["log_price_new"].to_numpy()), np.abs(log_price - both["log_price"].to_numpy()), group
    )


def holm(p_values: list[float], alpha: float) -> list[bool]:
    """Which hypotheses are rejected so that the chance of rejecting any true one is alpha at most (Holm 1979)."""
    rejected = [False] * len(p_values)
    for rank, number in enumerate(np.argsort(p_values, kind="stable").tolist()):
        if p_values[number] > alpha / (len(p_values) - rank):
            break
        rejected[number] = True
    return rejected
