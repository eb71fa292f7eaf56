"""Whether the product holds more and more the longer it works: python -m tests.benchmarks.soak

Starts the gateway, MLServer and a database on a version of the demo market, and does everything with them for
SOAK_MINUTES (20 by default; 6 or more say something). Writes soak.md and soak.svg into docs, or into var/bench where it
is less than the whole; exits with 1 where a bar is missed.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from local import servers
from local.commands import guarded
from local.console import Console
from local.errors import CannotGoOn
from local.run import prepare_database
from local.runner import Runner
from local.service import Service
from local.settings import Settings
from local.stopping import StopRequest
from tests.benchmarks.own import own_settings, running, token
from tests.benchmarks.serving.market import Version, train_version
from tests.benchmarks.serving.vehicles import make_vehicles
from tests.benchmarks.soak.people import add_people
from tests.benchmarks.soak.report import Soak, markdown, misses, save_plot
from tests.benchmarks.soak.traffic import People, Traffic
from tests.benchmarks.soak.watch import Watch

WHOLE_MINUTES = 20.0
SETTLED_AFTER_MINUTES = 5.0
PER_SECOND = 20.0
LOOK_EVERY_S = 3.0
CARS = 20_000
KEPT_PRICES = 4_500  # more than the gateway keeps


def main() -> int:
    try:
        minutes = float(os.environ.get("SOAK_MINUTES", WHOLE_MINUTES))
    except ValueError:
        print(f"SOAK_MINUTES is {os.environ['SOAK_MINUTES']!r}: it must be a number.", file=sys.stderr)
        return 2
    return guarded(lambda settings, console, stop: _soak(minutes, settings, console, stop))


def _soak(minutes: float, settings: Settings, console: Console, stop: StopRequest) -> None:
    console.expect(4)
    with tempfile.TemporaryDirectory(prefix="dealership-soak-") as folder:
        # Callers' addresses as a proxy would tell them: limits on attempts are at work, and nobody meets one.
        settings = own_settings(settings, Path(folder) / "var", GATEWAY_TRUSTED_PROXIES="1")
        runner = Runner(settings, console, stop)
        with console.step("A version") as step:
            version = train_version(runner)
            step.outcome = f"trained on {version.said}"
        with console.step("People"):
            prepare_database(runner)
            people = add_people(runner, token(runner, "valuations", "listings", "infer"))
        services = servers.champion_and_gateway(settings)
        with running(services, console, stop):
            with console.step("Everything at once") as step:
                soak = _work(minutes, services, people, version, runner)
                step.outcome = f"{soak.seen.answered.total():,} answers"
    whole = minutes >= WHOLE_MINUTES
    out = settings.checkout / ("docs" if whole else "var/bench")
    out.mkdir(parents=True, exist_ok=True)
    (out / "soak.md").write_text(text := markdown(soak), encoding="utf-8")
    save_plot(soak, out / "soak.svg")
    console.say(f"\n{text}\nIn {out}: soak.md, soak.svg")
    if missed := list(misses(soak)):
        raise CannotGoOn("\n".join(missed))


def _work(minutes: float, services: tuple[Service, ...], people: People, version: Version, runner: Runner) -> Soak:
    settings = runner.settings
    cars = make_vehicles(version.card, CARS)
    traffic = Traffic(settings.ports.gateway, PER_SECOND, people, cars, version.card)
    runner.console.detail("warming up")
    traffic.warm_up(KEPT_PRICES)
    watch = Watch(services, settings.var / "gateway.db-wal")
    ends_s = time.monotonic() + minutes * 60
    traffic.start()
    try:
        while (left_s := ends_s - time.monotonic()) > 0:
            runner.stop.check()
            watch.look()
            runner.console.detail(f"{left_s / 60:.1f} minutes to go, {traffic.seen.answered.total():,} answers, "
                                  f"{traffic.seen.unexpected.total():,} not as expected")
            time.sleep(min(LOOK_EVERY_S, left_s))
    finally:
        traffic.stop()
    ended_s = watch.samples[-1].at_s
    settled_s = min(SETTLED_AFTER_MINUTES * 60, ended_s / 2)
    return Soak(watch, traffic.seen, settled_s, ended_s, version.said, PER_SECOND)


if __name__ == "__main__":
    sys.exit(main())
