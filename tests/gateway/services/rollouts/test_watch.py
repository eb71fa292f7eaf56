"""What processes do together: they follow one row, add up what they counted, and one of them judges."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from gateway.db import moments
from gateway.db.audit import AuditRow
from gateway.db.rollout import RolloutCountRow, RolloutDifferenceRow, RolloutRow
from gateway.db.transactions import writing
from gateway.extensions import db
from gateway.inference.split import Split
from gateway.services.rollouts import records
from gateway.services.rollouts.watch import Watch
from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import Gateway
from tests.gateway.rolling import open_rollout

LONG_AGO = moments.now() - timedelta(hours=1)
KEY = (10, "2")  # share and version


@pytest.fixture
def three(open_gateway: OpenGateway, database_url: str) -> list[Gateway]:
    """Processes on one database."""
    return [open_gateway(database_url=database_url) for _ in range(3)]


@contextmanager
def inside(gateway: Gateway) -> Iterator[Watch]:
    with gateway.app.app_context():
        yield gateway.services.watch


def count(gateway: Gateway, row: RolloutRow, requests: int, share: int = 10, version: str = "2", **what: bool) -> None:
    """As if a process had priced so many cars by then, and told of it."""
    with inside(gateway) as watch:
        for _ in range(requests):
            watch._tally.count((row.sequence, share, version), **what)
        watch.tell()


def judged(gateway: Gateway) -> RolloutRow:
    """The newest rollout, after it was judged once more."""
    with inside(gateway) as watch:
        with writing() as session:
            session.execute(update(RolloutRow).values(judged_at=None))
        watch.judge()
        row = records.newest(db.session())
        assert row is not None
        return row


def test_all_follow_one_row(three: list[Gateway]) -> None:
    # given three processes, when a rollout begins, goes on and ends in one of them
    for share, changes, expected in (
        (10, {}, ("1", "2", 10)), (50, {}, ("1", "2", 50)),
        (100, {"state": "done", "open": None}, ("2", None, 0)),
        (10, {"state": "rolled_back", "open": None}, ("1", None, 0)),
    ):  # fmt: skip
        open_rollout(three[0], share, **changes)
        # then the others do the same as soon as they have looked
        for gateway in three:
            with inside(gateway) as watch:
                watch.look()
            split = gateway.services.prices.split
            assert (split.champion, split.challenger, split.share_percent) == expected
    # and what was taken back is no stand-in
    assert gateway.services.prices.split.withheld == "2"


def test_what_they_count_adds_up(three: list[Gateway]) -> None:
    """At the same moment too, and in the slot as in the whole."""
    # given an open rollout
    row = open_rollout(three[0])

    # when all count, and tell of it several times
    def work(gateway: Gateway) -> None:
        for _ in range(5):
            with inside(gateway) as watch:
                for number in range(20):
                    watch._tally.count((row.sequence, *KEY), error=number == 0, mirrored=number < 5)
                    watch._tally.compare(row.sequence, ("BMW", "Skoda")[number % 2], 0.01)
                watch.tell()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, three))
    # then nothing is lost, and nothing counted twice
    with inside(three[0]):
        for since_s in (None, 1_000.0):
            counts = records.counts_of(db.session(), row, since_s)
            assert counts == {"2": records.Counts(requests=300, mirrored=75, errors=15)}
            assert records.differences_of(db.session(), row, since_s).count == 300
        makes = records.differences_by_make(db.session(), row, 5)
        assert {make: found.count for make, found in makes.items()} == {"BMW": 150, "Skoda": 150}
        assert makes["BMW"].mean == pytest.approx(0.01)


def test_no_alarm_and_enough_requests_lead_to_the_next_share(three: list[Gateway]) -> None:
    # given a rollout that has baked, but was asked too little
    row = open_rollout(three[0], 10, step_at=LONG_AGO)
    count(three[0], row, 99)
    count(three[1], row, 50, mirrored=True)
    assert judged(three[0]).share_percent == 10
    # when it was asked enough, then it goes on, once
    count(three[1], row, 1)
    found = judged(three[2])
    assert (found.share_percent, found.state, found.open) == (50, "canary", 1)
    assert found.step_at > LONG_AGO + timedelta(minutes=30)
    # and at the new share it bakes anew, and is asked anew
    assert judged(three[0]).share_percent == 50
    for share in (50, 100):
        count(three[0], row, 100, share)
        assert judged(three[0]).share_percent == share
        with inside(three[0]), writing() as session:
            session.execute(update(RolloutRow).values(step_at=LONG_AGO))
        found = judged(three[0])
    # and after the last share it is the champion
    assert (found.state, found.open, found.alarm) == ("done", None, None)
    with inside(three[0]):
        noted = [row.action for row in db.session.scalars(select(AuditRow).order_by(AuditRow.sequence))]
    assert noted[-3:] == ["rollout.share", "rollout.share", "rollout.done"]


def test_in_the_shadow_mirrored_requests_are_enough(three: list[Gateway]) -> None:
    row = open_rollout(three[0], 0, step_at=LONG_AGO)
    count(three[0], row, 100, 0, mirrored=True)
    found = judged(three[0])
    assert (found.share_percent, found.state) == (10, "canary")


@pytest.mark.parametrize("what", ["error", "refusal", "slow", "difference"])
def test_an_alarm_takes_back(three: list[Gateway], what: str) -> None:
    """Whoever's turn it is, all follow."""
    # given a good hour, and then a bad minute
    row = open_rollout(three[0], 50, step_at=LONG_AGO)
    count(three[0], row, 5_000, 50)
    with inside(three[0]):
        for _ in range(1_000):
            three[0].services.watch._tally.compare(row.sequence, "BMW", 0.01)
        three[0].services.watch.tell()
        with writing() as session:  # as if that had been before
            for table in (RolloutCountRow, RolloutDifferenceRow):
                session.execute(update(table).where(table.slot > 0).values(slot=1))
    if what == "difference":
        with inside(three[1]) as watch:
            for _ in range(30):
                watch._tally.compare(row.sequence, "BMW", -0.1)
            watch.tell()
    else:
        count(three[1], row, 10, 50, "2", **{what: True})
    # when it is judged, then it is taken back, and why is told
    found = judged(three[2])
    assert (found.state, found.open, found.share_percent) == ("rolled_back", None, 50)
    alarm = json.loads(found.alarm or "")
    assert alarm["kind"] == {"error": "errors", "refusal": "refusals", "difference": "differences"}.get(what, what)
    assert alarm["words"] == found.end_reason
    for gateway in three:
        with inside(gateway) as watch:
            watch.look()
        assert gateway.services.prices.split == Split(champion="1", withheld="2")
        assert gateway.metric("gateway_rollout_alarm", kind=alarm["kind"]) == 1
        assert gateway.metric("gateway_rollout_state", state="rolled_back") == 1
    # and what was counted by the slot is gone
    with inside(three[0]):
        slots = set(db.session.scalars(select(RolloutCountRow.slot).where(RolloutCountRow.rollout == row.sequence)))
    assert slots == {0}


def test_one_of_many_judges_at_a_time(three: list[Gateway]) -> None:
    """However many come at once, one share is gone up."""
    row = open_rollout(three[0], 10, step_at=LONG_AGO, bake_s=0, limits='{"least_requests": 0}')
    with ThreadPoolExecutor(9) as pool:
        list(pool.map(lambda gateway: judge_alone(gateway), three * 3))
    with inside(three[0]):
        found = db.session.get_one(RolloutRow, row.sequence)
    assert found.share_percent == 50


def test_a_clock_that_goes_wrong_keeps_nobody_from_judging(three: list[Gateway]) -> None:
    ahead = moments.now() + timedelta(hours=1)
    row = open_rollout(three[0], 10, step_at=LONG_AGO, bake_s=0, limits='{"least_requests": 0}', judged_at=ahead)
    judge_alone(three[1])
    with inside(three[0]):
        assert db.session.get_one(RolloutRow, row.sequence).share_percent == 50


def judge_alone(gateway: Gateway) -> None:
    with inside(gateway) as watch:
        watch.judge()


def test_what_cannot_be_told_is_told_later(three: list[Gateway], monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is known holds while the database is away."""
    # given a process that has counted, and a database that fails
    gateway = three[0]
    row = open_rollout(gateway)
    gateway.services.watch._tally.count((row.sequence, *KEY))
    gateway.services.watch._tally.compare(row.sequence, "BMW", 0.01)

    def fail(*_: Any) -> None:
        raise SQLAlchemyError

    with monkeypatch.context() as broken:
        broken.setattr(records, "add", fail)
        with inside(gateway) as watch, pytest.raises(SQLAlchemyError):
            watch.tell()
    with monkeypatch.context() as broken:
        broken.setattr(records, "newest", fail)
        gateway.services.watch._try()
    assert gateway.services.prices.split.challenger == "2"
    # when it is back, then all is told, with what was counted meanwhile
    count(gateway, row, 2)
    with inside(gateway):
        assert records.counts_of(db.session(), row)["2"].requests == 3
        assert records.differences_of(db.session(), row).count == 1


def test_counts_of_a_rollout_that_is_gone_are_let_go(three: list[Gateway]) -> None:
    """A process that was cut off counted for one that a restored backup does not know."""
    with inside(three[0]) as watch:
        watch._tally.count((77, *KEY))
        watch.tell()
        assert db.session.scalars(select(RolloutCountRow)).all() == []


def test_the_metrics_have_the_open_share_alone(gateway: Gateway) -> None:
    """Labels of versions that are gone do not stay."""
    open_rollout(gateway, 50)
    assert gateway.metric("gateway_rollout_share_percent", version="2") == 50
    assert gateway.metric("gateway_rollout_state", state="canary") == 1
    open_rollout(gateway, 10, version="3")
    (metric,) = gateway.services.metrics.rollout_share.collect()
    assert [sample.labels for sample in metric.samples] == [{"version": "3"}]
