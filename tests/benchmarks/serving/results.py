"""What was measured, run by run, and what follows over the rounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

# Figures of a run of single cars, and of a batch.
CPU_MS = "cpu_ms_per_request"
PER_SECOND = "requests_per_s"
P50_MS = "p50_ms"
P99_MS = "p99_ms"
ROWS_PER_CPU_S = "rows_per_cpu_s"
ROWS_PER_S = "rows_per_s"


@dataclass(frozen=True)
class Work:
    """So many keep-alive clients that ask for one car after the other, or batches of so many rows."""

    kind: Literal["clients", "rows"]
    size: int


@dataclass(frozen=True)
class Run:
    """One run of a contender. failed requests make it invalid: what refuses work is fast."""

    contender: str
    work: Work
    round: int
    failed: int
    figures: Mapping[str, float]


@dataclass
class Results:
    contenders: Sequence[str]  # in the order of the report
    runs: list[Run] = field(default_factory=list)

    def add(self, run: Run) -> None:
        self.runs.append(run)

    def works(self, kind: str) -> list[Work]:
        return list(dict.fromkeys(run.work for run in self.runs if run.work.kind == kind))

    @property
    def invalid(self) -> list[Run]:
        return [run for run in self.runs if run.failed]

    def median(self, contender: str, work: Work, figure: str) -> float | None:
        """Over the rounds that are valid; None where none is."""
        return _median(list(self._by_round(contender, work, figure).values()))

    def ratio(self, ours: str, other: str, work: Work, figure: str) -> float | None:
        """The median of the rounds' ratios: within a round both met the same machine."""
        mine, others = (self._by_round(name, work, figure) for name in (ours, other))
        return _median([mine[number] / others[number] for number in mine if others.get(number)])

    def _by_round(self, contender: str, work: Work, figure: str) -> dict[int, float]:
        valid = (run for run in self.runs if run.contender == contender and run.work == work and not run.failed)
        return {run.round: run.figures[figure] for run in valid}


def _median(values: list[float]) -> float | None:
    return median(values) if values else None
