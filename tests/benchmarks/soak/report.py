"""The run as Markdown and as a plot, and which bars it missed."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from tests.benchmarks.serving.report import processor, table
from tests.benchmarks.soak.traffic import Seen
from tests.benchmarks.soak.watch import DESCRIPTORS, FIGURES, RSS, THREADS, Watch

# How much more each process may hold at the end than once it had settled.
MOST_GROWTH = {RSS: 5.0, DESCRIPTORS: 2.0, THREADS: 2.0}
MOST_WAL_MIB = 32.0
LEAST_AS_EXPECTED = 0.999
UNITS = {RSS: "RSS, MiB", DESCRIPTORS: "descriptors", THREADS: "threads"}


@dataclass(frozen=True)
class Soak:
    watch: Watch
    seen: Seen
    settled_s: float
    ended_s: float
    market: str
    per_second: float


def misses(soak: Soak) -> Iterator[str]:
    for name in soak.watch.names:
        for figure, most in MOST_GROWTH.items():
            grown = _grown(soak, name, figure)
            if grown > most:
                yield f"{name}: {UNITS[figure]} +{grown:.1f}, at most {most:g}"
    highest = max(sample.wal_mib for sample in soak.watch.samples)
    if highest > MOST_WAL_MIB:
        yield f"SQLite's write-ahead log reached {highest:.1f} MiB, at most {MOST_WAL_MIB:g}"
    answered, unexpected = soak.seen.answered.total(), soak.seen.unexpected.total()
    if not answered or 1 - unexpected / answered < LEAST_AS_EXPECTED:
        yield f"{unexpected:,} of {answered:,} answers were not those expected"


def markdown(soak: Soak) -> str:
    minutes, settled = soak.ended_s / 60, soak.settled_s / 60
    lines = [
        "# A soak\n",
        f"Made by `make soak`. {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} x {processor()}; Linux"
        f" {platform.release()}.\n",
        f"{minutes:.0f} minutes of everything the product does, {soak.per_second:g} deeds a second, on {soak.market}:",
        "gateway, MLServer and SQLite as `make run` starts them, warmed up by all workers at once, as fast as they",
        f"were answered. Figures are medians over a minute; growth is from minute {settled:.1f} to the end; the slope",
        "is of a line through the samples.\n",
        *_processes(soak),
        f"\nSQLite's write-ahead log: at most {max(sample.wal_mib for sample in soak.watch.samples):.1f} MiB,"
        f" {soak.watch.samples[-1].wal_mib:.1f} at the end.\n",
        "![Memory, descriptors and threads over the run](soak.svg)\n",
        *_deeds(soak.seen),
        "\n## What is asked\n",
        *([f"- MISSED: {miss}" for miss in misses(soak)] or ["All is met: each process +5 MiB of memory at most, +2"
          f" descriptors and threads, a write-ahead log of {MOST_WAL_MIB:g} MiB, 99.9% of answers as expected."]),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def save_plot(soak: Soak, file: Path) -> None:
    matplotlib.rcParams["svg.fonttype"] = "none"
    figure = Figure(figsize=(11, 8), layout="constrained")
    times = [sample.at_s / 60 for sample in soak.watch.samples]
    series: Mapping[str, Sequence[Sequence[float]]] = {
        name: [[sample.figures[name][each] for sample in soak.watch.samples] for each in FIGURES]
        for name in soak.watch.names
    }
    axes = figure.subplots(2, 2).flat
    for number, each in enumerate(FIGURES):
        for name, values in series.items():
            axes[number].plot(times, values[number], label=name)
        axes[number].set(title=UNITS[each], xlabel="minutes", ylim=(0, None))
        axes[number].axvline(soak.settled_s / 60, color="grey", linewidth=0.5)
        axes[number].grid(alpha=0.3)
    axes[0].legend(frameon=False)
    axes[3].plot(times, [sample.wal_mib for sample in soak.watch.samples])
    axes[3].set(title="SQLite's write-ahead log, MiB", xlabel="minutes", ylim=(0, None))
    axes[3].grid(alpha=0.3)
    figure.savefig(file, format="svg")


def _processes(soak: Soak) -> Iterator[str]:
    rows = []
    for name in soak.watch.names:
        for figure in FIGURES:
            at_first, at_last = (soak.watch.around(name, figure, at_s) for at_s in (soak.settled_s, soak.ended_s))
            slope = soak.watch.slope_per_hour(name, figure, soak.settled_s)
            rows.append([f"{name}: {UNITS[figure]}", f"{at_first:,.1f}", f"{at_last:,.1f}",
                         f"{at_last - at_first:+,.1f}", f"{slope:+,.1f}"])  # fmt: skip
    yield from table(["", "settled", "at the end", "growth", "slope per hour"], rows)


def _deeds(seen: Seen) -> Iterator[str]:
    rows = [[what, f"{number:,}", f"{seen.unexpected[what]:,}"] for what, number in sorted(seen.answered.items())]
    yield from table(["what was done", "answers", "not as expected"], rows)
    if seen.late:
        yield f"\n{seen.late:,} deeds were due while nobody was free for them, and left out."
    for what, examples in seen.examples.items():
        yield from (f"- {what}: `{example}`" for example in examples)


def _grown(soak: Soak, name: str, figure: str) -> float:
    return soak.watch.around(name, figure, soak.ended_s) - soak.watch.around(name, figure, soak.settled_s)
