"""What one gateway and one MLServer cost, by process."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.errors import CannotGoOn
from local.runner import Runner
from tests.benchmarks.serving.batches import run_batches
from tests.benchmarks.serving.contenders import Contender
from tests.benchmarks.serving.load import run_wrk
from tests.benchmarks.serving.processes import cpu_seconds
from tests.benchmarks.serving.wires import Car


@dataclass(frozen=True)
class Crowd:
    clients: int
    per_second: float
    p50_ms: float
    p99_ms: float
    gateway_ms: float  # of CPU, a price
    model_ms: float


@dataclass(frozen=True)
class Batch:
    rows: int
    rows_per_s: float
    gateway_us: float  # of CPU, a row
    model_us: float


def measure_crowd(ours: Contender, clients: int, seconds: int, bodies: Path, runner: Runner) -> Crowd:
    model, gateway = ours.services
    before = cpu_seconds([model]), cpu_seconds([gateway])
    load = run_wrk(ours.address, ours.path, bodies, clients=clients, seconds=seconds, start=0, runner=runner)
    if load.failed:
        raise CannotGoOn(f"{load.failed} requests of {clients} clients failed.")
    model_ms, gateway_ms = (
        (cpu_seconds([service]) - used_s) / load.requests * 1e3
        for service, used_s in zip((model, gateway), before, strict=True)
    )
    return Crowd(clients, load.requests_per_s, load.p50_ms, load.p99_ms, gateway_ms, model_ms)


def measure_batch(ours: Contender, rows: int, times: int, cars: Sequence[Car]) -> Batch:
    model, gateway = ours.services
    before = cpu_seconds([model]), cpu_seconds([gateway])
    batch = run_batches(ours, rows, times, cars)
    if batch.failed:
        raise CannotGoOn(f"{batch.failed} batches of {rows:,} rows failed.")
    model_us, gateway_us = (
        (cpu_seconds([service]) - used_s) / (rows * times) * 1e6
        for service, used_s in zip((model, gateway), before, strict=True)
    )
    return Batch(rows, batch.figures["rows_per_s"], gateway_us, model_us)
