"""What the product's processes hold while it works: memory, descriptors, threads, and SQLite's write-ahead log."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from local.service import Service

MIB = 1024 * 1024
WINDOW_S = 60.0  # over which a figure is the median: one sample may fall into a batch
RSS, DESCRIPTORS, THREADS = "rss_mib", "descriptors", "threads"
FIGURES = (RSS, DESCRIPTORS, THREADS)


@dataclass(frozen=True)
class Sample:
    at_s: float
    figures: dict[str, dict[str, float]]  # by process, by figure
    wal_mib: float


class Watch:
    def __init__(self, services: Sequence[Service], wal: Path) -> None:
        self.samples: list[Sample] = []
        self._processes = dict(_processes(services))
        self._wal = wal
        self._began_s = time.monotonic()

    def look(self) -> Sample:
        """Raises psutil.NoSuchProcess where one has ended."""
        wal_mib = self._wal.stat().st_size / MIB if self._wal.exists() else 0.0
        figures = {name: _figures(process) for name, process in self._processes.items()}
        self.samples.append(Sample(time.monotonic() - self._began_s, figures, wal_mib))
        return self.samples[-1]

    @property
    def names(self) -> list[str]:
        return list(self._processes)

    def around(self, name: str, figure: str, until_s: float) -> float:
        """The median of the minute before that moment, or of as much of it as there is."""
        begins_s = max(until_s - WINDOW_S, until_s / 2)
        return median(
            sample.figures[name][figure] for sample in self.samples if begins_s <= sample.at_s <= until_s
        )

    def slope_per_hour(self, name: str, figure: str, from_s: float) -> float:
        """Of the line through the samples from then on, by least squares."""
        points = [(sample.at_s / 3600, sample.figures[name][figure]) for sample in self.samples
                  if sample.at_s >= from_s]  # fmt: skip
        mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
        spread = sum((x - mean_x) ** 2 for x, _ in points)
        return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def _processes(services: Sequence[Service]) -> list[tuple[str, psutil.Process]]:
    found = []
    for service in services:
        assert service.process is not None, "it was started"
        parent = psutil.Process(service.process.pid)
        name = service.plan.name.removeprefix("the ")
        # Of the gateway the parent watches over one worker, which does the work.
        children = parent.children(recursive=True)
        found.append((f"{name}, parent" if children else name, parent))
        found += [(f"{name}, child {number}", child) for number, child in enumerate(children, 1)]
    return found


def _figures(process: psutil.Process) -> dict[str, float]:
    with process.oneshot():
        return {
            RSS: process.memory_info().rss / MIB,
            DESCRIPTORS: process.num_fds(),
            THREADS: process.num_threads(),
        }
