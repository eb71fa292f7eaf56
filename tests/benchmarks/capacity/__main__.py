"""What to plan with: python -m tests.benchmarks.capacity [--quick]

Measures what one gateway and one MLServer cost by load, by size of batch and by size of table, and fills the tables of
docs/capacity.md; with --quick a copy in var/bench, and no figures to believe.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from local.commands import guarded
from local.console import Console
from local.runner import Runner
from local.settings import Settings
from local.stopping import StopRequest
from tests.benchmarks.capacity.measured import measure_batch, measure_crowd
from tests.benchmarks.capacity.page import filled
from tests.benchmarks.capacity.tables import price_by_wider_tables
from tests.benchmarks.own import own_settings, running
from tests.benchmarks.serving import contenders
from tests.benchmarks.serving.load import check_wrk
from tests.benchmarks.serving.market import train_version
from tests.benchmarks.serving.measure import provide_vehicles
from tests.benchmarks.serving.replies import wait_for_price

CLIENTS = (1, 2, 4, 8, 16, 32, 64, 96)
BATCHES = {10: 100, 100: 50, 1_000: 30, 10_000: 5, 100_000: 2}  # rows: how many times
SECONDS, QUICK_SECONDS = 8, 2
PAGE = "docs/capacity.md"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.capacity")
    parser.add_argument("--quick", action="store_true", help="whether all works, and no figures")
    options = parser.parse_args(arguments)
    return guarded(lambda settings, console, stop: _bench(options.quick, settings, console, stop))


def _bench(quick: bool, settings: Settings, console: Console, stop: StopRequest) -> None:
    check_wrk()
    console.expect(5)
    with tempfile.TemporaryDirectory(prefix="dealership-bench-") as folder:
        runner = Runner(own_settings(settings, Path(folder) / "var", GATEWAY_KEPT_PRICES="0"), console, stop)
        with console.step("A version") as step:
            version = train_version(runner)
            step.outcome = f"trained on {version.said}"
        vehicles = provide_vehicles(version, Path(folder))
        ours = contenders.make(contenders.OURS, 0, version, runner)
        with running(ours.services, console, stop):
            wait_for_price(ours, vehicles.cars[0], stop)
            bodies = vehicles.bodies(ours.wire)
            seconds = QUICK_SECONDS if quick else SECONDS
            with console.step("Crowds"):
                measure_crowd(ours, max(CLIENTS), seconds, bodies, runner)  # warm
                crowds = [measure_crowd(ours, clients, seconds, bodies, runner) for clients in CLIENTS]
            with console.step("Batches"):
                measure_batch(ours, 1_000, 1, vehicles.cars)
                batches = [measure_batch(ours, rows, times, vehicles.cars) for rows, times in BATCHES.items()]
        with console.step("Tables"):
            tables = price_by_wider_tables(version.table_file.read_text(encoding="utf-8"), vehicles.cars)
    page = settings.checkout / PAGE
    text = filled(page.read_text(encoding="utf-8"), crowds, batches, tables, version.said)
    out = settings.checkout / "var" / "bench" / page.name if quick else page
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    console.say(f"\n{text}\nIn {out}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
