"""What this process has counted of a rollout since it last told the database."""

import threading
from collections import defaultdict
from dataclasses import dataclass, field

from gateway.services.rollouts.figures import class_of

OF_ALL_MAKES = ""

CountKey = tuple[int, int, str]  # rollout, share, version
DifferenceKey = tuple[int, str, int]  # rollout, make or OF_ALL_MAKES, class
REQUESTS, MIRRORED, ERRORS, REFUSALS, SLOW = range(5)  # places in a list of counts


@dataclass
class Counted:
    counts: dict[CountKey, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 5))
    differences: dict[DifferenceKey, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0, 0.0]))

    def __bool__(self) -> bool:
        return bool(self.counts or self.differences)


class Tally:
    """Counts, and gives away what it has counted. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted = Counted()

    def count(
        self, key: CountKey, *, error: bool = False, refusal: bool = False, slow: bool = False, mirrored: bool = False
    ) -> None:
        """One request."""
        with self._lock:
            counts = self._counted.counts[key]
            counts[REQUESTS] += 1
            counts[MIRRORED] += mirrored
            counts[ERRORS] += error
            counts[REFUSALS] += refusal
            counts[SLOW] += slow

    def compare(self, rollout: int, make: str, log: float) -> None:
        """One car that both versions priced, by the log of challenger by champion."""
        with self._lock:
            for whose in (OF_ALL_MAKES, make):
                pairs = self._counted.differences[rollout, whose, class_of(log)]
                pairs[0] += 1
                pairs[1] += log

    def take(self) -> Counted:
        """All of it; counting begins from nothing."""
        with self._lock:
            taken, self._counted = self._counted, Counted()
        return taken

    def give_back(self, counted: Counted) -> None:
        """What was taken and could not be told."""
        with self._lock:
            for mine, theirs in (
                (self._counted.counts, counted.counts), (self._counted.differences, counted.differences),
            ):  # fmt: skip
                for key, numbers in theirs.items():  # type: ignore[attr-defined]
                    mine[key] = [one + other for one, other in zip(mine[key], numbers, strict=True)]  # type: ignore
