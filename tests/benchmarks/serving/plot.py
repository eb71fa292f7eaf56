"""The results as one SVG: what single cars get at each number of clients, and what batches cost."""

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator, ScalarFormatter

from tests.benchmarks.serving.contenders import OURS
from tests.benchmarks.serving.results import CPU_MS, P50_MS, P99_MS, PER_SECOND, ROWS_PER_CPU_S, Results

SIZE_INCHES = (11, 14)
COLOURS = matplotlib.color_sequences["tab20"]
LINES = (
    (PER_SECOND, "Requests/s (more is better)"),
    (CPU_MS, "CPU a request, ms (less is better)"),
    (P50_MS, "p50 latency, ms (less is better)"),
    (P99_MS, "p99 latency, ms (less is better)"),
)


def save_plot(results: Results, file: Path) -> None:
    matplotlib.rcParams["svg.fonttype"] = "none"  # text as text: small, and to be searched
    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    grid = figure.add_gridspec(3, 2, height_ratios=(1, 1, 1.6))
    for number, (name, title) in enumerate(LINES):
        _draw_lines(figure.add_subplot(grid[number // 2, number % 2]), results, name, title)
    last = figure.add_subplot(grid[2, :])
    _draw_batches(last, results)
    figure.legend(*last.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(file, format="svg")


def _draw_lines(axes: Axes, results: Results, name: str, title: str) -> None:
    works = results.works("clients")
    for contender in results.contenders:
        values = [results.median(contender, work, name) for work in works]
        known = [(work.size, value) for work, value in zip(works, values, strict=True) if value is not None]
        if known:
            axes.plot(*zip(*known, strict=True), marker="o", label=contender, **_look(results, contender))
    axes.set(xscale="log", yscale="log", title=title, xlabel="Keep-alive clients")
    axes.set_xticks([work.size for work in works], labels=[str(work.size) for work in works])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.3)


def _draw_batches(axes: Axes, results: Results) -> None:
    works = results.works("rows")
    height = 0.8 / len(results.contenders)
    for number, contender in enumerate(results.contenders):
        values = [results.median(contender, work, ROWS_PER_CPU_S) or 0.0 for work in works]
        places = [place + number * height for place in range(len(works))]
        bars = axes.barh(places, values, height, label=contender, **_look(results, contender))
        axes.bar_label(bars, fmt="{:,.0f}", padding=3)
    middle = height * (len(results.contenders) - 1) / 2
    axes.set_yticks([place + middle for place in range(len(works))], labels=[f"{work.size:,} rows" for work in works])
    axes.set(title="Rows per CPU second (more is better)")
    axes.margins(x=0.15)
    axes.invert_yaxis()


def _look(results: Results, contender: str) -> dict[str, Any]:
    """Ours stands out."""
    number = results.contenders.index(contender)
    return {"color": "black" if contender == OURS else COLOURS[number % len(COLOURS)]}
