"""make clean and make reset: what was built, and what a run has kept, taken away after asking."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from local import locks, prompt
from local.console import Console
from local.errors import CannotGoOn
from local.settings import Settings
from local.stopping import StopRequest

_BUILT = (".venv", "build", "gateway/static", "gateway/web/node_modules", "gateway/web/src/api/schema.d.ts",
          ".mypy_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis")
_WITH_SOURCES = ("local", "model", "gateway", "scraper", "tests")


def clean(settings: Settings, console: Console, stop: StopRequest) -> None:
    with locks.state_of_run(settings):
        _remove(list(_built(settings.checkout)), "what was built", settings, console, stop)


def reset(settings: Settings, console: Console, stop: StopRequest) -> None:
    """Raises CannotGoOn for a folder that no run has made, or that a run is using."""
    if not settings.var.exists():
        console.say(f"{settings.var} is not there: nothing to reset.")
        return
    # VAR may have been mistyped; a home directory must survive that.
    if not locks.run_lock(settings).exists() or settings.checkout.is_relative_to(settings.var):
        raise CannotGoOn(f"{settings.var} does not look like the state of a run, so nothing was removed.")
    with locks.state_of_run(settings):
        _remove([settings.var], "users, cars, models and data of the local run", settings, console, stop)


def _built(checkout: Path) -> Iterator[Path]:
    yield from (path for name in _BUILT if (path := checkout / name).exists())
    yield from checkout.glob("*.egg-info")
    for folder in _WITH_SOURCES:
        yield from (path for path in (checkout / folder).rglob("__pycache__") if "node_modules" not in path.parts)


def _remove(paths: list[Path], what: str, settings: Settings, console: Console, stop: StopRequest) -> None:
    if not paths:
        console.say("Nothing to remove.")
        return
    shown = [path for path in paths if path.name != "__pycache__"]
    console.say("\n".join([f"To be removed ({what}):", *(f"  {path}" for path in shown)]))
    if not settings.agreed:
        if not sys.stdin.isatty():
            raise CannotGoOn("Nothing was removed: there is nobody to ask. YES=1 removes it without asking.")
        if not prompt.agree("Remove it?", console, stop):
            console.say("Nothing was removed.")
            return
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    console.say("Removed.")
