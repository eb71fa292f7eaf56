"""Limits on attempts: how many, how soon again, and together."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from gateway.db import moments
from gateway.db.attempt import AttemptRow
from gateway.db.transactions import writing
from gateway.errors import TooManyAttempts
from gateway.extensions import db
from gateway.services.attempts import Attempts, Limit
from tests.gateway.gateways import Gateway

FEW = Limit("few", 3, 60)
MANY = Limit("many", 100, 60)


def pass_time(gateway: Gateway, seconds: float) -> None:
    """Let every key's clock be as if so much time had gone by."""
    with gateway.app.app_context(), writing() as session:
        for row in session.scalars(select(AttemptRow)):
            row.free_at -= timedelta(seconds=seconds)


def taken(gateway: Gateway, *keys: tuple[Limit, str]) -> bool:
    with gateway.app.app_context():
        try:
            Attempts(limited=True).take(keys)
        except TooManyAttempts:
            return False
    return True


def test_a_burst_is_allowed_and_then_one_by_one(each_gateway: Gateway) -> None:
    """Three a minute: three at once, then one each twenty seconds."""
    # given three attempts, when a fourth comes, then it is too early
    assert [taken(each_gateway, (FEW, "a")) for _ in range(4)] == [True, True, True, False]
    # and after a third of the time there is one again, and after all of it three
    pass_time(each_gateway, 21)
    assert [taken(each_gateway, (FEW, "a")) for _ in range(2)] == [True, False]
    pass_time(each_gateway, 61)
    assert [taken(each_gateway, (FEW, "a")) for _ in range(4)] == [True, True, True, False]
    # and others were never concerned
    assert taken(each_gateway, (FEW, "b"))


def test_who_is_refused_by_one_limit_uses_up_no_other(each_gateway: Gateway) -> None:
    """A refused attempt counts for nothing: nobody is locked out longer by trying."""
    # given a key that is used up, when it is tried with another one, then that one is as it was
    for _ in range(3):
        assert taken(each_gateway, (FEW, "a"))
    assert not taken(each_gateway, (FEW, "a"), (MANY, "a"))
    with each_gateway.app.app_context():
        assert len(db.session.scalars(select(AttemptRow)).all()) == 1


def test_attempts_at_the_same_time_count_each(each_gateway: Gateway) -> None:
    """A limit that many tries at once get around is none."""
    # given twelve attempts that begin together
    barrier, results = threading.Barrier(12), []

    def attempt() -> None:
        barrier.wait()
        results.append(taken(each_gateway, (FEW, "a"), (MANY, "a")))

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # when all have ended, then three were let through
    assert sorted(results) == [False] * 9 + [True] * 3


@pytest.mark.parametrize("behind_s, let_through", [(1, False), (59, False), (24 * 3600, True)])
def test_a_clock_that_is_behind(
    each_gateway: Gateway, monkeypatch: pytest.MonkeyPatch, behind_s: int, let_through: bool
) -> None:
    """A worker a moment behind gives no second burst; after a clock was set back by a day nobody waits for that day."""
    # given a key that is used up
    for _ in range(3):
        assert taken(each_gateway, (FEW, "a"))
    # when it is tried by a clock that is behind, then how far decides
    earlier = moments.now() - timedelta(seconds=behind_s)
    monkeypatch.setattr(moments, "now", lambda: earlier)
    assert taken(each_gateway, (FEW, "a")) is let_through


@pytest.mark.parametrize("seconds, wait_s", [(0, 20), (5, 15)])
def test_it_is_told_when_to_come_back(each_gateway: Gateway, seconds: int, wait_s: int) -> None:
    """In whole seconds, rounded up."""
    # given a key that is used up some seconds ago
    for _ in range(3):
        taken(each_gateway, (FEW, "a"))
    with each_gateway.app.app_context(), writing() as session:
        free_at = moments.now() + timedelta(seconds=60 - seconds)
        session.execute(update(AttemptRow).values(free_at=free_at))
    # when it is tried, then what is left of its interval is told
    with each_gateway.app.app_context(), pytest.raises(TooManyAttempts) as refused:
        Attempts(limited=True).take([(FEW, "a")])
    assert int(refused.value.headers["Retry-After"]) in (wait_s, wait_s - 1)
