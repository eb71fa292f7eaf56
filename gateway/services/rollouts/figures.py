"""What is counted of a rollout: requests by their outcome, and by how much two versions' prices differ.

Differences are kept as counts of classes, which add up over processes; a class is 15% wide, and so is what is told of
a quantile.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

SMALLEST = 0.001  # below a tenth of a per cent all is one class
RATIO = 1.15
CLASSES = 64  # up to a factor of more than a thousand
EDGES = tuple(SMALLEST * RATIO**number for number in range(CLASSES))  # upper ones, and the last class has none


@dataclass(frozen=True)
class Counts:
    """Of one version; `mirrored` are those of the requests that nobody waited for."""

    requests: int = 0
    mirrored: int = 0
    errors: int = 0
    refusals: int = 0
    slow: int = 0

    def percent(self, what: str) -> float:
        return 100 * getattr(self, what) / self.requests if self.requests else 0.0


@dataclass(frozen=True)
class Differences:
    """Of cars that both versions priced: how many by class of |log(challenger / champion)|, and the sum of the logs."""

    pairs: Mapping[int, int]
    log_sum: float = 0.0

    @property
    def count(self) -> int:
        return sum(self.pairs.values())

    @property
    def mean(self) -> float:
        """With its sign: above 0 where the challenger is dearer."""
        return self.log_sum / self.count if self.count else 0.0

    @property
    def largest(self) -> float:
        return upper_edge(max(self.pairs)) if self.pairs else 0.0

    def quantile(self, share: float) -> float:
        """So large are at most `share` of the differences, to a class's width."""
        left = share * self.count
        for number in sorted(self.pairs):
            if left <= self.pairs[number]:
                low = EDGES[number - 1] if number else 0.0
                return low + (upper_edge(number) - low) * left / self.pairs[number]
            left -= self.pairs[number]
        return 0.0


def class_of(log: float) -> int:
    return bisect_right(EDGES, abs(log))


def upper_edge(number: int) -> float:
    return EDGES[min(number, CLASSES - 1)]


def percent_of(log: float) -> float:
    """What a log means for a price, in per cent."""
    return round(math.expm1(log) * 100, 2)
