"""Locks that the system lets go when their holder dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local.errors import CannotGoOn
from local.settings import Settings
from local.stopping import StopRequest

_POLL_SECONDS = 0.2


def claim_state(settings: Settings) -> None:
    """Make var/ ours: it is new, empty, or holds our lock already. Raises CannotGoOn for anybody else's folder.

    So the lock's file proves that all beside it came from here, and `make reset` may take it away.
    """
    if run_lock(settings).exists():
        return
    if settings.var.exists() and (not settings.var.is_dir() or any(settings.var.iterdir())):
        raise CannotGoOn(f"{settings.var} holds something that no run has made. Give the run a folder of its own:\n"
                         "  make run VAR=var2")
    settings.var.mkdir(parents=True, exist_ok=True)
    run_lock(settings).touch()


@contextmanager
def state_of_run(settings: Settings) -> Iterator[None]:
    """Held by a run for as long as it serves from var/; raises CannotGoOn when another one holds it."""
    claim_state(settings)
    with open(run_lock(settings), "a+") as file:
        if not _take(file.fileno()):
            file.seek(0)
            holder = file.read().strip() or "just starting"
            raise CannotGoOn(f"Dealership AI already runs on {settings.var} ({holder}).\n"
                             "Stop it there with Ctrl-C first, or give this one a state of its own and other ports:\n"
                             "  make run VAR=var2 PORT=9000 METRICS_PORT=9001 MODEL_REST_PORT=9080 "
                             "MODEL_GRPC_PORT=9081 MODEL_METRICS_PORT=9082")
        file.truncate(0)
        file.write(f"process {os.getpid()}, {settings.address}\n")
        file.flush()
        yield
        file.truncate(0)


def is_running(settings: Settings) -> bool:
    """Whether a run serves from var/, or is about to."""
    if not run_lock(settings).exists():
        return False
    with open(run_lock(settings), "a") as file:
        return not _take(file.fileno())


@contextmanager
def promotion(settings: Settings) -> Iterator[None]:
    """Held by a command that changes what is served; raises CannotGoOn when another one holds it."""
    claim_state(settings)
    settings.state.mkdir(exist_ok=True)
    with open(settings.state / "promotion.lock", "a") as file:
        if not _take(file.fileno()):
            raise CannotGoOn("Another promotion or rollback is under way here; wait for its end.")
        yield


def run_lock(settings: Settings) -> Path:
    return settings.var / "run.lock"


@contextmanager
def checkout(settings: Settings, stop: StopRequest, waiting: Callable[[], None]) -> Iterator[None]:
    """Held while .venv or the web app is built: runs with another VAR share those, and wait for each other."""
    settings.environments.mkdir(exist_ok=True)
    with open(settings.environments / "lock", "a") as file:
        while not _take(file.fileno()):
            stop.check()
            waiting()
            time.sleep(_POLL_SECONDS)
        yield


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
