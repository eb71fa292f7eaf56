"""Notices that a server takes calls and answers none, before every caller has waited to find out for himself."""

import threading
import time

# So many calls in a row, or at once, without an answer mean that it hangs, and not that one of them was long.
HUNG_AFTER_CALLS = 3


class HangDetector:
    """Watches calls begin and end. Safe to share between threads."""

    def __init__(self, longest_silence_s: float) -> None:
        """longest_silence_s is how long calls may be under way without one of them being answered."""
        self._longest_silence_s = longest_silence_s
        self._lock = threading.Lock()
        self._under_way = 0
        self._silent_since_s = 0.0
        self._timeouts = 0

    @property
    def hangs(self) -> bool:
        with self._lock:
            silent_s = time.monotonic() - self._silent_since_s
            silent = self._under_way >= HUNG_AFTER_CALLS and silent_s > self._longest_silence_s
            return silent or self._timeouts >= HUNG_AFTER_CALLS

    def begin(self) -> None:
        with self._lock:
            if self._under_way == 0:
                self._silent_since_s = time.monotonic()
            self._under_way += 1

    def end(self, timed_out: bool) -> None:
        """A call has ended: by its time being out, or by an answer of whatever kind."""
        with self._lock:
            self._under_way -= 1
            if timed_out:
                self._timeouts += 1
            else:
                self._timeouts = 0
                self._silent_since_s = time.monotonic()
