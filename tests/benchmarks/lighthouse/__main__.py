"""Lighthouse on the valuation page, mobile profile: python -m tests.benchmarks.lighthouse [NODE]

On the empty form and on a valuation, each so many times against a real run; exits with 1 where a bar does not hold.
Lighthouse slows the processor down by a factor: on a machine that is busy, or slower than its benchmark index of 1,000,
performance is that of a phone that nobody has.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from statistics import median

from tests import product as products
from tests.product import Product

ROUNDS = 5
BARS = {"performance": 90, "accessibility": 100, "best-practices": 100}
FOLDER = Path(__file__).resolve().parent
CHROMIUM = "/usr/bin/chromium"
GOLF = {
    "make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "first_registration": "2019-05",
    "mileage_km": 84_000, "power_hp": 110, "asking_price_eur": 12_900, "keep": True,
}  # fmt: skip


def keep_valuation(address: str) -> str:
    request = urllib.request.Request(
        f"{address}/api/v1/valuations", json.dumps(GOLF).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)["id"]


def measure(address: str, node: str) -> bool:
    """Print what Lighthouse says of both pages; whether all bars hold."""
    pages = {"form": f"{address}/", "valuation": f"{address}/valuations/{keep_valuation(address)}"}
    ran = subprocess.run(
        [node, "measure.js", *(page for page in pages.values() for _ in range(ROUNDS))], cwd=FOLDER,
        env={**os.environ, "CHROMIUM": CHROMIUM}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    holds = True
    for name, page in pages.items():
        rounds = [each for each in told if each["address"] == page]
        scores = {key: median(each["scores"][key] for each in rounds) for key in BARS}
        figures = {key: median(each["figures"][key] for each in rounds) for key in rounds[0]["figures"]}
        print(f"{name}, median of {len(rounds)}: " + ", ".join(f"{key} {value:.0f}" for key, value in scores.items()))
        print("  " + ", ".join(f"{key} {value:,.2f}" if key == "cls" else f"{key} {value:,.0f}"
                               for key, value in figures.items())
              + f"; benchmark index {median(each['benchmark'] for each in rounds):.0f}")  # fmt: skip
        short = {key: value for key, value in scores.items() if value < BARS[key]}
        if short:
            holds = False
            print(f"  below the bar: {short}; audits: {sorted({audit for each in rounds for audit in each['failed']})}")
    return holds


def main(node: str = "node") -> int:
    up: Product | None = products.running(os.environ)
    if up is not None:
        return 0 if measure(up.address, node) else 1
    with tempfile.TemporaryDirectory() as folder:
        product = products.start(Path(folder) / "var")
        try:
            return 0 if measure(product.address, node) else 1
        finally:
            product.stop()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
