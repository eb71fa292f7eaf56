"""From the store to a data set: complete manifests alone count, and what they name is read whole or not at all."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from model.collected import partition, read_manifests
from model.dataset import Dataset, read_collected
from model.errors import DataError
from model.schema.collected import pack
from model.schema.feed import FeedEvent, page_key, write_page
from model.store import LocalStore
from tests.model.stores import DAY, keep, keep_manifest, keep_part, record, records

LATER = DAY + timedelta(days=7)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def read(store: LocalStore, **options: Any) -> Dataset:
    return read_collected(store, **options)


def test_all_sources_are_one_market(store: LocalStore) -> None:
    """The base is a source like any other; each listing is as old as on its own day."""
    # given a base of one day, and a site that was crawled a week later
    keep(store, "base", records(500))
    keep(store, "site", records(200, LATER, model="Polo"), LATER)
    # when they are read
    dataset = read(store)
    # then both are in the table, as of the newest day
    assert dataset.source == "base + site"
    assert dataset.market_date == LATER
    assert dataset.table.groupby("model")["days_ago"].unique().map(list).to_dict() == {"Golf": [7.0], "Polo": [0.0]}
    # and the report tells of each, with its days
    report = dataset.report
    assert {name: (each.rows_read, each.rows_used, each.oldest, each.newest) for name, each in report.sources.items()
            if each.rows_read} == {"base": (500, 500, "2026-06-01", "2026-06-01"),
                                   "site": (200, 200, "2026-06-08", "2026-06-08")}  # fmt: skip
    assert "  of site: 200 read, 200 used, of 2026-06-08 to 2026-06-08" in list(report.lines())


def test_what_no_manifest_names_is_not_read(store: LocalStore) -> None:
    """A run that failed or was killed leaves parts."""
    # given a complete run, and parts of one that never ended
    keep(store, "site", records())
    keep_part(store, "site", records(50, LATER, model="Polo"))
    # when the store is read, then nothing of the latter is in it
    dataset = read(store)
    assert set(dataset.table["model"]) == {"Golf"}
    assert dataset.report.rows_read == 600


def test_a_part_that_several_manifests_name_is_read_once(store: LocalStore) -> None:
    # given two runs that have found the same part, and the later one another
    part = keep_part(store, "site", records())
    keep_manifest(store, "site", [part])
    keep_manifest(store, "site", [part, keep_part(store, "site", [record(900, LATER)])], LATER, run="two")
    # when the store is read, then its records count once
    report = read(store).report
    assert (report.rows_read, report.rows_used, dict(report.dropped)) == (601, 601, {})


def test_some_sources_can_be_named(store: LocalStore) -> None:
    # given three sources
    for source, model in (("base", "Golf"), ("site", "Polo"), ("other", "Up")):
        keep(store, source, records(model=model))
    # when two of them are asked for, then the third is not read
    assert set(read(store, only=["base", "other"]).table["model"]) == {"Golf", "Up"}
    # and one that is not there is told
    with pytest.raises(DataError, match="no complete manifest of the source sight"):
        read(store, only=["base", "sight"])


def test_a_store_without_a_manifest_is_told(store: LocalStore) -> None:
    """A slip in its name must not pass for an empty market."""
    with pytest.raises(DataError, match="no complete manifest"):
        read(store)


@pytest.mark.parametrize("damage", ["missing", "cut off", "changed", "no gzip", "another count"])
def test_a_part_that_is_missing_or_damaged_is_named(store: LocalStore, tmp_path: Path, damage: str) -> None:
    """Law: nothing is trained on the rest."""
    # given a manifest of two parts, the second of which is spoilt
    whole, spoilt = keep_part(store, "site", records()), keep_part(store, "site", records(5, model="Polo"))
    if damage == "another count":
        spoilt = type(spoilt)(spoilt.key, 6)
    keep_manifest(store, "site", [whole, spoilt])
    path = tmp_path / "store" / spoilt.key
    content = path.read_bytes()
    if damage != "another count":
        path.unlink()
    if damage not in ("missing", "another count"):
        path.write_bytes({"cut off": content[:-9], "no gzip": b"[]", "changed": pack(b'{"id": "1"}\n')}[damage])
    # when the store is read, then that part is named
    with pytest.raises(DataError, match="missing|damaged") as refused:
        read(store)
    assert spoilt.key in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"source": 1}'])
def test_a_damaged_manifest_is_named(store: LocalStore, tmp_path: Path, content: bytes) -> None:
    # given a sound manifest and a spoilt one, when the store is read, then the latter is named
    keep(store, "base", records())
    key = keep(store, "site", records(5)).key
    (tmp_path / "store" / key).write_bytes(content)
    with pytest.raises(DataError, match="damaged") as refused:
        read(store)
    assert key in str(refused.value)


def test_a_manifest_that_was_changed_is_named(store: LocalStore, tmp_path: Path) -> None:
    """It is named by what it says."""
    # given a manifest in another's place, when the store is read, then it is named
    keep(store, "base", records())
    one, other = keep(store, "site", records(5)).key, keep(store, "site", records(6)).key
    (tmp_path / "store" / one).write_bytes((tmp_path / "store" / other).read_bytes())
    with pytest.raises(DataError, match="not what was written") as refused:
        read(store)
    assert one in str(refused.value)


def test_a_manifest_of_a_day_to_come_is_named(store: LocalStore) -> None:
    """One slip of a year would date the whole market."""
    keep(store, "site", records(day=date(2126, 6, 1)), date(2126, 6, 1))
    with pytest.raises(DataError, match="still to come"):
        read(store)


def test_of_a_listing_the_newest_sight_stays(store: LocalStore) -> None:
    """Law: a listing counts once, whatever its seller changed between two sights."""
    # given listings that were seen on three days, ever cheaper, and some of them with details mended
    changes: list[dict[str, str]] = [{}, {"mileage_km": "77000"}, {"fuel": "diesel", "power_hp": "111"}]
    for week, change in enumerate(changes):
        day = DAY + timedelta(days=7 * week)
        seen = [record(number, day, price_eur=str(20_000 - 10 * number - 100 * week)) for number in range(600)]
        keep(store, "site", [{**seen[0], **change}, *seen[1:]], day)
    # when the store is read, then each is there as it was seen last
    dataset = read(store)
    assert len(dataset.table) == 600
    assert dataset.report.dropped == {"listed again later": 1_200}
    assert (dataset.table["days_ago"] == 0).all()
    mended = dataset.table[dataset.table["fuel"] == "diesel"]
    assert mended[["mileage_km", "power_hp", "price_eur"]].to_numpy().tolist() == [[10_000.0, 111.0, 19_800.0]]


def test_an_id_that_another_car_has_later_is_another_listing(store: LocalStore) -> None:
    """Imports number their rows."""
    # given two imports, in which the same numbers are other cars
    keep(store, "import", records())
    keep(store, "import", records(100, LATER, model="Polo"), LATER)
    # when the store is read, then all cars are there
    assert len(read(store).table) == 700


def test_accepted_feedback_in_the_store_is_read_along(store: LocalStore) -> None:
    # given listings, and an accepted sale in the same store
    keep(store, "site", records())
    without = read(store)
    sale = {**record(700), "price_kind": "sale", "trust": 1.0, "mileage_km": 55_000.0}
    store.put_new(page_key(1), write_page([FeedEvent(1, "2026-06-02T00:00:00Z", "accepted", "f1", "acct-1", sale)]))
    # when the store is read, then it is a report among the rows, and the digest is another
    dataset = read(store)
    assert dataset.source == "site + feedback up to event 1"
    assert dataset.table["is_report"].sum() == 1
    assert dataset.digest != without.digest
    # and a gap in the feedback is told as it is anywhere
    store.put_new(page_key(3), write_page([FeedEvent(3, "2026-06-02T00:00:00Z", "withdrawn", "f1", "acct-1", None)]))
    with pytest.raises(DataError, match="event 2 is missing"):
        read(store)


def test_the_same_store_gives_the_same_digest(tmp_path: Path) -> None:
    """Law: data set and digest do not depend on which run was first, nor on the runs' names."""
    # given two stores with the same runs in another order, under other names
    stores = []
    for name, runs in (("a", ("one", "two")), ("b", ("two", "one"))):
        store = LocalStore(tmp_path / name)
        for run in runs:
            source, model = {"one": ("base", "Golf"), "two": ("site", "Polo")}[run]
            keep_manifest(store, source, [keep_part(store, source, records(model=model))], run=f"{name}-{run}")
        stores.append(store)
    # when both are read, then they are the same
    one, other = map(read, stores)
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
    assert (one.digest, one.report, one.source) == (other.digest, other.report, other.source)


def test_an_unusable_record_is_told_with_its_part(store: LocalStore) -> None:
    # given a record without a price among others, when the store is read, then its part and line are told
    lacking = {name: value for name, value in record(700).items() if name != "price_eur"}
    part = keep_part(store, "site", [*records(), lacking, {**record(701), "colour": "red"}])
    keep_manifest(store, "site", [part])
    report = read(store).report
    assert str(report.examples["price_eur: missing"][0]) == f"{part.key}, line 601: price_eur: is missing"
    # and columns that mean nothing to us are named with their source
    assert report.unread_columns == {"site": ("colour",)}


def test_a_model_enters_with_its_first_listing(store: LocalStore) -> None:
    """New models enter the next version's vocabulary by themselves: one listing prices its like better than what is
    known of its make would.
    """
    keep(store, "site", records())
    assert set(read(store).table["model"]) == {"Golf"}
    keep(store, "site", [record(900, LATER, model="ID.9")], LATER)
    assert set(read(store).table["model"]) == {"Golf", "ID.9"}


def test_partitions_are_by_day_and_source(store: LocalStore) -> None:
    # given two runs of one day and one of a later, when they are parted, then in the order of days and sources
    keep(store, "site", records(3, LATER), LATER)
    keep(store, "site", records(2))
    keep(store, "base", records(4))
    keep(store, "site", records(5))
    parted = [(some.day, some.source, some.records) for some in partition(store, read_manifests(store))]
    assert parted == [(DAY, "base", 4), (DAY, "site", 7), (LATER, "site", 3)]
