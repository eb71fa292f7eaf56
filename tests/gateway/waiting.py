"""Waiting for what other threads bring about."""

import time
from collections.abc import Callable

WITHIN_S = 5.0  # for two cores that are busy with other tests
LOOKS_EVERY_S = 0.002


def until(what: Callable[[], bool]) -> bool:
    """Whether it comes true in time."""
    until_s = time.monotonic() + WITHIN_S
    while not what():
        if time.monotonic() > until_s:
            return False
        time.sleep(LOOKS_EVERY_S)
    return True
