"""Compaction: what is read is the same with it and without, and a new day adds one object."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from model.compacted import COMPACTED, compact
from model.dataset import Dataset, read_collected
from model.errors import DataError
from model.store import LocalStore
from tests.model.stores import DAY, keep, keep_manifest, keep_part, record, records

LATER = DAY + timedelta(days=7)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A store with all that can be told of rows: two sources and days, copies, sights, faults, reports, other words."""
    store = LocalStore(tmp_path / "store")
    faults = [record(700, price_eur="1"), record(701, fuel="steam")]
    faults += [record(702, colour="red"), record(703, make="ŠKODA")]
    keep(store, "base", [*records(), *records(5), *faults])
    keep(store, "site", [record(800 + number, account="acct-1") for number in range(20)])
    keep(store, "site", records(100, LATER, model="Polo"), LATER)
    keep(store, "site", [record(1, LATER, gearbox="steam")], LATER)
    return store


def same(one: Dataset, other: Dataset) -> bool:
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
    return (one.report, one.digest, one.source, one.market_date) == (
        other.report, other.digest, other.source, other.market_date,
    ) and list(one.report.lines()) == list(other.report.lines())  # fmt: skip


def silent(_: str) -> None:
    pass


def test_what_is_read_is_the_same(store: LocalStore) -> None:
    """Law: table, report, digest and name do not depend on whether it was compacted."""
    # given a store, when it is compacted, then each day of a source is an object, and what is read is the same
    before = read_collected(store)
    done = compact(store, silent)
    assert (done.written, done.kept, done.deleted) == (3, 0, 0)
    assert len(store.keys(COMPACTED)) == 3
    assert same(read_collected(store), before)


def test_compacted_parts_are_not_read_again(store: LocalStore, tmp_path: Path) -> None:
    """That is what it is for."""
    # given a compacted store whose parts hold other bytes meanwhile, when it is read, then nobody notices
    before = read_collected(store)
    compact(store, silent)
    for path in (tmp_path / "store" / "listings").rglob("*.gz"):
        path.write_bytes(b"")
    assert same(read_collected(store), before)


def test_a_new_day_adds_one_object(store: LocalStore) -> None:
    # given a compacted store, and a day more
    compact(store, silent)
    there = store.keys(COMPACTED)
    day = LATER + timedelta(days=1)
    keep(store, "site", records(300, day, model="Up"), day)
    # when it is read, then the new day is read from its part
    fresh = read_collected(store)
    assert fresh.report.sources["site"].rows_used == 420
    # and when it is compacted again, then one object is added
    done = compact(store, silent)
    assert (done.written, done.kept, done.deleted) == (1, 3, 0)
    assert set(there) < set(store.keys(COMPACTED))
    assert same(read_collected(store), fresh)


def test_a_run_of_a_past_day_replaces_its_object(store: LocalStore) -> None:
    # given a compacted store, and one more run of a day that is in it, when it is compacted, then the stale one goes
    compact(store, silent)
    keep(store, "base", records(9, model="Up"))
    fresh = read_collected(store)
    done = compact(store, silent)
    assert (done.written, done.kept, done.deleted) == (1, 2, 1)
    assert len(store.keys(COMPACTED)) == 3
    assert same(read_collected(store), fresh)


def test_a_dry_run_changes_nothing(store: LocalStore) -> None:
    # given a store with a stale object, when a dry run is made, then it tells, and all is as before
    store.put_new(f"{COMPACTED}site/2026-06-01/{'0' * 64}.parquet", b"stale")
    before = store.keys("")
    told: list[str] = []
    done = compact(store, told.append, dry_run=True)
    assert (done.written, done.kept, done.deleted, done.records) == (3, 0, 1, 730)
    assert store.keys("") == before
    assert told[0] == "1 of 3: base, 2026-06-01, 609 records"


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no Parquet at all", "cut off"])
def test_a_damaged_object_is_told_and_not_used(store: LocalStore, tmp_path: Path, content: bytes | str) -> None:
    # given a compacted store with one object spoilt
    before = read_collected(store)
    compact(store, silent)
    path = tmp_path / "store" / store.keys(COMPACTED)[0]
    path.write_bytes(path.read_bytes()[:-100] if isinstance(content, str) else content)
    # when it is read, then its parts are, and that is told
    told: list[str] = []
    assert same(read_collected(store, progress=told.append), before)
    assert any("is damaged, so its parts are read instead" in line for line in told)


def test_a_missing_part_is_told_all_the_same(store: LocalStore, tmp_path: Path) -> None:
    """Law: the cache hides no loss."""
    # given a compacted store that has lost a part, when it is read or compacted, then that is told
    compact(store, silent)
    lost = keep_part(store, "base", [record(990)])
    keep_manifest(store, "base", [lost], run="two")
    compact(store, silent)
    (tmp_path / "store" / lost.key).unlink()
    with pytest.raises(DataError, match="missing"):
        read_collected(store)
    with pytest.raises(DataError, match="missing"):
        compact(store, silent)
