"""What the user sees: numbered steps with elapsed seconds; a live line on a terminal, plain lines elsewhere."""

import io
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_SPINNER = "|/-\\"
_TICK_SECONDS = 0.1
_CLEAR_LINE = "\r\x1b[2K"


class Step:
    """One numbered step; `outcome` is what its closing line says."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.started = time.monotonic()
        self.detail = ""
        self.outcome = "done"

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


class Console:
    def __init__(self, out: TextIO = sys.stdout) -> None:
        # a message may hold letters that this terminal's encoding lacks
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(errors="backslashreplace")
        self._steps = 0
        self._number = 0
        self._out = out
        self._live = out.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._step: Step | None = None
        self._drawn = False
        self._last_tick = 0.0

    def expect(self, steps: int) -> None:
        self._steps = steps

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        self._number += 1
        step = Step(f"[{self._number}/{self._steps}] {title}")
        self._step = step
        if not self._live:
            self.say(f"{step.label} ...")
        try:
            yield step
        except BaseException:
            self._step = None
            self.say(f"{step.label}: not finished, after {step.seconds:.1f} s")
            raise
        self._step = None
        self.say(f"{step.label}: {step.outcome} ({step.seconds:.1f} s)")

    def detail(self, text: str) -> None:
        """What is happening inside the step, for the live line only: the log has all of it."""
        if self._step and text.strip():
            self._step.detail = text.strip()
        self.tick()

    def tick(self) -> None:
        now = time.monotonic()
        if not self._live or not self._step or now - self._last_tick < _TICK_SECONDS:
            return
        self._last_tick = now
        mark = _SPINNER[int(now / _TICK_SECONDS) % len(_SPINNER)]
        line = f"{mark} {self._step.label} {self._step.seconds:.0f} s  {self._step.detail}"
        width = shutil.get_terminal_size().columns - 1
        self._write(_CLEAR_LINE + line.expandtabs()[:width])
        self._drawn = True

    def say(self, text: str = "") -> None:
        """A line that stays."""
        if self._drawn:
            self._write(_CLEAR_LINE)
            self._drawn = False
        self._write(text + "\n")

    def pass_on(self, text: str) -> None:
        """What a child has written, as it is."""
        self._write(text)

    def _write(self, text: str) -> None:
        # The terminal may be gone (SIGHUP, or `make run | head`): what is under way must still be ended in order.
        try:
            self._out.write(text)
            self._out.flush()
        except OSError:
            self._out = open(os.devnull, "w")
            self._live = False
            os.dup2(self._out.fileno(), 1)
