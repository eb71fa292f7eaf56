"""What fitting and pricing cost: CPU of a fit, of a car alone, and of 100,000 at once.

Run by hand:  python tests/benchmarks/scorer.py [listings.csv [market date]]
Without a file the table is fitted on the demo market. The bars: 30 s a fit,
30 us a row alone (best of 5), 0.3 s for 100,000, 5 MB of table.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from model.compiling import compile_table
from model.dataset import Dataset, Source, read_dataset
from model.demo_market import write_demo_market
from model.evaluation import model_numbers
from model.fitting import chunks_of, fit
from model.ranges import Errors, calibrate
from model.schema.features import FEATURES
from model.schema.vehicle import Vehicle
from model.scorer import Scorer

REPEATS = 5
ALONE = 5_000
TOGETHER = 100_000


def main(arguments: list[str]) -> None:
    dataset = read(arguments)
    start = time.process_time()
    fitted = fit(chunks_of(dataset.table))
    print(f"a fit on {len(dataset.table):,} rows: {time.process_time() - start:.1f} s of CPU (bar 30)")
    # The range costs the same whatever its width: that of the fit's own errors will do.
    log_price = fitted.log_price(dataset.features)
    model = model_numbers(dataset.table)
    errors = Errors(
        np.log(dataset.price_eur) - log_price, np.bincount(model)[model], model,
        dataset.table["age_years"].to_numpy(), np.exp(log_price),
    )  # fmt: skip
    table = compile_table(fitted, calibrate(errors))
    scorer = Scorer(table)
    rows = np.random.default_rng(0).integers(0, len(dataset.table), TOGETHER)
    columns = {feature.name: dataset.features[feature.name].to_numpy()[rows] for feature in FEATURES}
    values = [columns[feature.name][:ALONE].tolist() for feature in FEATURES]
    cars = [Vehicle(*car) for car in zip(*values, strict=True)]

    alone = best_cpu_seconds(lambda: [scorer.score_one(car) for car in cars]) / ALONE
    together = best_cpu_seconds(lambda: scorer.score(columns))
    print(f"{dataset.source}: {len(table.models):,} models, {len(table.to_json()):,} bytes of table")
    print(f"a row alone:  {alone * 1e6:.1f} us of CPU (best of {REPEATS}; bar 30)")
    print(f"{TOGETHER:,} rows: {together:.3f} s of CPU (best of {REPEATS}; bar 0.3)")


def read(arguments: list[str]) -> Dataset:
    if arguments:
        market_date = date.fromisoformat(arguments[1]) if len(arguments) > 1 else None
        return read_dataset([Source(Path(arguments[0]), market_date)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo-market.csv"
        write_demo_market(path, market_date=date(2026, 7, 1))
        return read_dataset([Source(path)], synthetic=True)


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
