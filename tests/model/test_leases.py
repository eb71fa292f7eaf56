"""Leases: one at a time is at work, whoever is killed, late, slow or wrong about the time."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from model.leases import LASTS_S, Lease, LeaseHeld, LeaseLost, hold
from model.store import LocalStore, Store, StoreError, open_store

ROOT = Path(__file__).resolve().parents[2]
RACES = 200 if os.environ.get("DEALERSHIP_VERIFY") == "1" else 8
LOOKS_WITHIN_S = 60.0  # for a machine that is busy with other tests
SHORT_S = 0.3

HOLD_ON_AND_ON = """
import sys, time
from model.leases import hold
from model.store import open_store
with hold(open_store(sys.argv[1]), "crawl", lasts_s=3.0) as lease:
    print(lease.holder, flush=True)
    time.sleep(600)
"""


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now_s: float = 1_800_000_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


class Between:
    """A store in which something happens right before or after each put."""

    def __init__(
        self, store: Store, before: Callable[[], None] = lambda: None, after: Callable[[], None] = lambda: None
    ) -> None:
        self._store, self.before, self.after = store, before, after

    def put_new(self, key: str, content: bytes) -> bool:
        self.before()
        new = self._store.put_new(key, content)
        self.after()
        return new

    def get(self, key: str) -> bytes:
        return self._store.get(key)

    def keys(self, prefix: str) -> list[str]:
        return self._store.keys(prefix)

    def delete(self, key: str) -> None:
        self._store.delete(key)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return LocalStore(tmp_path / "store")


def until(what: Callable[[], bool]) -> bool:
    """Whether it comes true in time."""
    until_s = time.monotonic() + LOOKS_WITHIN_S
    while not what() and time.monotonic() < until_s:
        time.sleep(0.005)
    return what()


def newest_number(store: Store) -> int:
    return max(int(Path(key).stem) for key in store.keys("leases/crawl/"))


def unreachable() -> None:
    raise StoreError("the store cannot be reached")


def test_one_at_a_time_holds_it(store_location: str) -> None:
    """The next one is told by whom it is held and until when, and has it once it is released."""
    # given a lease that is held
    with hold(open_store(store_location), "crawl") as lease:
        lease.check()
        # when another one wants it, then it is told who has it, and may hold another name's
        other = open_store(store_location)
        with pytest.raises(LeaseHeld, match="at work on crawl") as held, hold(other, "crawl"):
            pass
        assert held.value.holder == lease.holder and str(os.getpid()) in lease.holder
        assert 0 < held.value.until.timestamp() - time.time() <= LASTS_S
        with hold(other, "import") as its:
            its.check()
    # and once it is released the other has it, and one object is left of each
    with hold(other, "crawl") as its:
        its.check()
    assert not lease.held
    assert [key.rpartition("/")[0] for key in other.keys("leases/")] == ["leases/crawl", "leases/import"]


def test_a_failure_releases_it(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), hold(store, "crawl"):
        raise ZeroDivisionError
    with hold(store, "crawl") as lease:
        lease.check()


def test_whoever_comes_after_a_kill_waits(store_location: str) -> None:
    """No longer than the killed one's lease lasts, and says for whom."""
    # given a holder that is killed
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_ON_AND_ON, store_location], stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as killed:
        assert killed.stdout is not None
        holder = killed.stdout.readline().strip()
        assert holder
        # and which is not over as long as it lives, although it lasts three seconds
        store = open_store(store_location)
        with pytest.raises(LeaseHeld), hold(store, "crawl"):
            pass
        os.kill(killed.pid, signal.SIGKILL)
    # when another one waits for its lease
    told: list[LeaseHeld] = []
    with hold(store, "crawl", wait_s=LOOKS_WITHIN_S, on_wait=told.append) as lease:
        # then it has it at last, and has told once for whom it waits
        lease.check()
    assert [held.holder for held in told] == [holder]


def test_it_is_renewed_as_long_as_it_is_held(store_location: str) -> None:
    """And what was said before is cleared away."""
    # given a lease that lasts much shorter than the work under it
    store, clock = open_store(store_location), Clock()
    with hold(store, "crawl", lasts_s=SHORT_S, clock=clock) as lease:
        # when time goes by, then it is renewed again and again
        for _ in range(3):
            clock.now_s += SHORT_S / 2
            number = newest_number(store)
            assert until(lambda: newest_number(store) > number + 1)
            lease.check()
            with pytest.raises(LeaseHeld), hold(store, "crawl", lasts_s=SHORT_S, clock=clock):
                pass
        assert len(store.keys("leases/crawl/")) <= 2


def test_whoever_cannot_renew_it_in_time_knows(store: Store) -> None:
    """And holds up nobody who comes then."""
    # given a holder whose store cannot be reached any more
    clock, its = Clock(), Between(store)
    with hold(its, "crawl", clock=clock) as lease:
        its.before = unreachable
        # when the time is nearly over, then it knows
        clock.now_s += LASTS_S * 5 / 6 - 0.01
        lease.check()
        clock.now_s += 0.02
        with pytest.raises(LeaseLost, match="crawl"):
            lease.check()
        # and when it is over, then another one has it, and keeps it when the first one gives up
        clock.now_s += LASTS_S / 6
        with hold(store, "crawl", clock=clock) as other:
            its.before = lambda: None
            lease.release()
            other.check()
            with pytest.raises(LeaseHeld) as held, hold(store, "crawl", clock=clock):
                pass
            assert held.value.holder == other.holder


@pytest.mark.parametrize("ahead_s", [-9.9, 9.9])
def test_clocks_may_differ(store: Store, ahead_s: float) -> None:
    """By up to a sixth of the time: never do two count on it."""
    # given a holder that renews no more, and one who waits, with another time on its clock
    clock, its = Clock(), Between(store)
    with hold(its, "crawl", clock=clock) as lease:
        its.before = unreachable
        taken_s: float | None = None
        for _ in range(800):
            # when time goes by, then the other one gets it after the first one has given it up
            clock.now_s += 0.1
            other = Clock(clock.now_s + ahead_s)
            try:
                with hold(store, "crawl", clock=other):
                    taken_s = clock.now_s
                    assert not lease.held
                break
            except LeaseHeld:
                pass
        assert taken_s is not None


def test_a_lost_lease_stays_lost(store: Store) -> None:
    """However late the renewing thread finds out, and whatever the clock says then."""
    # given a holder whose time ran out while its thread was halted, and another one who has it now
    clock, its, goes_on = Clock(), Between(store), threading.Event()

    def halted() -> None:
        goes_on.wait(LOOKS_WITHIN_S)

    with hold(its, "crawl", lasts_s=SHORT_S, clock=clock) as lease, ExitStack() as others:
        its.before = halted
        clock.now_s += SHORT_S
        others.enter_context(hold(store, "crawl", clock=clock))
        # when the thread goes on, and the clock is set back
        goes_on.set()
        clock.now_s -= SHORT_S
        # then it is lost all the same
        assert until(lambda: not lease.held)
        with pytest.raises(LeaseLost):
            lease.check()


def test_a_renewal_whose_answer_is_lost_is_no_loss(store: Store) -> None:
    """What was put is ours, whatever was said of it."""
    # given a holder whose next renewals are put, and then said to have failed
    clock, its = Clock(), Between(store)
    with hold(its, "crawl", lasts_s=SHORT_S, clock=clock) as lease:
        number = newest_number(store)
        its.after = unreachable
        assert until(lambda: newest_number(store) > number)
        # when the store can be reached again, then the lease goes on
        its.after = lambda: None
        number = newest_number(store)
        clock.now_s += SHORT_S / 2
        assert until(lambda: newest_number(store) > number + 1)
        lease.check()


def test_of_many_who_come_at_once_one_has_it(store_location: str) -> None:
    """When it is free, when it was released, and when its holder's time is over."""
    # given four who come at once, again and again
    clock = Clock()
    barrier = threading.Barrier(4, timeout=LOOKS_WITHIN_S)
    stores = [open_store(store_location) for _ in range(4)]

    def come(its: Store) -> str:
        barrier.wait()
        try:
            with hold(its, "crawl", clock=clock) as lease:
                barrier.wait()  # the others have come
                barrier.wait()
                return lease.holder
        except LeaseHeld as held:
            barrier.wait()
            barrier.wait()
            return f"not {held.holder}"

    with ThreadPoolExecutor(4) as pool:
        for _ in range(RACES):
            told = sorted(pool.map(come, stores))
            # then one of them has it, and the others are told of that one
            assert told[1:] == [f"not {told[0]}"] * 3 or told[:3] == [f"not {told[3]}"] * 3


def test_a_late_one_does_not_get_a_number_that_is_free_again(store_location: str) -> None:
    """It saw that the lease was free, was halted, and goes on when another one has had it for long."""
    # given one that is halted between its look and its put
    store, clock = open_store(store_location), Clock()
    others = ExitStack()

    def another_has_it_for_long() -> None:
        late.before = lambda: None
        lease = others.enter_context(hold(store, "crawl", lasts_s=SHORT_S, clock=clock))
        assert until(lambda: newest_number(store) >= 4 and len(store.keys("leases/crawl/")) == 1)
        holders.append(lease.holder)

    holders: list[str] = []
    late = Between(store, before=another_has_it_for_long)
    # when it goes on, and the number that it puts is free, then it is told that it came too late
    with others:
        with pytest.raises(LeaseHeld) as held, hold(late, "crawl", clock=clock):
            pass
        assert [held.value.holder] == holders


def test_a_store_that_is_away_at_the_end_is_no_failure(store: Store) -> None:
    """What was done is done; the lease ends by itself."""
    its = Between(store)
    with hold(its, "crawl"):
        its.before = unreachable


def test_a_store_that_is_away_at_the_start_is_told(store: Store) -> None:
    with pytest.raises(StoreError, match="reached"), hold(Between(store, before=unreachable), "crawl"):
        pass


@pytest.mark.parametrize("said", [b"", b"[]", b'{"holder": "a"}', b'{"holder": "a", "until": "soon"}', b"\xff"])
def test_what_is_no_lease_is_told(store: Store, said: bytes) -> None:
    """Not taken for a free one."""
    store.put_new("leases/crawl/000000000007.json", said)
    with pytest.raises(StoreError, match="000000000007.json.*no lease"), hold(store, "crawl"):
        pass


@pytest.mark.parametrize("name", ["", "a/b", "..", "ä", "a b"])
def test_what_is_no_name_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="name"), hold(store, name):
        pass


def test_a_lease_needs_its_block(store: Store) -> None:
    """One that was never taken is not held."""
    assert not Lease(store, "crawl", LASTS_S, time.time).held
