"""How our service compares: python -m tests.benchmarks.serving [--quick] [--only NAME ...] [--data FILE[@DATE]] ...

Starts each contender as real processes on free ports, drives all in interleaved rounds, and writes serving.md and
serving.svg. It runs in the environment of the extra `bench`; ours runs in .venv/model and .venv/gateway.
"""

import argparse
import dataclasses
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.commands import guarded
from local.console import Console
from local.errors import CannotGoOn
from local.runner import Runner
from local.settings import Ports, Settings, market_date
from local.stopping import StopRequest
from local.supervisor import Supervisor
from tests.benchmarks.serving import contenders
from tests.benchmarks.serving.contenders import Contender
from tests.benchmarks.serving.load import check_wrk
from tests.benchmarks.serving.market import Version, train_version
from tests.benchmarks.serving.measure import Measurement, make_vehicles, warm_up
from tests.benchmarks.serving.plot import save_plot
from tests.benchmarks.serving.report import Setting, markdown
from tests.product import free_ports

STEPS_BESIDE_ROUNDS = 4
LONGEST_S = 3_600.0
# What a user's shell may say of a gateway or model server of his own is not meant for ours.
NOT_INHERITED = ("GATEWAY_", "DEALERSHIP_", "MLSERVER_")


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    # Whatever hangs: after so long everything is ended as by Ctrl-C.
    limit = threading.Timer(LONGEST_S, os.kill, (os.getpid(), signal.SIGTERM))
    limit.daemon = True
    limit.start()
    return guarded(lambda settings, console, stop: _bench(options, settings, console, stop))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.serving", description="Compare our service with others, on this machine."
    )
    parser.add_argument("--data", metavar="FILE[@DATE]", help="listings to learn from, and the day their prices held "
                        "(default: DATA and MARKET_DATE of the environment, else the demo market)")
    parser.add_argument("--only", nargs="+", choices=contenders.NAMES, default=contenders.NAMES, metavar="NAME",
                        help="only these of %(choices)s")
    parser.add_argument("--seconds", type=_count, default=4, help="how long a run of single cars takes (default 4)")
    parser.add_argument("--rounds", type=_count, default=3, help="whose median is reported (default 3)")
    parser.add_argument("--quick", action="store_true", help="one round of 1 s: whether all works, and no figures")
    parser.add_argument("--out", type=Path, default=Path("var/bench"), help="a folder (default %(default)s)")
    options = parser.parse_args(arguments)
    if options.quick:
        options.seconds = options.rounds = 1
    return options


def _bench(options: argparse.Namespace, settings: Settings, console: Console, stop: StopRequest) -> None:
    check_wrk()
    console.expect(STEPS_BESIDE_ROUNDS + options.rounds)
    with tempfile.TemporaryDirectory(prefix="dealership-bench-") as folder:
        runner = Runner(_own_settings(settings, Path(folder) / "var", options.data), console, stop)
        with console.step("A version") as step:
            version = train_version(runner)
            step.outcome = f"trained on {version.said}"
        with console.step("Vehicles and models"):
            vehicles = make_vehicles(version, Path(folder))
            compared = _make(options.only, version, runner)
        with _running(compared, console, stop):
            with console.step("Warming up"):
                distances = warm_up(compared, vehicles, version, runner)
            measurement = Measurement(compared, vehicles, version, options.seconds, runner)
            for number in range(1, options.rounds + 1):
                with console.step(f"Round {number}") as step:
                    measurement.run_round(number, step)
    results = measurement.results
    text = markdown(results, Setting(version.said, options.seconds, options.rounds, distances))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "serving.md").write_text(text, encoding="utf-8")
    save_plot(results, options.out / "serving.svg")
    console.say(f"\n{text}\nIn {options.out.resolve()}: serving.md, serving.svg")
    if results.invalid:
        raise CannotGoOn(f"{len(results.invalid)} OF {len(results.runs)} RUNS ARE INVALID: requests failed in them. "
                         "They are left out of the figures, and listed above.")


def _own_settings(settings: Settings, var: Path, data: str | None) -> Settings:
    """A run's settings, in a folder and on ports of our own, with no price kept."""
    inherited = {name: value for name, value in settings.inherited.items() if not name.startswith(NOT_INHERITED)}
    settings = dataclasses.replace(
        settings, var=var, ports=Ports(*free_ports(5)), inherited={**inherited, "GATEWAY_KEPT_PRICES": "0"}
    )
    if data is None:
        return settings
    path, at, day = data.rpartition("@")
    if not at or Path(data).exists():  # a file's name may hold an @
        return dataclasses.replace(settings, data=str(Path(data).resolve()), market_date=None)
    return dataclasses.replace(settings, data=str(Path(path).resolve()), market_date=market_date(day))


def _make(names: Sequence[str], version: Version, runner: Runner) -> list[Contender]:
    # In the order of the list, whatever was asked for first.
    wanted = [name for name in contenders.NAMES if name in names]
    return [
        contenders.make(name, port, version, runner)
        for name, port in zip(wanted, free_ports(len(wanted)), strict=True)
    ]


@contextmanager
def _running(compared: Sequence[Contender], console: Console, stop: StopRequest) -> Iterator[None]:
    supervisor = Supervisor([service for each in compared for service in each.services], console, stop)
    try:
        with console.step("Start") as step:
            supervisor.start()
            step.outcome = "all answer"
        yield
    finally:
        supervisor.end(meanwhile=console.tick)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
