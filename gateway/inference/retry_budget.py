"""Second tries as a share of first ones: what fails wholly must not get twice the calls."""

import threading

TRIES_PER_CALL = 0.1


class RetryBudget:
    """Each call earns a tenth of a second try; what good times have saved is there in bad ones. Safe to share between
    threads.
    """

    def __init__(self, most_saved: float, saved: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._most_saved = most_saved
        self._saved = saved

    def note(self) -> None:
        """A call is made."""
        with self._lock:
            self._saved = min(self._saved + TRIES_PER_CALL, self._most_saved)

    def take(self) -> bool:
        """Whether one may be tried again; then it counts as that."""
        with self._lock:
            if self._saved < 1:
                return False
            self._saved -= 1
            return True
