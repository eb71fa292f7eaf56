"""How our service compares: python -m tests.benchmarks.serving [--quick] [--only NAME ...] [--data FILE[@DATE]] ...

Starts each contender as real processes on free ports, holds its prices to those of its model, drives all in interleaved
rounds, and writes docs/peers.md and docs/peers.svg; what is less than a whole run goes to var/bench. Exits with 1 where
a run failed or a bar is missed. It runs in the environment of the extra `bench`; ours runs in .venv/model and
.venv/gateway, and some peers in environments of their own.
"""

import argparse
import dataclasses
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from local.commands import guarded
from local.console import Console
from local.errors import CannotGoOn
from local.runner import Runner
from local.settings import Settings, market_date
from local.stopping import StopRequest
from tests.benchmarks.own import own_settings, running
from tests.benchmarks.serving import contenders
from tests.benchmarks.serving.bars import bars
from tests.benchmarks.serving.contenders import Contender
from tests.benchmarks.serving.load import check_wrk
from tests.benchmarks.serving.market import Version, train_version
from tests.benchmarks.serving.measure import Measurement, provide_vehicles, warm_up
from tests.benchmarks.serving.plot import save_plot
from tests.benchmarks.serving.report import Setting, markdown
from tests.ports import free_ports

STEPS_BESIDE_ROUNDS = 4
LONGEST_S = 3_600.0


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
    parser.add_argument("--seconds", type=_count, default=3, help="how long a run of single cars takes (default 3)")
    parser.add_argument("--rounds", type=_count, default=3, help="whose median is reported (default 3)")
    parser.add_argument("--quick", action="store_true", help="one round of 2 s: whether all works, and no figures")
    parser.add_argument("--out", type=Path, help="a folder (default docs, and var/bench for less than a whole run)")
    options = parser.parse_args(arguments)
    if options.quick:
        options.seconds, options.rounds = 2, 1
    if options.out is None:
        whole = not options.quick and options.only == contenders.NAMES
        options.out = Path("docs" if whole else "var/bench")
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
            vehicles = provide_vehicles(version, Path(folder))
            compared = _make(options.only, version, runner)
        with running([service for each in compared for service in each.services], console, stop):
            with console.step("Warming up"):
                off = warm_up(compared, vehicles, version, runner)
            measurement = Measurement(compared, vehicles, options.seconds, runner)
            for number in range(1, options.rounds + 1):
                with console.step(f"Round {number}") as step:
                    measurement.run_round(number, step)
    results = measurement.results
    text = markdown(results, Setting(version.said, options.seconds, options.rounds, off))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "peers.md").write_text(text, encoding="utf-8")
    save_plot(results, options.out / "peers.svg")
    console.say(f"\n{text}\nIn {options.out.resolve()}: peers.md, peers.svg")
    if results.invalid:
        raise CannotGoOn(f"{len(results.invalid)} OF {len(results.runs)} RUNS ARE INVALID: requests failed in them. "
                         "They are left out of the figures, and listed above.")
    if missed := [bar for bar in bars(results) if bar.met is False and not bar.is_goal]:
        raise CannotGoOn("\n".join(f"MISSED: {bar.what}: {bar.found:.2f}, {bar.asked}" for bar in missed))


def _own_settings(settings: Settings, var: Path, data: str | None) -> Settings:
    """With no price kept, and of the listings that were asked for."""
    settings = own_settings(settings, var, GATEWAY_KEPT_PRICES="0")
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


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
