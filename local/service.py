"""One server under supervision: its process, its log, and whether it answers."""

import http.client
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local import processes
from local.settings import LOOPBACK

_LOG_LIMIT_BYTES = 10_000_000
_PROBE_SECONDS = 1.0
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 60.0


@dataclass(frozen=True)
class Plan:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    cwd: Path
    log: Path
    ready_port: int
    ready_path: str


class Service:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.process: "subprocess.Popen[bytes] | None" = None
        self.is_ready = False
        self.times_ended = 0  # by itself
        self._started = 0.0
        self._log_start = 0
        self._pause_seconds = _FIRST_PAUSE_SECONDS

    def start(self) -> None:
        plan = self.plan
        plan.cwd.mkdir(parents=True, exist_ok=True)
        plan.log.parent.mkdir(parents=True, exist_ok=True)
        if plan.log.exists() and plan.log.stat().st_size > _LOG_LIMIT_BYTES:
            os.replace(plan.log, plan.log.with_name(plan.log.name + ".1"))
        with open(plan.log, "ab") as log:
            self._log_start = log.tell()
            self.process = processes.start(plan.command, plan.environment, plan.cwd, log, log)
        self.is_ready = False
        self._started = time.monotonic()

    def ended(self) -> int | None:
        """The exit code of a process that ended by itself, else None."""
        return self.process.poll() if self.process else None

    def probe(self) -> bool:
        """Whether it answers that it is ready; straight to it, whatever proxies the environment names."""
        connection = http.client.HTTPConnection(LOOPBACK, self.plan.ready_port, timeout=_PROBE_SECONDS)
        try:
            connection.request("GET", self.plan.ready_path)
            self.is_ready = connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            self.is_ready = False
        finally:
            connection.close()
        return self.is_ready

    def next_pause_seconds(self) -> float:
        """How long to wait before the next start: doubling, and short again after a minute of steady work."""
        if time.monotonic() - self._started > _STEADY_SECONDS:
            self._pause_seconds = _FIRST_PAUSE_SECONDS
        pause = self._pause_seconds
        self._pause_seconds = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        return pause

    def tail(self, lines: int = 20) -> str:
        """The end of what it has logged since its last start."""
        with open(self.plan.log, "rb") as log:
            log.seek(self._log_start)
            said = log.read().decode(errors="replace").splitlines()
        return "\n".join(f"    | {line}" for line in said[-lines:])
