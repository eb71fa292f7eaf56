"""The rounds: each contender in turn at each number of clients, then at each size of batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.console import Step
from local.runner import Runner
from tests.benchmarks.serving.batches import run_batches
from tests.benchmarks.serving.contenders import Contender
from tests.benchmarks.serving.load import run_wrk
from tests.benchmarks.serving.market import Version
from tests.benchmarks.serving.processes import cpu_seconds
from tests.benchmarks.serving.replies import median_distance_percent, prices_eur, wait_for_price
from tests.benchmarks.serving.results import CPU_MS, P50_MS, P99_MS, PER_SECOND, Results, Run, Work
from tests.benchmarks.serving.vehicles import write_vehicles

CLIENTS = (1, 8, 32, 64)
BATCHES = {1_000: 30, 100_000: 1}  # rows: how many batches a run; CPU time is told in steps of 10 ms
VEHICLES = 100_000
ALONE = 20_000  # of them, in runs of single cars
CHECKED = 200
WARM_UP_SECONDS = 1
# Lines by which a run begins after the one before, so that rounds do not repeat each other.
STRIDE = 7_919


@dataclass(frozen=True)
class Vehicles:
    """Distinct cars as bodies of POST /valuations: all in a file and as its lines, and a file of the first ALONE."""

    lines: Sequence[str]
    file: Path
    alone: Path


def make_vehicles(version: Version, folder: Path) -> Vehicles:
    file, alone = folder / "vehicles.jsonl", folder / "vehicles-alone.jsonl"
    lines = write_vehicles(version.card, VEHICLES, file)
    alone.write_text("\n".join(lines[:ALONE]) + "\n", encoding="utf-8")
    return Vehicles(lines, file, alone)


def warm_up(contenders: Sequence[Contender], vehicles: Vehicles, version: Version, runner: Runner) -> dict[str, float]:
    """Let each serve for a while. How far each one's prices are from the first one's, in the median, per cent."""
    for contender in contenders:
        wait_for_price(contender, vehicles.lines[0], runner.stop)
    prices = {each.name: prices_eur(each, vehicles.lines[:CHECKED]) for each in contenders}
    for contender in contenders:
        runner.stop.check()
        run_wrk(contender.address, contender.path, vehicles.alone, clients=max(CLIENTS), seconds=WARM_UP_SECONDS,
                start=0, runner=runner)
        run_batches(contender, min(BATCHES), 1, vehicles.lines, version, vehicles.file, runner)
    first = prices[contenders[0].name]
    return {name: median_distance_percent(found, first) for name, found in prices.items()}


class Measurement:
    def __init__(
        self, contenders: Sequence[Contender], vehicles: Vehicles, version: Version, seconds: int, runner: Runner
    ) -> None:
        self.results = Results([contender.name for contender in contenders])
        self._contenders = contenders
        self._vehicles = vehicles
        self._version = version
        self._seconds = seconds
        self._runner = runner

    def run_round(self, number: int, step: Step) -> None:
        """Raises CannotGoOn where a contender ends or answers nothing, Stopped when asked to stop."""
        # Another one begins each round: none always follows the same one.
        shift = (number - 1) % len(self._contenders)
        contenders = [*self._contenders[shift:], *self._contenders[:shift]]
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
        load = run_wrk(contender.address, contender.path, self._vehicles.alone, clients=clients,
                       seconds=self._seconds, start=start, runner=self._runner)
        cpu_s = cpu_seconds(contender.services) - before
        figures = {
            CPU_MS: cpu_s / load.requests * 1e3,
            PER_SECOND: load.requests_per_s,
            P50_MS: load.p50_ms,
            P99_MS: load.p99_ms,
        }
        return Run(contender.name, Work("clients", clients), number, load.failed, figures)

    def _run_batch(self, contender: Contender, rows: int, number: int) -> Run:
        self._runner.stop.check()
        failed, figures = run_batches(contender, rows, BATCHES[rows], self._vehicles.lines, self._version,
                                      self._vehicles.file, self._runner)
        return Run(contender.name, Work("rows", rows), number, failed, figures)
