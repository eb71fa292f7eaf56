"""Ctrl-C, SIGTERM and SIGHUP as a request that loops look at.

Nothing is raised from a signal handler: a step's child that was just started, or a file that is being written,
is never lost between two lines.
"""

import signal
import sys
from types import FrameType

from local.errors import Stopped


class StopRequest:
    def __init__(self) -> None:
        self._count = 0
        self.by_keyboard = False

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)
        # nohup ignores SIGHUP so that the run outlives its terminal; that wish is kept.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        self.by_keyboard = number == signal.SIGINT and sys.stdin.isatty()

    @property
    def asked(self) -> bool:
        return self._count > 0

    @property
    def urgent(self) -> bool:
        """Asked a second time: no more patience."""
        return self._count > 1

    def check(self) -> None:
        if self.asked:
            raise Stopped
