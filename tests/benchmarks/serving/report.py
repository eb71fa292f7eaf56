"""The results as Markdown."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.serving.bars import bars
from tests.benchmarks.serving.contenders import ABOUT, MOST_ROWS, OURS
from tests.benchmarks.serving.environments import versions
from tests.benchmarks.serving.results import (
    CPU_MS, P50_MS, P99_MS, PER_SECOND, ROWS_PER_CPU_S, ROWS_PER_S, Results, Work,
)  # fmt: skip

RATIOS = (
    ("requests/s, 1 client", Work("clients", 1), PER_SECOND),
    ("requests/s, 32 clients", Work("clients", 32), PER_SECOND),
    ("requests/s, 64 clients", Work("clients", 64), PER_SECOND),
    ("CPU a request, 1 client", Work("clients", 1), CPU_MS),
    ("CPU a request, 32 clients", Work("clients", 32), CPU_MS),
    ("CPU a request, 64 clients", Work("clients", 64), CPU_MS),
    ("rows per CPU s, 1,000", Work("rows", 1_000), ROWS_PER_CPU_S),
    ("rows per CPU s, 100,000", Work("rows", 100_000), ROWS_PER_CPU_S),
)


@dataclass(frozen=True)
class Setting:
    """What was measured how."""

    market: str
    seconds: int
    rounds: int
    off: Mapping[str, float]  # by how much each contender's prices are off those of its model at most, as a share


def markdown(results: Results, setting: Setting) -> str:
    return "\n".join([*_head(results, setting), *_bars(results), *_ratios(results), *_single_cars(results),
                      *_batches(results), *_invalid(results)]) + "\n"


def _head(results: Results, setting: Setting) -> Iterator[str]:
    yield "# Serving, compared\n"
    yield "Made by `make bench STEPS=peers`; every number here is of that one run.\n"
    yield f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} x {processor()}; Linux {platform.release()}.\n"
    yield f"All learnt from {setting.market}. Interleaved rounds: {setting.rounds}, of {setting.seconds} s a run;"
    yield "figures are the medians of the rounds, ratios those within a round. The load, distinct cars, comes from wrk"
    yield "on the same machine: compare within one run only. CPU is the user and system time of all of a contender's"
    yield "processes. Each has one worker, its threads as it comes, no line logged a request where that can be turned"
    yield "off; ours keeps no price, so that every request reaches the model server. All were warm, and each price was"
    yield "held to that of its own model in this process.\n"
    for name in results.contenders:
        yield f"- **{name}**: {ABOUT[name]} (prices off by at most {setting.off[name]:.4%})"
    yield "\nVersions, by environment:\n"
    for environment, found in versions().items():
        yield f"- {environment}: {', '.join(found)}"
    yield "\n![Requests a second, CPU, latency and batches of all contenders](peers.svg)"


def _bars(results: Results) -> Iterator[str]:
    if OURS not in results.contenders:
        return
    yield "\n## What is asked of ours\n"
    words = {True: "met", False: "NOT MET", None: "not measured"}
    rows = [[bar.what, bar.asked, "-" if bar.found is None else f"{bar.found:.2f}", words[bar.met]]
            for bar in bars(results)]  # fmt: skip
    yield from table(["ours, as a multiple of", "asked", "found", ""], rows)


def _single_cars(results: Results) -> Iterator[str]:
    yield "\n## Single cars, by keep-alive clients\n"
    rows = [
        [name, str(work.size), _cell(results, name, work, PER_SECOND, ",.0f"),
         _cell(results, name, work, P50_MS, ",.2f"), _cell(results, name, work, P99_MS, ",.2f"),
         _cell(results, name, work, CPU_MS, ",.3f")]
        for work in results.works("clients")
        for name in results.contenders
    ]  # fmt: skip
    yield from table(["contender", "clients", "requests/s", "p50 ms", "p99 ms", "CPU ms/request"], rows)


def _batches(results: Results) -> Iterator[str]:
    yield "\n## Batches\n"
    yield f"Ours takes a file of CSV of any size; the others are sent calls of at most {MOST_ROWS:,} rows. Ours answers"
    yield "with price, range, reasons, confidence and what is wrong of each row, the pipeline's servers with a price.\n"
    rows = [
        [name, f"{work.size:,}", _cell(results, name, work, ROWS_PER_CPU_S, ",.0f"),
         _cell(results, name, work, ROWS_PER_S, ",.0f")]
        for work in results.works("rows")
        for name in results.contenders
    ]  # fmt: skip
    yield from table(["contender", "rows", "rows per CPU second", "rows/s"], rows)


def _ratios(results: Results) -> Iterator[str]:
    others = [name for name in results.contenders if name != OURS]
    if OURS not in results.contenders or not others:
        return
    yield "\n## Ours, as a multiple of each\n"
    yield "More is better but for CPU a request.\n"
    rows = []
    for other in others:
        ratios = [results.ratio(OURS, other, work, figure) for _, work, figure in RATIOS]
        rows.append([other, *("-" if ratio is None else f"{ratio:.2f}" for ratio in ratios)])
    yield from table(["", *(title for title, *_ in RATIOS)], rows)


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


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Aligned, so that it reads well on a terminal too: the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for number, row in enumerate([head, *rows]):
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        cells[0] = row[0].ljust(widths[0])
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            rule = ("-" * (width + 1) + (":" if place else "-") for place, width in enumerate(widths))
            yield f"|{'|'.join(rule)}|"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()
