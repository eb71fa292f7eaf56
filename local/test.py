"""make test: every check of this repository, two at once, then a table of how each ended.

python3 -m local.test [NAME ...] runs only the checks of these names or groups (lint, unit, images, bench).
"""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local import environments, images, lanes, web
from local.commands import Command, guarded
from local.console import Console
from local.environments import Environment
from local.errors import CannotGoOn
from local.run import checkout_lock
from local.runner import Runner
from local.settings import Settings, cpus
from local.stopping import StopRequest

_PYTHON_SOURCES = ("model", "gateway", "scraper", "local", "tests")
_GATING = ("lint", "unit")
_ON_THE_PRODUCT = ("tests/e2e", "tests/contract")  # one `make run` for all of them
_OF_TIME = ("tests/faults", "tests/gateway")  # some of what they hold is how soon something is noticed
_MEASURED = ("bench", "soak")  # groups whose checks measure time
_MOST_AT_ONCE = 2  # with more the longest would take no less, and all would need more memory


@dataclass(frozen=True)
class Check:
    name: str
    group: str
    command: tuple[str, ...]
    needs: tuple[str, ...]  # keys of _PREPARATIONS
    in_web: bool = False
    alone: bool = False  # nothing may run beside it


def checks(settings: Settings) -> list[Check]:
    model_python = settings.program("model-test", "python")
    python = settings.program("gateway-test", "python")
    imports = settings.program("gateway-test", "lint-imports")
    return [
        Check("flake8", "lint", (python, "-m", "flake8", *_PYTHON_SOURCES), ("gateway-test",)),
        Check("mypy", "lint", (python, "-m", "mypy", *_PYTHON_SOURCES), ("gateway-test",)),
        Check("imports", "lint", (imports,), ("gateway-test",)),
        Check("web-lint", "lint", ("npm", "run", "lint"), ("web-packages",), in_web=True),
        Check("web-unit", "unit", ("npm", "test"), ("web-packages",), in_web=True),
        # The longest first: what runs beside them ends about when they do.
        Check("e2e", "unit", (python, *_pytest("e2e"), *_ON_THE_PRODUCT),
              ("model", "gateway", "scraper", "gateway-test", "web-app", "browser")),
        Check("model", "unit", (model_python, *_pytest("model"), "tests/model"), ("model-test",)),
        Check("parts", "unit",
              (python, *_pytest("parts"), "tests", *(f"--ignore={path}" for path in (
                  *_ON_THE_PRODUCT, *_OF_TIME, "tests/model", "tests/images"))),
              ("model", "gateway", "scraper", "gateway-test", "manifests", "web-app", "pipeline", "rsync")),
        Check("gateway", "unit", (python, *_pytest("gateway"), *_OF_TIME),
              ("model", "gateway", "scraper", "gateway-test", "web-app", "clock"), alone=True),
        Check("images", "images", (python, *_pytest("images"), "tests/images", "-s"),
              ("gateway-test", "manifests", "podman", "runc", "netavark", "aardvark-dns", "mmdebstrap", "images")),
        Check("scorer", "bench", (model_python, "-m", "tests.benchmarks.scorer"), ("model-test",)),
        Check("fit-scale", "bench", (model_python, "-m", "tests.benchmarks.fit_scale"), ("model-test",)),
        Check("login", "bench", (python, "-m", "tests.benchmarks.login"), ("gateway-test",)),
        Check("peers", "bench", (settings.program("bench", "python"), "-m", "tests.benchmarks.serving"),
              ("model", "gateway", "bench", "bench-bentoml", "bench-kserve", "wrk")),
        Check("batch", "bench", (python, "-m", "tests.benchmarks.batch"), ("model", "gateway", "gateway-test")),
        Check("overload", "bench", (settings.program("bench", "python"), "-m", "tests.benchmarks.overload"),
              ("model", "gateway", "bench", "h2load")),
        Check("capacity", "bench", (settings.program("bench", "python"), "-m", "tests.benchmarks.capacity"),
              ("model", "gateway", "bench", "wrk")),
        Check("soak", "soak", (settings.program("bench", "python"), "-m", "tests.benchmarks.soak"),
              ("model", "gateway", "web-app", "bench")),
        Check("form-to-price", "bench", (python, "-m", "tests.benchmarks.form_to_price"),
              ("model", "gateway", "scraper", "gateway-test", "web-app", "browser")),
        Check("lighthouse", "bench", (python, "-m", "tests.benchmarks.lighthouse", settings.program("node", "node")),
              ("model", "gateway", "scraper", "gateway-test", "web-app", "browser", "lighthouse")),
        Check("market", "bench", (python, "-m", "tests.benchmarks.market"), ("gateway-test",)),
    ]


def _pytest(name: str) -> tuple[str, ...]:
    # Its output is told from a file, which pytest does not take for the terminal that it is told on.
    colour = ("--color=yes",) if sys.stdout.isatty() else ()
    return ("-m", "pytest", *colour, f"--junitxml=reports/junit-{name}.xml")


def select(available: list[Check], wanted: list[str]) -> list[Check]:
    """In the order they stand in, without a wish all that gate. Raises CannotGoOn for a name that is none."""
    known = {name for check in available for name in (check.name, check.group)}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise CannotGoOn(f"No check is called {', '.join(unknown)}; there are: {', '.join(sorted(known))}.")
    return [check for check in available if {check.name, check.group} & set(wanted or _GATING)]


def main(wanted: list[str]) -> int:
    return guarded(_command(wanted))


def _command(wanted: list[str]) -> Command:
    def command(settings: Settings, console: Console, stop: StopRequest) -> None:
        selected = select(checks(settings), wanted)
        runner = Runner(settings, console, stop)
        _prepare({need for check in selected for need in check.needs}, runner)
        jobs = [_job(check, runner) for check in selected]
        _report(lanes.run(jobs, min(_MOST_AT_ONCE, len(cpus()) or os.cpu_count() or 1), console, stop), console)

    return command


def _prepare(needs: set[str], runner: Runner) -> None:
    preparations = [(name, prepare) for name, prepare in _PREPARATIONS.items() if name in needs]
    runner.console.expect(len(preparations))
    with checkout_lock(runner):
        for name, prepare in preparations:
            with runner.console.step(f"Prepare {name}") as step:
                step.outcome = prepare(runner)


def _environment(environment: Environment) -> Callable[[Runner], str]:
    return lambda runner: "made" if environments.make(environment, runner) else "as made before"


def _install_web_packages(runner: Runner) -> str:
    web.install_packages(runner)
    return "as locked"


def _npm_packages(name: str, folder: str) -> Callable[[Runner], str]:
    """Provide what a folder's package-lock.json names, with a newer Node.js than many machines have."""
    def provide(runner: Runner) -> str:
        environments.make(environments.NODE, runner)
        npm = Path(runner.settings.program("node", "npm"))
        runner.must([str(npm), "ci", "--no-audit", "--no-fund"], name, cwd=runner.settings.checkout / folder,
                    path_first=npm.parent)
        return "as locked"

    return provide


def _debian_package(name: str, what_for: str, program_name: str | None = None) -> Callable[[Runner], str]:
    """Provide a package of Debian's by the program that is in it, of its own name unless another is given."""
    def provide(runner: Runner) -> str:
        program = shutil.which(program_name or name, path="/usr/bin:/usr/sbin:/usr/lib/podman")
        if program:
            return f"{program} is there"
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise CannotGoOn(f"{what_for} {name}, which is not there.\n"
                             f"Debian and Ubuntu:  sudo apt-get install {name}")
        runner.must(["apt-get", "update"], name)
        runner.must(["apt-get", "install", "--yes", "--no-install-recommends", name], name)
        return "installed"

    return provide


def _optional_debian_package(name: str) -> Callable[[Runner], str]:
    """As _debian_package(), but tests do without it where nobody may install it."""
    def provide(runner: Runner) -> str:
        try:
            return _debian_package(name, "")(runner)
        except CannotGoOn:
            return f"{name} is not there: what needs it is skipped"

    return provide


_PREPARATIONS: dict[str, Callable[[Runner], str]] = {
    "model": _environment(environments.MODEL),
    "gateway": _environment(environments.GATEWAY),
    "scraper": _environment(environments.SCRAPER),
    "model-test": _environment(environments.MODEL_TEST),
    "gateway-test": _environment(environments.GATEWAY_TEST),
    "manifests": _environment(environments.MANIFESTS),
    "web-packages": _install_web_packages,
    "web-app": web.build,
    # What runs .gitlab-ci.yml on this machine.
    "pipeline": _npm_packages("pipeline", ".ci"),
    "lighthouse": _npm_packages("lighthouse", "tests/benchmarks/lighthouse"),
    "rsync": _debian_package("rsync", "The pipeline is run on this machine with"),
    "bench": _environment(environments.BENCH),
    "bench-bentoml": _environment(environments.BENCH_BENTOML),
    "bench-kserve": _environment(environments.BENCH_KSERVE),
    "clock": _optional_debian_package("faketime"),
    "podman": _debian_package("podman", "Images are built and run by"),
    "runc": _debian_package("runc", "Containers are started by"),
    "netavark": _debian_package("netavark", "Containers are connected by"),
    "aardvark-dns": _debian_package("aardvark-dns", "Containers find each other by"),
    "mmdebstrap": _debian_package("mmdebstrap", "The images' base is made by"),
    "images": images.build,
    "browser": _debian_package("chromium", "The tests of the web app drive"),
    "h2load": _debian_package("nghttp2-client", "The benchmark of overload drives its load by", "h2load"),
    "wrk": _debian_package("wrk", "The benchmark of serving drives its load by"),
}


def _job(check: Check, runner: Runner) -> lanes.Job:
    settings = runner.settings
    # Where whoever asks pytest for coverage finds that of each suite.
    coverage = settings.checkout / "reports" / f"coverage-{check.name}"
    # Written line by line, though it goes to a file.
    environment = settings.tool_environment() | {"COVERAGE_FILE": str(coverage), "PYTHONUNBUFFERED": "1"}
    if check.in_web:
        environment["PATH"] = os.pathsep.join([str(web.npm(runner).parent), environment.get("PATH", os.defpath)])
    folder = web.source(settings) if check.in_web else settings.checkout
    return lanes.Job(check.name, check.command, environment, folder, check.alone or check.group in _MEASURED)


def _report(ended: list[lanes.Ended], console: Console) -> None:
    console.say("")
    for each in ended:
        outcome = f"FAILED (exit code {each.exit_code})" if each.exit_code else "passed"
        console.say(f"  {each.name:<10} {outcome:<24} {each.seconds:6.1f} s")
    failed = [each.name for each in ended if each.exit_code]
    if failed:
        raise CannotGoOn(f"{len(failed)} of {len(ended)} checks failed. Again only these:  "
                         f'make test STEPS="{" ".join(failed)}"')


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
