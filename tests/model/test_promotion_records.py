"""Records of promotions: one winner a number, a history that never changes, and what a rollback goes back to."""

import os
import threading
from dataclasses import replace

import pytest

from model.errors import JobError
from model.promotion_records import Record, check_words, history, new_attempt, newest_number, put, standing
from model.store import StoreError, open_store

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
CONTESTANTS = 4


def record(number: int, version: str = "1", kind: str = "promote", previous: str | None = None) -> Record:
    return Record(
        number=number, kind=kind, version=version, previous=previous,  # type: ignore[arg-type]
        promoted_at="2026-07-01T00:00:00Z", by="a tester", reason="a test", figures={"mae_eur": 1_600.0},
        storage_uri=f"s3://bucket/{version}", files_digest=version * 64, card_digest="c" * 64, schema_digest="d" * 64,
        decision=None, attempt=new_attempt(),
    )  # fmt: skip


def test_of_many_who_promote_at_once_one_wins_each_time(store_location: str) -> None:
    """Law: exactly one winner a race, all others are told who it was, and the history is whole."""
    store = open_store(store_location)
    races = 200 if WHOLE else 20
    winners = []
    for number in range(1, races + 1):
        # given some who have all seen the same newest record
        barrier = threading.Barrier(CONTESTANTS)
        won: list[str] = []
        lost: list[str] = []

        def contend(version: str, number: int = number) -> None:
            mine = replace(record(number, version), by=version)
            barrier.wait()
            try:
                put(store, mine)
                won.append(version)
            except JobError as error:
                lost.append(str(error))

        contestants = [threading.Thread(target=contend, args=(f"v{each}",)) for each in range(CONTESTANTS)]
        # when they all promote at once
        for each in contestants:
            each.start()
        for each in contestants:
            each.join()
        # then one wins, and the others are told of it
        assert len(won) == 1
        assert len(lost) == CONTESTANTS - 1
        assert all(f"{won[0]} was first with version {won[0]}" in message for message in lost)
        winners += won
    # and the history names each winner, in order
    assert [each.version for each in history(store)] == winners
    assert newest_number(store) == races


def test_a_history_is_told_oldest_first_as_it_was_put(store_location: str) -> None:
    store = open_store(store_location)
    assert history(store) == []
    told = [record(number, str(number)) for number in (1, 2, 11)]
    for each in told:
        put(store, each)
    assert history(store) == told


def test_a_record_that_cannot_be_read_is_named(tmp_path: object) -> None:
    store = open_store(str(tmp_path))
    store.put_new("promotions/000000000001.json", b'{"number": 2}')
    with pytest.raises(StoreError, match="promotions/000000000001.json"):
        history(store)


@pytest.mark.parametrize(
    ("done", "left"),
    [
        ([("promote", "1")], ["1"]),
        ([("promote", "1"), ("promote", "2"), ("promote", "3")], ["1", "2", "3"]),
        ([("promote", "1"), ("promote", "2"), ("promote", "3"), ("rollback", "2")], ["1", "2"]),
        ([("promote", "1"), ("promote", "2"), ("promote", "3"), ("rollback", "2"), ("rollback", "1")], ["1"]),
        ([("promote", "1"), ("promote", "2"), ("promote", "3"), ("rollback", "1"), ("promote", "4")], ["1", "4"]),
    ],
)
def test_a_rollback_takes_back_what_came_after(done: list[tuple[str, str]], left: list[str]) -> None:
    records = [record(number, version, kind) for number, (kind, version) in enumerate(done, start=1)]
    assert [each.version for each in standing(records)] == left


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("who", "  "), ("who", "two\nlines"), ("who", "x" * 501)])
def test_who_and_why_are_lines_that_can_be_shown(by: str, reason: str) -> None:
    with pytest.raises(JobError, match="must be one line"):
        check_words(by, reason)
