"""Leases: one process at a time does what a name stands for, on whatever machine, by way of the store that all share.

A lease is what the newest of the objects leases/<name>/<number>.json says: who holds it, and until when. Whoever finds
it over puts the next number, and has it if the newest is its own then; so does the holder, to have it for longer. The
newest is never deleted, so that numbers only rise, and a number that is free again, since older ones are deleted, is
never the newest. It takes put_new alone, which every store has.

What is assumed: the clocks of those who share a store differ by no more than a sixth of the time that a lease lasts,
10 s of the usual 60 s; a holder counts on its lease for no more than five sixths. A holder that is halted as a whole
and goes on later can still write until it looks at its lease again. The store bears that, since nothing in it is ever
replaced.
"""

import json
import os
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from model.store import NotStored, Store, StoreError

LEASES = "leases/"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
FILE = re.compile(r"[0-9]{12}\.json")
LASTS_S = 60.0
LOOKS_EVERY_S = 1.0  # for the end of another's
LOOKS = 10  # for the newest object, each time another one was newer


class LeaseHeld(OSError):
    """Another one holds the lease."""

    def __init__(self, name: str, holder: str, until: datetime) -> None:
        super().__init__(f"{holder} is at work on {name}, until {until:%Y-%m-%d %H:%M:%S} UTC or longer")
        self.holder = holder
        self.until = until


class LeaseLost(OSError):
    """The lease was not renewed in time, so another one may hold it."""


@dataclass(frozen=True)
class _Newest:
    number: int
    holder: str
    until: datetime  # in the past, where it was released
    older: list[str]  # the keys of those before it


class Lease:
    """A lease that hold() has taken. It is renewed in a thread of its own, each third of its time."""

    def __init__(self, store: Store, name: str, lasts_s: float, clock: Callable[[], float]) -> None:
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a lease")
        self.name = name
        self.holder = f"{socket.gethostname()}, process {os.getpid()}, {secrets.token_hex(4)}"
        self._store, self._beginning, self._lasts_s, self._clock = store, f"{LEASES}{name}/", lasts_s, clock
        self._number = 0
        self._held_until_s = 0.0
        self._lost = False
        self._end = threading.Event()
        self._renewer = threading.Thread(target=self._renew_on_and_on, name=f"lease {name}", daemon=True)

    @property
    def held(self) -> bool:
        """Whether it can be counted on."""
        return not self._lost and self._clock() < self._held_until_s

    def check(self) -> None:
        """Raises LeaseLost unless it is held. For whatever works under it to ask before each step."""
        if not self.held:
            raise LeaseLost(f"the lease of {self.name} was not renewed in time, so another one may be at work on it")

    def take(self) -> None:
        """Raises LeaseHeld."""
        while True:
            newest = self._newest()
            if newest and newest.until > _moment(self._clock()):
                raise LeaseHeld(self.name, newest.holder, newest.until)
            if self._put(newest.number + 1 if newest else 1, self._lasts_s):
                self._renewer.start()
                return

    def release(self) -> None:
        """End it for all. Where the store cannot be reached, it ends by itself."""
        self._end.set()
        self._renewer.join(self._lasts_s / 6)
        if not self._renewer.is_alive():
            with suppress(OSError):
                self._put(self._number + 1, 0.0)

    def _put(self, number: int, lasts_s: float) -> bool:
        """Say that we hold it from now on; whether we do."""
        until = _moment(self._clock() + lasts_s)
        said = json.dumps({"holder": self.holder, "until": until.isoformat()}) + "\n"
        self._store.put_new(f"{self._beginning}{number:012}.json", said.encode())
        # The newest tells more than whether this was put: an older attempt of ours may have come through.
        newest = self._newest()
        if newest is None or newest.holder != self.holder:
            return False
        self._number, self._held_until_s = newest.number, newest.until.timestamp() - self._lasts_s / 6
        for key in newest.older:
            self._store.delete(key)
        return True

    def _renew_on_and_on(self) -> None:
        pause_s = self._lasts_s / 3
        while not self._end.wait(pause_s):
            try:
                self._lost = not self._put(self._number + 1, self._lasts_s)
                pause_s = self._lasts_s / 3
            except OSError:  # there is time to try it again
                pause_s = self._lasts_s / 12
            if self._lost:
                return

    def _newest(self) -> _Newest | None:
        for _ in range(LOOKS):
            keys = [key for key in self._store.keys(self._beginning) if FILE.fullmatch(key[len(self._beginning) :])]
            if not keys:
                return None
            try:
                said = json.loads(self._store.get(keys[-1]))
                until = datetime.fromisoformat(said["until"]).astimezone(UTC)
                return _Newest(int(keys[-1][-17:-5]), str(said["holder"]), until, keys[:-1])
            except NotStored:
                continue  # its holder has put a newer one
            except (ValueError, LookupError, TypeError) as error:
                raise StoreError(f"{keys[-1]} in the store is no lease: {error!r}") from error
        raise StoreError(f"the store names {keys[-1]} and does not have it")


@contextmanager
def hold(
    store: Store,
    name: str,
    *,
    wait_s: float = 0.0,
    on_wait: Callable[[LeaseHeld], None] | None = None,
    lasts_s: float = LASTS_S,
    clock: Callable[[], float] = time.time,
) -> Iterator[Lease]:
    """Hold the lease of a name while the block runs.

    Where another one holds it, on_wait is told so, once for each holder, and it is waited for; after wait_s LeaseHeld
    is raised. A holder that was killed holds it for lasts_s at most, so that a wait_s above that outlasts it. Raises
    what the store raises, too.
    """
    lease = Lease(store, name, lasts_s, clock)
    _take(lease, time.monotonic() + wait_s, on_wait)
    try:
        yield lease
    finally:
        lease.release()


def _take(lease: Lease, until_s: float, on_wait: Callable[[LeaseHeld], None] | None) -> None:
    waits_for = None
    while True:
        try:
            return lease.take()
        except LeaseHeld as held:
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                raise
            if on_wait and held.holder != waits_for:
                on_wait(held)
            waits_for = held.holder
            time.sleep(min(LOOKS_EVERY_S, left_s))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
