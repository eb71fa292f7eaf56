"""One run of wrk against a contender."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from local.errors import CannotGoOn
from local.runner import Runner

SCRIPT = Path(__file__).with_name("post.lua")
LOG = "wrk"
REPLY_WITHIN_S = 10
# Beyond a run's own seconds: wrk reads its bodies before and waits for the last replies after.
SPARE_S = 30


@dataclass(frozen=True)
class Load:
    """What wrk saw. failed are replies other than 2xx, and requests that got none."""

    requests: int
    failed: int
    requests_per_s: float
    p50_ms: float
    p99_ms: float


def check_wrk() -> None:
    """Raises CannotGoOn where wrk is not installed."""
    if not shutil.which("wrk") or not shutil.which("timeout"):
        raise CannotGoOn("The load comes from wrk, which is not there.\n"
                         "Debian and Ubuntu:  sudo apt-get install wrk")


def run_wrk(
    address: str, path: str, bodies: Path, *, clients: int, seconds: int, start: int, runner: Runner,
    token: str | None = None,
) -> Load:  # fmt: skip
    """Post bodies, from line number start on, by as many keep-alive clients. Raises CannotGoOn where wrk fails."""
    command = [
        "timeout", f"--kill-after={REPLY_WITHIN_S}", str(seconds + SPARE_S),
        "wrk", "--threads=1", f"--connections={clients}", f"--duration={seconds}s", f"--timeout={REPLY_WITHIN_S}s",
        f"--script={SCRIPT}", address, "--", str(bodies), path, str(start), token or "",
    ]  # fmt: skip
    finished = runner.run(command, LOG)
    lines = [line for line in finished.stdout.splitlines() if line.startswith("{")]
    if finished.exit_code or not lines:
        raise CannotGoOn(f"{finished.output}\nwrk ended with exit code {finished.exit_code} at {address}{path}.")
    found = json.loads(lines[-1])
    requests = found["requests"]
    return Load(
        requests=requests,
        failed=found["refused"] + found["broken"] if requests else clients,  # who answered nothing, failed all
        requests_per_s=requests / found["duration_us"] * 1e6,
        p50_ms=found["p50_us"] / 1e3,
        p99_ms=found["p99_us"] / 1e3,
    )
