"""What a batch costs: python -m tests.benchmarks.batch [ROWS]

Starts the model server and the gateway, sends a CSV of so many cars through POST /valuations/batch, and the same cars
straight to the model server in V2 calls of the same size: what that costs the model server is what a batch cannot do
without. Exits with 1 where a bar does not hold.
"""

import csv
import dataclasses
import http.client
import io
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median

import psutil

from gateway.inference.client import PATH as INFER_PATH
from gateway.inference.codec import encode
from gateway.services.batch_rows import ROWS_A_CALL
from local import servers
from local.commands import guarded
from local.console import Console
from local.errors import CannotGoOn
from local.run import prepare_database
from local.runner import Runner
from local.service import Service
from local.settings import LOOPBACK, Settings
from local.stopping import StopRequest
from model.schema.vehicle import Vehicle, parse_vehicle
from tests.benchmarks import own
from tests.benchmarks.serving.market import train_version
from tests.benchmarks.serving.processes import cpu_seconds
from tests.benchmarks.serving.vehicles import make_vehicles

ROWS = 100_000
ROUNDS = 3
MOST_TIMES_THE_MODEL = 4.0
MOST_GROWTH_MB = 100.0
MB = 1_000_000
WITHIN_S = 300.0
PIECE_BYTES = 65_536
LOOK_EVERY_S = 0.02
PAUSE_S = 0.1


@dataclasses.dataclass(frozen=True)
class Figures:
    """Of one round: seconds of CPU and of the clock, and by how much the gateway's memory grew."""

    model_alone_s: float
    model_s: float
    gateway_s: float
    wall_s: float
    growth_mb: float

    @property
    def times_the_model(self) -> float:
        return (self.model_s + self.gateway_s) / self.model_alone_s


def main(arguments: Sequence[str]) -> int:
    rows = int(arguments[0]) if arguments else ROWS
    return guarded(lambda settings, console, stop: _bench(rows, settings, console, stop))


def _bench(rows: int, settings: Settings, console: Console, stop: StopRequest) -> None:
    console.expect(3 + ROUNDS)
    with tempfile.TemporaryDirectory(prefix="dealership-bench-") as folder:
        settings = own.own_settings(settings, Path(folder) / "var")
        runner = Runner(settings, console, stop)
        with console.step("A version") as step:
            version = train_version(runner)
            step.outcome = f"trained on {version.said}"
        with console.step("Cars"):
            cars = make_vehicles(version.card, rows)
            bodies = _v2_bodies(cars)
            text = _csv(cars)
        prepare_database(runner)
        token = own.token(runner, "valuations")
        services = servers.champion_and_gateway(settings)
        with own.running(services, console, stop):
            while _post(settings, token, _csv(cars[:100]))[-1].startswith("# summary,rows=100,priced=0"):
                stop.check()  # the gateway is ready before it has seen the model server
                time.sleep(PAUSE_S)
            _post(settings, token, text)  # what a first batch makes warm is not what a batch costs
            rounds = []
            for number in range(1, ROUNDS + 1):
                with console.step(f"Round {number}") as step:
                    stop.check()
                    rounds.append(_round(settings, token, text, rows, bodies, services))
                    step.outcome = f"{rows / rounds[-1].wall_s:,.0f} rows/s"
    _report(rows, rounds, console)


def _csv(cars: Sequence[dict]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(cars[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(cars)
    return text.getvalue().encode()


def _v2_bodies(cars: Sequence[dict]) -> list[bytes]:
    vehicles: list[Vehicle] = [parse_vehicle(car, date.fromisoformat(car["as_of"])) for car in cars]
    return [encode(vehicles[start: start + ROWS_A_CALL]) for start in range(0, len(vehicles), ROWS_A_CALL)]


def _round(
    settings: Settings, token: str, text: bytes, rows: int, bodies: Sequence[bytes], services: Sequence[Service]
) -> Figures:
    model, gateway = services
    before = cpu_seconds([model])
    _ask_the_model(settings, bodies)
    alone_s = cpu_seconds([model]) - before
    model_before, gateway_before, began_s = cpu_seconds([model]), cpu_seconds([gateway]), time.monotonic()
    with _memory(gateway) as grown:
        lines = _post(settings, token, text)
    wall_s = time.monotonic() - began_s
    if len(lines) != rows + 2 or not lines[-1].startswith(f"# summary,rows={rows},priced={rows},failed=0,"):
        raise CannotGoOn(f"Not all of the rows were priced: {lines[-1]}")
    return Figures(
        alone_s, cpu_seconds([model]) - model_before, cpu_seconds([gateway]) - gateway_before, wall_s, grown[0] / MB
    )


def _ask_the_model(settings: Settings, bodies: Sequence[bytes]) -> None:
    connection = http.client.HTTPConnection(LOOPBACK, settings.ports.model_rest, timeout=WITHIN_S)
    for body in bodies:
        connection.request("POST", INFER_PATH, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != 200 or not response.read():
            raise CannotGoOn(f"The model server answered {response.status}.")
    connection.close()


def _post(settings: Settings, token: str, text: bytes) -> list[str]:
    """The lines of the answer."""
    connection = http.client.HTTPConnection(LOOPBACK, settings.ports.gateway, timeout=WITHIN_S)
    headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {token}"}
    connection.request("POST", "/api/v1/valuations/batch", text, headers)
    response = connection.getresponse()
    answer = bytearray()
    while piece := response.read(PIECE_BYTES):
        answer += piece
    connection.close()
    if response.status != 200:
        raise CannotGoOn(f"The gateway answered {response.status}: {bytes(answer[:500])!r}")
    return answer.decode().splitlines()


@contextmanager
def _memory(service: Service) -> Iterator[list[int]]:
    """The bytes by which a service's processes grow at most meanwhile."""
    assert service.process is not None, "it was started"
    parent = psutil.Process(service.process.pid)
    processes = [parent, *parent.children(recursive=True)]
    before = sum(each.memory_info().rss for each in processes)
    grown, done = [0], threading.Event()

    def look() -> None:
        while not done.wait(LOOK_EVERY_S):
            grown[0] = max(grown[0], sum(each.memory_info().rss for each in processes) - before)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield grown
    finally:
        done.set()
        watching.join()


def _report(rows: int, rounds: Sequence[Figures], console: Console) -> None:
    def of(name: str) -> float:
        return median(getattr(figures, name) for figures in rounds)

    growth_mb = max(figures.growth_mb for figures in rounds)
    cpu_s = of("model_s") + of("gateway_s")
    console.say(
        f"\n{rows:,} rows of CSV, calls of {ROWS_A_CALL:,}, the median of {len(rounds)} rounds\n"
        f"  rows/s                                  {rows / of('wall_s'):>10,.0f}\n"
        f"  rows a CPU second, both                 {rows / cpu_s:>10,.0f}\n"
        f"  CPU of the gateway, us a row            {of('gateway_s') / rows * 1e6:>10.2f}\n"
        f"  CPU of the model server, us a row       {of('model_s') / rows * 1e6:>10.2f}\n"
        f"  the same without the gateway            {of('model_alone_s') / rows * 1e6:>10.2f}\n"
        f"  both / the model server alone           {of('times_the_model'):>10.2f}   at most {MOST_TIMES_THE_MODEL}\n"
        f"  the gateway's memory grew by MB         {growth_mb:>10.1f}   at most {MOST_GROWTH_MB:.0f}"
    )
    if of("times_the_model") > MOST_TIMES_THE_MODEL or growth_mb > MOST_GROWTH_MB:
        raise CannotGoOn("A batch costs more than it may.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
