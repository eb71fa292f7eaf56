"""Runs commands beside each other, and tells what they say one after the other."""

import codecs
import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local import processes
from local.console import Console
from local.errors import Stopped
from local.stopping import StopRequest

_GRACE_SECONDS = 10.0
_POLL_SECONDS = 0.1
_CHUNK = 65_536


@dataclass(frozen=True)
class Job:
    """`alone`: nothing else runs meanwhile, for it measures time or counts on it."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    cwd: Path
    alone: bool = False


@dataclass(frozen=True)
class Ended:
    name: str
    exit_code: int
    seconds: float


def run(jobs: Sequence[Job], lanes: int, console: Console, stop: StopRequest) -> list[Ended]:
    """Start the jobs in their order, each once a lane is free. What the first of them that is not over says is told as
    it comes, what the others say after it. Raises Stopped when asked to stop, with all of them ended.
    """
    waiting, running, ended = list(jobs), list[_Running](), list[Ended]()
    try:
        while waiting or running:
            for each in running:
                each.look()
            while waiting and _has_room(waiting[0], [each.job for each in running if each.ended is None], lanes):
                running.append(_Running(waiting.pop(0)))
            first = running[0]
            first.tell(console)  # after a look: of one that has ended this is all
            if first.ended is not None:
                ended.append(first.ended)
                running.pop(0).close()
                continue
            if stop.asked:
                raise Stopped
            time.sleep(_POLL_SECONDS)
    finally:
        for each in running:
            if each.ended is None:
                processes.stop(each.process, _GRACE_SECONDS, stop, lambda: None)
            each.tell(console)
            each.close()
    return ended


def _has_room(job: Job, at_work: Sequence[Job], lanes: int) -> bool:
    return not at_work or len(at_work) < lanes and not job.alone and not any(each.alone for each in at_work)


class _Running:
    """A started job, whose output is in a file until it is told."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.ended: Ended | None = None
        self._output = tempfile.TemporaryFile()
        self._announced = False
        self._told = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._started = time.monotonic()
        self.process: "subprocess.Popen[bytes]" = processes.start(
            job.command, job.environment, job.cwd, self._output, subprocess.STDOUT
        )

    def look(self) -> None:
        if self.ended is None and (code := self.process.poll()) is not None:
            self.ended = Ended(self.job.name, code, time.monotonic() - self._started)

    def tell(self, console: Console) -> None:
        if not self._announced:
            console.say(f"\n== {self.job.name}: {shlex.join(self.job.command)}")
            self._announced = True
        # Read at a place of its own: the child writes where the file's stands.
        while said := os.pread(self._output.fileno(), _CHUNK, self._told):
            self._told += len(said)
            console.pass_on(self._decoder.decode(said))

    def close(self) -> None:
        self._output.close()
