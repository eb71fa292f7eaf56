"""The results as Markdown."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.serving.batches import MOST_ROWS
from tests.benchmarks.serving.contenders import ABOUT, OURS
from tests.benchmarks.serving.results import (
    CPU_MS, P50_MS, P99_MS, PER_SECOND, READING_TOO, ROWS_PER_CPU_S, WALL_S, Results, Work,
)  # fmt: skip

PACKAGES = ("fastapi", "uvicorn", "httptools", "uvloop", "pydantic", "scikit-learn", "pandas", "numpy", "joblib",
            "onnxruntime", "orjson")  # fmt: skip
# The figures by which ours is judged, each with what is better.
RATIOS = (
    ("requests/s at 32 clients", Work("clients", 32), PER_SECOND, "more"),
    ("requests/s at 64 clients", Work("clients", 64), PER_SECOND, "more"),
    ("CPU a request at 1 client", Work("clients", 1), CPU_MS, "less"),
    ("p50 at 1 client", Work("clients", 1), P50_MS, "less"),
    ("rows per CPU second, batch of 100,000", Work("rows", 100_000), ROWS_PER_CPU_S, "more"),
    ("the same, our reading and checking of JSON counted", Work("rows", 100_000), READING_TOO, "more"),
)


@dataclass(frozen=True)
class Setting:
    """What was measured how."""

    market: str
    seconds: int
    rounds: int
    distances_percent: Mapping[str, float]  # of each contender's prices from the first one's


def markdown(results: Results, setting: Setting) -> str:
    return "\n".join([*_head(results, setting), *_single_cars(results), *_batches(results), *_ratios(results),
                      *_invalid(results)]) + "\n"


def _head(results: Results, setting: Setting) -> Iterator[str]:
    yield "# Serving, compared\n"
    yield f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} x {_processor()};"
    yield f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in PACKAGES) + ".\n"
    yield f"All learnt from {setting.market}. Interleaved rounds: {setting.rounds}, of {setting.seconds} s a run;"
    yield "figures are the medians of the rounds. The load, distinct cars, comes from wrk on the same machine: compare"
    yield "within one run only. CPU is the user and system time of all of a contender's processes.\n"
    first = results.contenders[0]
    for name in results.contenders:
        distance = setting.distances_percent[name]
        apart = "" if name == first else f" (its prices are {distance:.1f}% from those of {first}, in the median)"
        yield f"- **{name}**: {ABOUT[name]}{apart}"


def _single_cars(results: Results) -> Iterator[str]:
    yield "\n## Single cars, by keep-alive clients\n"
    rows = [
        [name, str(work.size), _cell(results, name, work, PER_SECOND, ",.0f"),
         _cell(results, name, work, P50_MS, ",.2f"), _cell(results, name, work, P99_MS, ",.2f"),
         _cell(results, name, work, CPU_MS, ",.3f")]
        for work in results.works("clients")
        for name in results.contenders
    ]  # fmt: skip
    yield from _table(["contender", "clients", "requests/s", "p50 ms", "p99 ms", "CPU ms/request"], rows)


def _batches(results: Results) -> Iterator[str]:
    yield f"\n## Batches, in calls of at most {MOST_ROWS:,} rows\n"
    rows = []
    for work in results.works("rows"):
        for name in results.contenders:
            wall = _cell(results, name, work, WALL_S, ",.3f")
            rows.append([name, f"{work.size:,}", _cell(results, name, work, ROWS_PER_CPU_S, ",.0f"), wall])
            if name == OURS:
                cell = _cell(results, name, work, READING_TOO, ",.0f")
                rows.append([f"{name}, reading counted", f"{work.size:,}", cell, ""])
    yield from _table(["contender", "rows", "rows per CPU second", "seconds"], rows)
    if OURS in results.contenders:
        yield "\nOurs is the gateway's client, which encodes and decodes, and the model server. It is given vehicles;"
        yield '"reading counted" adds what reading and checking them costs, from the JSON that the others are sent.'


def _ratios(results: Results) -> Iterator[str]:
    others = [name for name in results.contenders if name != OURS]
    if OURS not in results.contenders or not others:
        return
    yield "\n## Ours, as a multiple of each\n"
    rows = []
    for title, work, figure, better in RATIOS:
        ratios = [results.ratio(OURS, other, work, figure) for other in others]
        rows.append([f"{title} ({better} is better)", *("-" if ratio is None else f"{ratio:.2f}" for ratio in ratios)])
    yield from _table(["", *(f"ours / {other}" for other in others)], rows)


def _invalid(results: Results) -> Iterator[str]:
    if not results.invalid:
        return
    yield "\n## INVALID RUNS, left out above\n"
    for run in results.invalid:
        yield (f"- **{run.contender}, {run.work.size:,} {run.work.kind}, round {run.round}: {run.failed:,} requests "
               "failed**")


def _cell(results: Results, name: str, work: Work, figure: str, form: str) -> str:
    value = results.median(name, work, figure)
    return "INVALID" if value is None else format(value, form)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Aligned, so that it reads well on a terminal too: the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for number, row in enumerate([head, *rows]):
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        cells[0] = row[0].ljust(widths[0])
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            rule = ("-" * (width + 1) + (":" if place else "-") for place, width in enumerate(widths))
            yield f"|{'|'.join(rule)}|"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()
