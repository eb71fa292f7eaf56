"""Runs one step's commands: their output to the step's log, their progress to the console, their failure explained."""

import os
import selectors
import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local import diagnose, locks, processes
from local.console import Console
from local.errors import CannotGoOn, Stopped
from local.settings import Settings
from local.stopping import StopRequest

_POLL_SECONDS = 0.1
_GRACE_SECONDS = 5.0
_TAIL_LINES = 15
# where the reason is known
_SHORT_TAIL_LINES = 4
# How long to read on after the command ended: something it left behind may hold the pipe open for ever.
_LEFTOVER_SECONDS = 1.0


@dataclass(frozen=True)
class Finished:
    exit_code: int
    stdout: str
    output: str


class Runner:
    def __init__(self, settings: Settings, console: Console, stop: StopRequest) -> None:
        self.settings = settings
        self.console = console
        self.stop = stop
        self._begun_logs: set[str] = set()

    def must(self, command: Sequence[str], log: str, cwd: Path | None = None, path_first: Path | None = None) -> None:
        """Run to success, or raise CannotGoOn with the known reason or the end of the output."""
        finished = self.run(command, log, cwd=cwd, path_first=path_first)
        if finished.exit_code:
            raise self.failure(command, log, finished)

    def run(self, command: Sequence[str], log: str, cwd: Path | None = None, path_first: Path | None = None,
            on_line: Callable[[str], None] | None = None) -> Finished:
        """Run to its end, whatever the end is. Raises Stopped, the command's group ended, when asked to stop.

        `on_line` gets each line of standard error and output as it comes (default: the step's live detail).
        """
        self.stop.check()
        environment = self.settings.child_environment()
        if path_first:
            environment["PATH"] = os.pathsep.join([str(path_first), environment.get("PATH", os.defpath)])
        with self._open_log(log) as log_file:
            log_file.write(f"$ {shlex.join(command)}\n".encode())
            try:
                process = processes.start(command, environment, cwd or self.settings.checkout,
                                          subprocess.PIPE, subprocess.PIPE)
            except OSError as error:
                raise CannotGoOn(f"{command[0]} cannot be started ({error.strerror}).\n"
                                 "`make clean`, then the same again, makes what was installed anew.")
            stdout, output = self._follow(process, log_file, on_line or self.console.detail)
        return Finished(process.wait(), stdout, output)

    def failure(self, command: Sequence[str], log: str, finished: Finished) -> CannotGoOn:
        known = diagnose.explain(finished.output)
        tail_lines = _SHORT_TAIL_LINES if known else _TAIL_LINES
        tail = [f"    | {line}" for line in finished.output.splitlines()[-tail_lines:]]
        name = os.path.basename(command[0])
        said = known or f"{name} ended with exit code {finished.exit_code}; the lines above are the last it said."
        return CannotGoOn("\n".join([*tail, said, f"Its whole output: {self.log_path(log)}"]))

    def log_path(self, log: str) -> Path:
        return self.settings.logs / f"{log}.log"

    def _open_log(self, log: str) -> IO[bytes]:
        """A step's log begins anew with each run, and holds all commands of the step."""
        locks.claim_state(self.settings)
        self.settings.logs.mkdir(exist_ok=True)
        mode = "ab" if log in self._begun_logs else "wb"
        self._begun_logs.add(log)
        return open(self.log_path(log), mode, buffering=0)

    def _follow(self, process: "subprocess.Popen[bytes]", log_file: IO[bytes],
                on_line: Callable[[str], None]) -> tuple[str, str]:
        stdout, everything = bytearray(), bytearray()
        partial: dict[str, bytes] = {"stdout": b"", "stderr": b""}
        assert process.stdout and process.stderr
        ended_at: float | None = None
        with selectors.DefaultSelector() as selector, process.stdout, process.stderr:
            selector.register(process.stdout, selectors.EVENT_READ, "stdout")
            selector.register(process.stderr, selectors.EVENT_READ, "stderr")
            while selector.get_map():
                if self.stop.asked:
                    processes.stop(process, _GRACE_SECONDS, self.stop, self.console.tick)
                    raise Stopped
                for key, _ in selector.select(_POLL_SECONDS):
                    chunk = os.read(key.fd, 65536)
                    if not chunk:
                        selector.unregister(key.fileobj)
                        continue
                    log_file.write(chunk)
                    everything += chunk
                    if key.data == "stdout":
                        stdout += chunk
                    # a progress bar ends its lines with a carriage return
                    *lines, partial[key.data] = (partial[key.data] + chunk).replace(b"\r", b"\n").split(b"\n")
                    for line in lines:
                        on_line(line.decode(errors="replace"))
                self.console.tick()
                if process.poll() is not None:
                    ended_at = ended_at or time.monotonic()
                    if time.monotonic() - ended_at > _LEFTOVER_SECONDS:
                        break
            for rest in filter(None, partial.values()):
                on_line(rest.decode(errors="replace"))
        self._wait(process)
        return stdout.decode(errors="replace"), everything.decode(errors="replace")

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        """A command may close its output long before it ends."""
        while process.poll() is None:
            if self.stop.asked:
                processes.stop(process, _GRACE_SECONDS, self.stop, self.console.tick)
                raise Stopped
            self.console.tick()
            time.sleep(_POLL_SECONDS)
