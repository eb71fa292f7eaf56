"""One run of h2load: a closed loop, or requests due by the clock, each sent once its connection has its last answer.

So connections bound what can be sent, and a run tells what was. It costs some 25 µs of CPU a request. A generator that
takes a core of its own, where there are two, measures itself.
"""

import re
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.errors import CannotGoOn
from local.runner import Runner
from tests.benchmarks.overload.connections import Living

LOG = "overload"
SPARE_S = 30  # beyond a run's own seconds
# A connection without an answer for so long is given up; h2load 1.52 does not survive that, so that the run fails.
HANGS_S = 3
OVER = "Main benchmark duration is over"  # what it says before it closes its connections and counts
LOOKS_BEFORE_END_S = 0.5
SUMMARY = re.compile(
    r"^requests: \d+ total, (?P<started>\d+) started, \d+ done, \d+ succeeded, \d+ failed,"
    r" (?P<errored>\d+) errored, (?P<timeout>\d+) timeout$", re.MULTILINE,
)  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """Those of one status."""

    count: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    most_ms: float = 0.0


@dataclass(frozen=True)
class Load:
    """What became of the requests that were sent; those under way at the end have no answer, and are not broken."""

    sent: int
    answered: int
    broken: int  # without an answer
    by_status: Mapping[int, Answers]


@dataclass(frozen=True)
class Ended:
    """A run whose log is still to be read, which takes seconds."""

    over_s: float  # by time.monotonic()
    sent: int
    broken: int
    log: Path

    def read(self) -> Load:
        """A line a request: when it was sent, the status or -1, the microseconds until the answer's end."""
        took_ms: dict[int, list[float]] = defaultdict(list)
        for line in self.log.read_text(encoding="ascii").splitlines():
            _, status, took_us = line.split("\t")
            took_ms[int(status)].append(int(took_us) / 1e3)
        took_ms.pop(-1, None)  # those are in the summary
        return Load(
            sent=self.sent, answered=sum(map(len, took_ms.values())), broken=self.broken,
            by_status={status: _answers(took) for status, took in sorted(took_ms.items())},
        )  # fmt: skip


def check_h2load() -> None:
    """Raises CannotGoOn where h2load is not installed."""
    if not shutil.which("h2load") or not shutil.which("timeout"):
        raise CannotGoOn("The load comes from h2load, which is not there.\n"
                         "Debian and Ubuntu:  sudo apt-get install nghttp2-client")


def run_h2load(
    address: str, body: Path, *, connections: int, seconds: int, runner: Runner, per_second: float | None = None
) -> Ended:
    """Post one body again and again. per_second requests are due, evenly on all connections; one that is due while its
    connection waits for an answer is sent right after that. Without it each sends as soon as it has an answer.

    The log lies beside the body. Raises CannotGoOn where h2load fails, as it does where an answer does not come.
    """
    log = Path(tempfile.mkdtemp(prefix="load-", dir=body.parent)) / "requests.tsv"
    pace = [] if per_second is None else [f"--rps={per_second / connections:.3f}"]
    command = [
        "timeout", str(seconds + SPARE_S), "h2load", "--h1", "--threads=1", f"--clients={connections}",
        f"--duration={seconds}", *pace, f"--connection-inactivity-timeout={HANGS_S}", f"--log-file={log}",
        f"--data={body}", "--header=Content-Type: application/json", address,
    ]  # fmt: skip
    over_s = 0.0

    def on_line(line: str) -> None:
        nonlocal over_s
        if line.startswith(OVER):
            over_s = time.monotonic()
        runner.console.detail(line)

    with Living(seconds - LOOKS_BEFORE_END_S) as living:
        finished = runner.run(command, LOG, on_line=on_line)
    summary = SUMMARY.search(finished.stdout)
    if finished.exit_code or not over_s or not summary or not log.exists():
        raise CannotGoOn(f"{finished.output}\nh2load ended with exit code {finished.exit_code} at {address}.\n"
                         f"Where an assertion of libev's failed, some connection had no answer for {HANGS_S} s.")
    started, errored, timeout = map(int, summary.groups())
    # A lost connection cost one request at least, which the summary may know of too.
    return Ended(over_s, started, max(errored + timeout, connections - living.count), log)


def _answers(took_ms: Sequence[float]) -> Answers:
    ordered = sorted(took_ms)
    return Answers(len(ordered), ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1])
