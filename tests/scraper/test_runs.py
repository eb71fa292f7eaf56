"""A run: nothing of it counts before it is finished, and what two runs find alike is there once."""

import json
from datetime import UTC, date, datetime

import pytest

from model.schema.collected import Cover, read_manifest
from model.store import open_store
from scraper.runs import RECORDS_A_PART, Run
from tests.scraper.listings import stored

DAY = date(2026, 7, 14)


def record(number: int, day: str = "2026-07-14") -> dict[str, str]:
    return {"id": str(number), "make": "BMW", "listed_on": day}


def test_a_run_counts_once_it_is_finished(store_location: str) -> None:
    # given a run that has kept pages and more records than a part holds
    store = open_store(store_location)
    run = Run(store, "feed")
    run.keep_page(DAY, b"{}")
    run.quarantine(DAY, b"[]", "page 2", "it is half a page")
    run.add(record(number, "2026-07-12") for number in range(RECORDS_A_PART + 5))
    # when nobody has finished it, then none of it counts
    assert list(stored(store)) == []
    # when it is finished, then all of it does
    manifest, is_new = run.finish([Cover("BMW")], {"pages": 1})
    ((found, records),) = stored(store)
    assert is_new and found == manifest
    assert (found.day, found.covers, found.counts, found.records) == (DAY, (Cover("BMW"),), {"pages": 1}, 10_005)
    assert records == [record(number, "2026-07-12") for number in range(RECORDS_A_PART + 5)]
    assert [page.reason for page in found.quarantined] == ["it is half a page"]


def test_what_two_runs_find_alike_is_there_once(store_location: str) -> None:
    # given a run that is finished
    store = open_store(store_location)
    for expected in (True, False):
        # when another one finds the same
        run = Run(store, "feed")
        run.add(record(number) for number in range(5))
        manifest, is_new = run.finish()
        # then the first one's manifest stays, and that is told
        assert is_new is expected
        (key,) = store.keys("manifests/")
        assert key == manifest.key and (read_manifest(store.get(key)).run == run.id) is expected
    # and what differs in anything that counts is another run's
    run = Run(store, "feed")
    run.add(record(number) for number in range(5))
    assert run.finish([Cover()])[1] is True


def test_a_run_that_fails_tells_why_and_counts_for_nothing(store_location: str) -> None:
    """The same failure is told once a day."""
    # given runs with records that must not count, when they fail
    store = open_store(store_location)
    for _ in range(2):
        run = Run(store, "feed")
        run.add([record(1)])
        run.quarantine(DAY, b"[]", "page 2", "it is half a page")
        key = run.fail("too many pages are bad", {"pages": 3})
    # then there is what they tell, and nothing that counts
    assert list(stored(store)) == [] and store.keys("failures/") == [key]
    told = json.loads(store.get(key))
    assert (told["failed"], told["counts"], told["day"]) == (
        "too many pages are bad", {"pages": 3}, datetime.now(UTC).date().isoformat(),
    )  # fmt: skip
    assert told["quarantined"][0]["origin"] == "page 2"


def test_a_dry_run_keeps_nothing_and_an_empty_one_cannot_be_finished(store_location: str) -> None:
    # given a dry run, when it is finished or fails, then there is nothing
    store = open_store(store_location)
    run = Run(store, "feed", dry_run=True)
    run.keep_page(DAY, b"{}")
    run.add([record(1)])
    assert run.finish()[0].records == 1
    run.fail("no")
    assert store.keys("") == []
    # and one that has nothing to tell of cannot be finished
    with pytest.raises(ValueError, match="nothing"):
        Run(store, "feed").finish()
