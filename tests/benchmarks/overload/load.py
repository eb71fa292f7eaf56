"""One run of h2load: a closed loop, or an open one with requests due by the clock, whatever became of those before.

It costs some 25 µs of CPU a request. A generator that takes a core of its own, where there are two, measures itself.
"""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.errors import CannotGoOn
from local.runner import Runner

LOG = "overload"
SPARE_S = 30  # beyond a run's own seconds


@dataclass(frozen=True)
class Answers:
    """Those of one status."""

    count: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    most_ms: float = 0.0


@dataclass(frozen=True)
class Load:
    """What became of the requests that were sent; those under way at the end are left out."""

    answered: int
    broken: int  # without an answer
    by_status: Mapping[int, Answers]


def check_h2load() -> None:
    """Raises CannotGoOn where h2load is not installed."""
    if not shutil.which("h2load") or not shutil.which("timeout"):
        raise CannotGoOn("The load comes from h2load, which is not there.\n"
                         "Debian and Ubuntu:  sudo apt-get install nghttp2-client")


def run_h2load(
    address: str, body: Path, *, connections: int, seconds: int, runner: Runner, per_second: float | None = None
) -> Load:
    """Post one body again and again. per_second requests are due, evenly on all connections; one that is due while its
    connection waits for an answer is sent right after that. Without it each sends as soon as it has an answer.

    Raises CannotGoOn where h2load fails.
    """
    with tempfile.TemporaryDirectory(prefix="dealership-load-") as folder:
        log = Path(folder) / "requests.tsv"
        pace = [] if per_second is None else [f"--rps={per_second / connections:.3f}"]
        command = [
            "timeout", str(seconds + SPARE_S), "h2load", "--h1", "--threads=1", f"--clients={connections}",
            f"--duration={seconds}", *pace, f"--log-file={log}", f"--data={body}",
            "--header=Content-Type: application/json", address,
        ]  # fmt: skip
        finished = runner.run(command, LOG)
        if finished.exit_code or not log.exists():
            raise CannotGoOn(f"{finished.output}\nh2load ended with exit code {finished.exit_code} at {address}.")
        return _read(log)


def _read(log: Path) -> Load:
    """A line a request: when it was sent, the status or -1, the microseconds until the answer's end."""
    took_ms: dict[int, list[float]] = defaultdict(list)
    for line in log.read_text(encoding="ascii").splitlines():
        _, status, took_us = line.split("\t")
        took_ms[int(status)].append(int(took_us) / 1e3)
    broken = len(took_ms.pop(-1, []))
    return Load(
        answered=sum(map(len, took_ms.values())), broken=broken,
        by_status={status: _answers(took) for status, took in sorted(took_ms.items())},
    )  # fmt: skip


def _answers(took_ms: Sequence[float]) -> Answers:
    ordered = sorted(took_ms)
    return Answers(len(ordered), ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1])
