"""What becomes of more requests than can be answered: python -m tests.benchmarks.overload [--seconds N]

Measures what 64 clients in a closed loop get, then lets twice and ten times as many a second be due by the clock, and
tells what of that was sent, goodput, latencies of prices and refusals, the probes', and how soon all is normal. Then
MLServer is halted under what it could bear: whether everyone is told in time. Writes overload.md into docs, or into
var/bench where it is less than the whole; exits with 1 where a bar is missed.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psutil

from local import servers
from local.commands import guarded
from local.console import Console
from local.errors import CannotGoOn
from local.run import prepare_database
from local.runner import Runner
from local.service import Service
from local.settings import Settings
from local.stopping import StopRequest
from tests.benchmarks.overload.load import Answers, check_h2load, run_h2load
from tests.benchmarks.overload.probes import Probes, ask, seconds_to_normal
from tests.benchmarks.own import own_settings, running
from tests.benchmarks.serving.market import train_version
from tests.benchmarks.serving.report import processor, table
from tests.benchmarks.serving.vehicles import make_vehicles

PATH = "/api/v1/valuations"
WHOLE_S = 60
TIMES = (2, 10)
# A proxy in front holds so many connections at most; the more there are, the more can stand in the server's queue.
CONNECTIONS = (128, 192, 256, 1_000)
CLIENTS = 64
CAPACITY_S = 5
ALONE = 100
TIMES_AS_SLOW = 5.0  # as when nobody else asks is still normal
LEAST_NORMAL_S = 0.05
HUNG_S = 10
DEADLINE_S = 2.0
MOST_HUNG_MS = DEADLINE_S * 1e3 + 100.0
REFUSAL_US = 27  # of the interpreter, at least
LEAST_GOODPUT, MOST_ADMITTED_MS, MOST_REFUSED_MS, MOST_TO_NORMAL_S = 0.8, 500.0, 50.0, 1.0


@dataclass(frozen=True)
class Overload:
    times: int
    connections: int
    due_per_s: float
    sent: float  # a second, as a multiple of capacity
    answered_per_s: float
    broken: int
    goodput: float  # as a share of capacity
    priced_p99_ms: float
    refused_per_s: float
    refused_p50_ms: float
    refused_p99_ms: float
    probes_failed: int
    probes_most_ms: float
    to_normal_s: float

    def misses(self) -> Iterator[str]:
        if self.goodput < LEAST_GOODPUT:
            yield "goodput"
        if self.priced_p99_ms > MOST_ADMITTED_MS:
            yield "prices' p99"
        if not self.refused_per_s:
            yield "nothing was refused"
        if self.refused_p99_ms > MOST_REFUSED_MS:
            yield "refusals' p99"
        if self.probes_failed:
            yield "probes"
        if self.to_normal_s > MOST_TO_NORMAL_S:
            yield "time to normal"
        if self.broken:
            yield "requests without an answer"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.overload")
    parser.add_argument("--seconds", type=int, default=WHOLE_S, help="of each overload (default %(default)s)")
    options = parser.parse_args(arguments)
    return guarded(lambda settings, console, stop: _bench(options.seconds, settings, console, stop))


def _bench(seconds: int, settings: Settings, console: Console, stop: StopRequest) -> None:
    check_h2load()
    console.expect(3 + len(TIMES) * len(CONNECTIONS))
    with tempfile.TemporaryDirectory(prefix="dealership-bench-") as folder:
        settings = own_settings(settings, Path(folder) / "var", GATEWAY_KEPT_PRICES="0",
                                GATEWAY_DEADLINE_S=str(DEADLINE_S))  # fmt: skip
        runner = Runner(settings, console, stop)
        with console.step("A version") as step:
            version = train_version(runner)
            step.outcome = f"trained on {version.said}"
        body = Path(folder) / "car.json"
        (car,) = make_vehicles(version.card, 1)
        body.write_text(json.dumps(car), encoding="utf-8")
        prepare_database(runner)
        found: list[Overload] = []
        capacities = []
        services = servers.champion_and_gateway(settings)
        with running(services, console, stop):
            normal_s = max(LEAST_NORMAL_S, TIMES_AS_SLOW * _alone_s(settings, body.read_bytes()))
            for times in TIMES:
                for connections in CONNECTIONS:
                    with console.step(f"{times} times as many, {connections:,} connections") as step:
                        capacities.append(_capacity(body, runner))
                        found.append(_overload(times, connections, capacities[-1], seconds, body, normal_s, runner))
                        step.outcome = f"goodput {found[-1].goodput:.0%}"
            with console.step("MLServer halted") as step:
                hung_ms = _hung_ms(services[0], median(capacities) / 2, body, runner)
                step.outcome = f"told within {hung_ms:,.0f} ms"
    out = settings.checkout / ("docs" if seconds >= WHOLE_S else "var/bench")
    out.mkdir(parents=True, exist_ok=True)
    (out / "overload.md").write_text(text := _markdown(found, median(capacities), seconds, hung_ms), encoding="utf-8")
    console.say(f"\n{text}\nIn {out}: overload.md")
    if missed := [f"{each.times} times, {each.connections} connections: {', '.join(each.misses())}"
                  for each in found if any(each.misses())]:  # fmt: skip
        raise CannotGoOn("Bars that were missed:\n" + "\n".join(missed))
    if hung_ms > MOST_HUNG_MS:
        raise CannotGoOn(f"With MLServer halted somebody was told after {hung_ms:,.0f} ms.")


def _alone_s(settings: Settings, body: bytes) -> float:
    took = [took_s for _ in range(ALONE) if (took_s := ask(settings.ports.gateway, "POST", PATH, body)) is not None]
    if not took:
        raise CannotGoOn("The gateway gives no prices.")
    return median(took)


def _capacity(body: Path, runner: Runner) -> float:
    address = f"{runner.settings.address}{PATH}"
    load = run_h2load(address, body, connections=CLIENTS, seconds=CAPACITY_S, runner=runner).read()
    if load.broken or set(load.by_status) != {200}:
        raise CannotGoOn(f"Of {CLIENTS} clients not all have prices: there is no capacity to go by.")
    return load.answered / CAPACITY_S


def _overload(
    times: int, connections: int, capacity: float, seconds: int, body: Path, normal_s: float, runner: Runner
) -> Overload:
    port = runner.settings.ports.gateway
    car = body.read_bytes()
    with Probes(port) as probes:
        ended = run_h2load(f"{runner.settings.address}{PATH}", body, connections=connections, seconds=seconds,
                           runner=runner, per_second=times * capacity)  # fmt: skip
        to_normal_s = seconds_to_normal(port, PATH, car, normal_s, ended.over_s)  # before its log is read
    load = ended.read()
    priced, refused = (load.by_status.get(status, Answers()) for status in (200, 503))
    return Overload(
        times, connections, times * capacity, load.sent / seconds / capacity, load.answered / seconds,
        load.broken + load.answered - priced.count - refused.count,
        priced.count / seconds / capacity, priced.p99_ms, refused.count / seconds, refused.p50_ms, refused.p99_ms,
        probes.failed, max(probes.latencies_s, default=0.0) * 1e3, to_normal_s,
    )  # fmt: skip


def _hung_ms(model_server: Service, per_second: float, body: Path, runner: Runner) -> float:
    """The longest that anybody waited for an answer while MLServer was halted."""
    assert model_server.process is not None, "it was started"
    parent = psutil.Process(model_server.process.pid)
    processes = [parent, *parent.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        load = run_h2load(f"{runner.settings.address}{PATH}", body, connections=min(CONNECTIONS), seconds=HUNG_S,
                          runner=runner, per_second=per_second).read()  # fmt: skip
    finally:
        for process in processes:
            process.resume()
    if load.broken or not load.answered:
        raise CannotGoOn(f"With MLServer halted {load.broken} requests had no answer, and {load.answered} had one.")
    return max(answers.most_ms for answers in load.by_status.values())


def _markdown(found: Sequence[Overload], capacity: float, seconds: int, hung_ms: float) -> str:
    most = max(TIMES)
    offer, refusing = most * capacity, (most - 1) * capacity * REFUSAL_US / 1e6
    rows = [
        [f"{each.times} x", f"{each.connections:,}", f"{each.due_per_s:,.0f}", f"{each.sent:.1f}",
         f"{each.answered_per_s:,.0f}", f"{each.goodput:.0%}", f"{each.priced_p99_ms:,.0f}",
         f"{each.refused_per_s:,.0f}",
         f"{each.refused_p50_ms:,.0f} / {each.refused_p99_ms:,.0f}" if each.refused_per_s else "-",
         f"{each.probes_failed}", f"{each.probes_most_ms:,.0f}", f"{each.to_normal_s:.2f}",
         ", ".join(each.misses()) or "none"]
        for each in found
    ]  # fmt: skip
    head = ["due", "connections", "due/s", "sent, x capacity", "answered/s", "goodput", "prices' p99 ms", "refused/s",
            "their p50 / p99 ms", "probes failed", "probes at most ms", "normal after s", "bars missed"]  # fmt: skip
    return "\n".join([
        "# More than can be answered\n",
        f"Made by `make bench STEPS=overload`. {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} x"
        f" {processor()}.\n",
        f"For {seconds} s each, from the same machine: requests for one car's price, which is not kept, are due by",
        f"the clock, so many times what {CLIENTS} clients of a closed loop got in the moment before (in the median",
        f"{capacity:,.0f} prices a second); the connections' clocks go together, so they come in bursts. One that is",
        "due while its connection waits is sent after the answer.\n",
        "So connections bound what can be sent: each has one request under way, and what is due meanwhile waits, and",
        "is never sent where the run ends before. What really went out a second stands beside what was due, as a",
        f"multiple of the capacity. A refusal costs at least {REFUSAL_US} us of the one core that a gateway has:",
        f"{most} times the capacity in earnest, {offer:,.0f} a second, would take {refusing:.0%} of that core, or",
        "more, for the refusals alone.\n",
        "Goodput is prices as a share of that capacity.",
        "Normal is a price within five times what it takes when nobody else asks, and 50 ms at least; its time counts",
        "from the load's end.\n",
        f"Asked: goodput {LEAST_GOODPUT:.0%}, prices' p99 {MOST_ADMITTED_MS:.0f} ms, refusals' p99"
        f" {MOST_REFUSED_MS:.0f} ms, every probe answered, normal after {MOST_TO_NORMAL_S:.0f} s;"
        " something refused, nothing unanswered.\n",
        *table(head, rows),
        f"\nWith MLServer halted for {HUNG_S} s under half its load, whoever asked was answered within"
        f" {hung_ms:,.0f} ms; asked: the deadline of {DEADLINE_S:g} s and 100 ms.",
    ]) + "\n"  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
