"""The tables of docs/capacity.md, each between its marks, which the page's text stands around."""

import math
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.benchmarks.capacity.measured import Batch, Crowd
from tests.benchmarks.capacity.tables import Priced
from tests.benchmarks.serving.report import processor, table

# Of the most that was measured, at most: the rest is for what comes in bursts, and for a replica that is gone.
UTILISATION = 0.6
RATES = (1_000, 100_000)


def filled(page: str, crowds: Sequence[Crowd], batches: Sequence[Batch], tables: Sequence[Priced], market: str) -> str:
    """The page with its tables replaced. Raises ValueError where it has not all the marks."""
    measured = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} x {processor()}, {market}."
    for name, lines in {
        "measured": [measured],
        "crowds": _crowds(crowds),
        "batches": _batches(batches),
        "tables": _tables(tables),
        "replicas": _replicas(crowds, batches),
    }.items():
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not marks.search(page):
            raise ValueError(f"docs/capacity.md has no place for {name}")
        text = "\n".join(lines) + "\n"
        page = marks.sub(lambda found: found[1] + text + found[2], page)
    return page


def _crowds(crowds: Sequence[Crowd]) -> list[str]:
    rows = [[str(each.clients), f"{each.per_second:,.0f}", f"{each.p50_ms:.1f}", f"{each.p99_ms:.1f}",
             f"{each.gateway_ms:.2f}", f"{each.model_ms:.2f}", f"{1_000 / each.gateway_ms:,.0f}",
             f"{1_000 / each.model_ms:,.0f}"] for each in crowds]  # fmt: skip
    return list(table(["clients", "prices/s", "p50 ms", "p99 ms", "gateway CPU ms", "MLServer CPU ms",
                       "prices a gateway core", "prices an MLServer core"], rows))  # fmt: skip


def _batches(batches: Sequence[Batch]) -> list[str]:
    rows = [[f"{each.rows:,}", f"{each.rows_per_s:,.0f}", f"{each.gateway_us:.1f}", f"{each.model_us:.1f}",
             f"{1e6 / (each.gateway_us + each.model_us):,.0f}"] for each in batches]  # fmt: skip
    return list(table(["rows", "rows/s", "gateway CPU us a row", "MLServer CPU us a row", "rows a CPU second"], rows))


def _tables(tables: Sequence[Priced]) -> list[str]:
    rows = [[f"{each.models:,}", f"{each.megabytes:.1f}", f"{each.load_s:.2f}", f"{each.alone_us:.1f}",
             f"{each.batch_us:.2f}"] for each in tables]  # fmt: skip
    return list(table(["models", "table MB", "CPU s to load", "CPU us a car alone", "CPU us a row of 2,500"], rows))


def _replicas(crowds: Sequence[Crowd], batches: Sequence[Batch]) -> list[str]:
    most = {
        "valuations a second, one by one": max(each.per_second for each in crowds),
        "a second, in files": max(each.rows_per_s for each in batches),
    }
    rows = [[f"{rate:,} {what}", f"{per_s:,.0f}", *_counts(rate, per_s)] for rate in RATES
            for what, per_s in most.items()]  # fmt: skip
    return list(table(["", "one pair at most", "gateways", "MLServers", "cores in all"], rows))


def _counts(rate: int, per_s: float) -> list[str]:
    """Gateways and MLServers one to one, as they were measured."""
    pairs = math.ceil(rate / (UTILISATION * per_s))
    return [f"{pairs:,}", f"{pairs:,}", f"{2 * pairs:,}"]
