"""How the fit's time and memory grow with its rows: `python tests/benchmarks/fit_scale.py [MILLIONS ...]`.

Each size is fitted in a process of its own on generated listings, which are made chunk by chunk and never kept: a demo
market's cars, drawn again with other mileages and prices. Prints CPU seconds per million rows and the peak memory.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from model.dataset import Source, read_dataset
from model.demo_market import write_demo_market
from model.fitting import ROWS_PER_CHUNK, fit

MILLIONS = (0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True)
class Generated:
    """A chunk of listings that is made when it is asked for, the same each time."""

    cars: pd.DataFrame
    seed: int
    rows: int

    def __call__(self) -> pd.DataFrame:
        rng = np.random.default_rng(self.seed)
        listings = self.cars.iloc[rng.integers(len(self.cars), size=self.rows)].reset_index(drop=True)
        listings["mileage_km"] = np.rint(listings["mileage_km"] * np.exp(rng.normal(0, 0.2, self.rows)))
        listings["price_eur"] = np.rint(listings["price_eur"] * np.exp(rng.normal(0, 0.1, self.rows)))
        return listings


def measure(millions: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "market.csv"
        write_demo_market(file, market_date=date(2026, 7, 1))
        cars = read_dataset([Source(file)]).table
    count = max(round(millions * 1e6 / ROWS_PER_CHUNK), 1)
    chunks = [Generated(cars, seed, ROWS_PER_CHUNK) for seed in range(count)]
    generating = time.process_time()
    chunks[0]()
    generating = time.process_time() - generating
    start = time.process_time()
    fitted = fit(chunks)
    seconds = time.process_time() - start
    return {
        "million_rows": count * ROWS_PER_CHUNK / 1e6,
        "cpu_seconds": seconds,
        "of_them_generating": 4 * generating * count,
        "coefficients": len(fitted.coefficients),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(float(sys.argv[2]))))
        return
    print(f"{'rows':>12} {'CPU s':>8} {'s/million':>10} {'generating s':>13} {'peak MB':>8}")
    for millions in map(float, sys.argv[1:]) if sys.argv[1:] else MILLIONS:
        command = [sys.executable, __file__, "--one", str(millions)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        rows, seconds = found["million_rows"], found["cpu_seconds"]
        print(
            f"{rows * 1e6:12,.0f} {seconds:8.1f} {seconds / rows:10.1f} {found['of_them_generating']:13.1f} "
            f"{found['peak_megabytes']:8.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
