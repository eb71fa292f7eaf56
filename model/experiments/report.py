"""The experiments' report: one HTML page that needs nothing else, neither a server nor the network."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from model.dataset import FOLD_SEED, FOLDS
from model.experiments.algorithms import INSTALL, Algorithm
from model.experiments.bootstrap import RESAMPLES
from model.experiments.comparison import Comparison
from model.experiments.plots import deciles, plots
from model.ranges import COVERAGE
from model.segments import FEWEST_ROWS, Segment, segments

TEMPLATE = Path(__file__).with_name("report.html")
# What the segments are cut by, in words.
CUTS = {
    "price_eur": "Price, EUR",
    "age_years": "Age, years",
    "listings of the model": "Listings of the model",
    "fuel": "Fuel",
    "gearbox": "Gearbox",
    "offer_type": "Offer type",
    "price_kind": "Kind of price",
}


@dataclass(frozen=True)
class Row:
    """A part of the market: its name, its rows, and the figures of each algorithm there, ours first."""

    name: str
    rows: int
    segments: Sequence[Segment]

    def best(self, figure: str) -> float:
        return min(segment[figure][0] for segment in self.segments)


@dataclass(frozen=True)
class Cut:
    """One way to cut the market into parts."""

    by: str
    rows: Sequence[Row]


def render(comparisons: Sequence[Comparison], *, missing: Sequence[Algorithm], notes: Sequence[str], on: date) -> str:
    """The page about one or more sources, in which the same algorithms were compared on that day.

    missing are those that were not installed, notes what else a reader should know first.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE.parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["number"] = _number
    return environment.get_template(TEMPLATE.name).render(
        sources=[_source(comparison) for comparison in comparisons],
        algorithms=[outcome.algorithm for outcome in comparisons[0].outcomes],
        missing=missing,
        notes=notes,
        on=on,
        install=INSTALL,
        folds=FOLDS,
        fold_seed=FOLD_SEED,
        resamples=RESAMPLES,
        coverage=COVERAGE,
        fewest_rows=FEWEST_ROWS,
    )


def _source(comparison: Comparison) -> dict[str, Any]:
    dataset, others = comparison.dataset, comparison.outcomes[1:]
    days_ago = dataset.table["days_ago"]
    plots_by_part: dict[str, list] = {}
    for plot in plots(comparison):
        plots_by_part.setdefault(plot.part, []).append(plot)
    return {
        "dataset": dataset,
        "outcomes": comparison.outcomes,
        "leads": comparison.leads,
        "listed_from": dataset.market_date - timedelta(days=days_ago.max()),
        "listed_to": dataset.market_date - timedelta(days=days_ago.min()),
        "strongest": min(others, key=lambda outcome: outcome.evaluation.figures["mae_eur"], default=None),
        "cuts": _cuts(comparison),
        "deciles": list(zip(*deciles(comparison.ours.predicted_eur, comparison.price_eur), strict=True)),
        "plots": plots_by_part,
    }


def _cuts(comparison: Comparison) -> list[Cut]:
    """All algorithms price the same rows, so their segments are the same ones."""
    by_algorithm = [segments(comparison.dataset, outcome.evaluation) for outcome in comparison.outcomes]
    parts = zip(*by_algorithm, strict=True)
    return [
        Cut(CUTS[by], [Row(_name(same[0]), same[0]["rows"], same) for same in rows])
        for by, rows in groupby(parts, key=lambda same: same[0]["by"])
    ]


def _name(segment: Segment) -> str:
    """A segment in words, where its cut is said already: 5,000 to below 10,000."""
    if "word" in segment:
        return str(segment["word"]).replace("_", " ")
    low, high = segment["from"], segment["to"]
    if high is None:
        return f"{low:,} and more"
    return f"{low:,} to below {high:,}" if low else f"below {high:,}"


def _number(value: float, digits: int = 0) -> str:
    """1,234.5, with a real minus, and none before a zero."""
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "\N{MINUS SIGN}")
