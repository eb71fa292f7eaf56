"""The rounds: each contender in turn at each number of clients, then at each size of batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from local.console import Step
from local.runner import Runner
from tests.benchmarks.serving.batches import run_batches
from tests.benchmarks.serving.contenders import PIPELINE, Contender
from tests.benchmarks.serving.load import run_wrk
from tests.benchmarks.serving.market import Version
from tests.benchmarks.serving.processes import cpu_seconds
from tests.benchmarks.serving.references import right_prices
from tests.benchmarks.serving.replies import check_prices, check_right, wait_for_price
from tests.benchmarks.serving.results import CPU_MS, P50_MS, P99_MS, PER_SECOND, Results, Run, Work
from tests.benchmarks.serving.vehicles import make_vehicles
from tests.benchmarks.serving.wires import Car, Wire

CLIENTS = (1, 8, 32, 64)
BATCHES = {1_000: 20, 100_000: 1}  # rows: how many batches a run; CPU time is told in steps of 10 ms
VEHICLES = 100_000
ALONE = 20_000  # of them, in runs of single cars
CHECKED = 200
WARM_UP_SECONDS = 2
# Lines by which a run begins after the one before, so that rounds do not repeat each other.
STRIDE = 7_919


@dataclass(frozen=True)
class Vehicles:
    """Distinct cars; a folder for the first ALONE of them as bodies of each wire."""

    cars: Sequence[Car]
    folder: Path

    def bodies(self, wire: Wire) -> Path:
        file = self.folder / f"bodies-{id(wire)}.jsonl"
        if not file.exists():
            file.write_text("".join(f"{wire.one(car)}\n" for car in self.cars[:ALONE]), encoding="utf-8")
        return file


def provide_vehicles(version: Version, folder: Path) -> Vehicles:
    return Vehicles(make_vehicles(version.card, VEHICLES), folder)


def warm_up(contenders: Sequence[Contender], vehicles: Vehicles, version: Version, runner: Runner) -> dict[str, float]:
    """Let each serve for a while, and hold its prices to those of its model; how far each is off at most, as a share.

    Raises CannotGoOn where one answers with anything but right prices.
    """
    rows = min(BATCHES)
    cars = vehicles.cars[:rows]
    right = right_prices(cars, version.table_file, runner.settings.var / PIPELINE)
    off = {}
    for contender in contenders:
        runner.stop.check()
        runner.console.detail(contender.name)
        wait_for_price(contender, cars[0], runner.stop)
        alone = check_prices(contender, cars[:CHECKED], right[contender.model][:CHECKED])
        run_wrk(contender.address, contender.path, vehicles.bodies(contender.wire), clients=max(CLIENTS),
                seconds=WARM_UP_SECONDS, start=0, runner=runner, token=contender.token_of_one)
        together = check_right(contender, run_batches(contender, rows, 1, cars).prices, right[contender.model])
        off[contender.name] = max(alone, together)
    return off


class Measurement:
    def __init__(self, contenders: Sequence[Contender], vehicles: Vehicles, seconds: int, runner: Runner) -> None:
        self.results = Results([contender.name for contender in contenders])
        self._contenders = contenders
        self._vehicles = vehicles
        self._seconds = seconds
        self._runner = runner

    def run_round(self, number: int, step: Step) -> None:
        """Raises CannotGoOn where a contender ends or answers nothing, Stopped when asked to stop."""
        # In an order of each round's own: none always follows the same one.
        contenders = Random(number).sample(self._contenders, len(self._contenders))
        before = len(self.results.invalid)
        for clients in CLIENTS:
            for contender in contenders:
                self._runner.console.detail(f"{contender.name}, {clients} clients")
                self.results.add(self._run_clients(contender, clients, number))
        for rows in BATCHES:
            for contender in contenders:
                self._runner.console.detail(f"{contender.name}, batches of {rows:,}")
                self.results.add(self._run_batch(contender, rows, number))
        invalid = len(self.results.invalid) - before
        step.outcome = f"{invalid} INVALID RUNS" if invalid else "all runs valid"

    def _run_clients(self, contender: Contender, clients: int, number: int) -> Run:
        start = len(self.results.runs) * STRIDE % ALONE
        before = cpu_seconds(contender.services)
        load = run_wrk(contender.address, contender.path, self._vehicles.bodies(contender.wire), clients=clients,
                       seconds=self._seconds, start=start, runner=self._runner, token=contender.token_of_one)
        cpu_s = cpu_seconds(contender.services) - before
        figures = {
            CPU_MS: cpu_s / max(load.requests, 1) * 1e3,
            PER_SECOND: load.requests_per_s,
            P50_MS: load.p50_ms,
            P99_MS: load.p99_ms,
        }
        return Run(contender.name, Work("clients", clients), number, load.failed, figures)

    def _run_batch(self, contender: Contender, rows: int, number: int) -> Run:
        self._runner.stop.check()
        batch = run_batches(contender, rows, BATCHES[rows], self._vehicles.cars)
        return Run(contender.name, Work("rows", rows), number, batch.failed, batch.figures)
