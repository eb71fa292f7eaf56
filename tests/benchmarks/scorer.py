"""What pricing costs: microseconds of CPU for a car alone, and seconds of CPU for 100,000 at once.

Run by hand:  python tests/benchmarks/scorer.py [listings.csv [market date]]
Without a file the table is fitted on the demo market. The bars: 30 us a row alone (best of 5), 0.5 s for 100,000.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from model.dataset import Dataset, read_dataset
from model.demo_market import write_demo_market
from model.fitting import compile_table, fit
from model.schema.features import FEATURES
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from model.table import RangeStep

REPEATS = 5
ALONE = 5_000
TOGETHER = 100_000


def main(arguments: list[str]) -> None:
    dataset = read(arguments)
    table = compile_table(fit(dataset.features, dataset.price_eur), dataset.features, (RangeStep(1, -0.2, 0.2),))
    scorer = Scorer(table)
    rows = np.random.default_rng(0).integers(0, len(dataset.table), TOGETHER)
    columns = {feature.name: dataset.features[feature.name].to_numpy()[rows] for feature in FEATURES}
    values = [columns[feature.name][:ALONE].tolist() for feature in FEATURES]
    cars = [Vehicle(*car) for car in zip(*values, strict=True)]

    alone = best_cpu_seconds(lambda: [scorer.score_one(car) for car in cars]) / ALONE
    together = best_cpu_seconds(lambda: scorer.score(columns))
    print(f"{dataset.source}: {len(table.models):,} models, {len(table.to_json()):,} bytes of table")
    print(f"a row alone:  {alone * 1e6:.1f} us of CPU (best of {REPEATS}; bar 30)")
    print(f"{TOGETHER:,} rows: {together:.3f} s of CPU (best of {REPEATS}; bar 0.5)")


def read(arguments: list[str]) -> Dataset:
    if arguments:
        return read_dataset(Path(arguments[0]), date.fromisoformat(arguments[1]) if len(arguments) > 1 else None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo-market.csv"
        write_demo_market(path, market_date=date(2026, 7, 1))
        return read_dataset(path, synthetic=True)


def best_cpu_seconds(work: Callable[[], object]) -> float:
    """The CPU time of the whole process, threads of numpy included."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


if __name__ == "__main__":
    main(sys.argv[1:])
