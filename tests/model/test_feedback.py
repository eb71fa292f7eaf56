"""Accepted feedback in training: it counts as reports do, and what was withdrawn is as if it had never been."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model import cli
from model.dataset import FEWEST_LISTINGS, Source, read_dataset
from model.errors import DataError
from model.feedback import read_feedback
from model.listings_file import open_listings_file
from model.schema.feed import FeedEvent, page_key, write_page
from model.store import LocalStore, open_store

AT = "2026-07-01T00:00:00Z"


def listing(demo_file: Path, feedback_id: str, **changes: Any) -> dict[str, Any]:
    """A car that the demo market has, at another price."""
    _, car = next(open_listings_file(demo_file).rows)
    return {
        "id": feedback_id, "account": "acct-1", "make": car["make"], "model": car["model"], "fuel": car["fuel"],
        "gearbox": car["gearbox"], "offer_type": "used", "first_registration": car["first_registration"],
        "mileage_km": 12_500.0, "power_hp": 135.9, "price_eur": 17_250.0, "price_kind": "sale",
        "listed_on": "2026-06-30", "trust": 0.5, "own_estimate": False, **changes,
    }  # fmt: skip


class Feed:
    """A store that events are put into, a page each time."""

    def __init__(self, folder: Path, demo_file: Path) -> None:
        self.folder, self._demo_file, self._last = folder, demo_file, 0
        folder.mkdir()

    def event(self, kind: str, feedback: str | None, pseudonym: str = "acct-1", row: Any = None) -> FeedEvent:
        self._last += 1
        return FeedEvent(self._last, AT, kind, feedback, pseudonym, row)

    def accepted(self, feedback: str, pseudonym: str = "acct-1", **changes: Any) -> FeedEvent:
        row = listing(self._demo_file, feedback, account=pseudonym, **changes)
        return self.event("accepted", feedback, pseudonym, row)

    def keep(self, *events: FeedEvent) -> None:
        assert LocalStore(self.folder).put_new(page_key(events[0].sequence), write_page(events))


@pytest.fixture
def feed(tmp_path: Path, demo_file: Path) -> Feed:
    return Feed(tmp_path / "store", demo_file)


def dataset(demo_file: Path, feed: Feed) -> Any:
    return read_dataset([Source(demo_file)], feedback=read_feedback(str(feed.folder)), synthetic=True)


def test_accepted_feedback_becomes_reports(feed: Feed, demo_file: Path) -> None:
    """With the numbers it came with, its account's pseudonym, its kind of price and its trust."""
    # given a sale and a report in the store, and one without a price
    feed.keep(feed.accepted("f1"), feed.accepted("f2", "acct-2", price_kind="asking", price_eur=18_000.0, trust=1.0))
    feed.keep(feed.event("accepted", "f3"))
    # when they are read along with the market
    without, with_feedback = read_dataset([Source(demo_file)], synthetic=True), dataset(demo_file, feed)
    # then the two are reports among its rows
    reports = with_feedback.table[with_feedback.table["is_report"]]
    assert len(with_feedback.table) == len(without.table) + 2
    assert reports[["mileage_km", "power_hp", "price_eur", "price_kind"]].to_numpy().tolist() == [
        [12_500.0, 135.9, 17_250.0, "sale"], [12_500.0, 135.9, 18_000.0, "asking"],
    ]  # fmt: skip
    assert (reports["weight"] > 0).all() and (reports["weight"] <= [0.5, 1.0]).all()
    # and the market's day is its own, and the data's name and digest say how far the feed was read
    assert with_feedback.market_date == without.market_date
    assert with_feedback.source == "market.csv + feedback up to event 3"
    assert with_feedback.digest != without.digest


def test_a_row_cannot_pass_for_a_collected_one(feed: Feed, demo_file: Path) -> None:
    """Whose it is, the event says, and not the row."""
    # given a row that names nobody, and one that names somebody else
    rows = [listing(demo_file, "f1", account=None), listing(demo_file, "f2", account="acct-9", price_eur=1_000.0)]
    feed.keep(*(feed.event("accepted", row["id"], "acct-1", row) for row in rows))
    # when they are read, then both are reports of the one account
    read = read_feedback(str(feed.folder))
    assert [row["account"] for _, row in read.rows] == ["acct-1", "acct-1"]
    assert dataset(demo_file, feed).table["is_report"].sum() == 2


def test_our_own_estimate_is_left_out(feed: Feed, demo_file: Path) -> None:
    """It says only what we had said; the report says how many rows that were."""
    # given a row of that kind, when it is read, then it is dropped with its reason
    feed.keep(feed.accepted("f1", own_estimate=True))
    read = dataset(demo_file, feed)
    assert not read.table["is_report"].any()
    assert read.report.dropped["price_eur: own_estimate"] == 1
    assert str(read.report.examples["price_eur: own_estimate"][0]).startswith("feedback, line 1: price_eur")


def test_a_withdrawn_account_changes_nothing(feed: Feed, demo_file: Path) -> None:
    """The dataset is the one without its rows, to the bit, and so is whatever is fitted to it; the digest differs."""
    # given feedback of two accounts
    feed.keep(feed.accepted("f1", "acct-2", price_eur=16_000.0))
    before = dataset(demo_file, feed)
    feed.keep(feed.accepted("f2"), feed.accepted("f3", price_eur=99_000.0), feed.event("accepted", "f4"))
    assert len(dataset(demo_file, feed).table) == len(before.table) + 2
    # when one of them is withdrawn as a whole
    feed.keep(feed.event("account_withdrawn", None))
    after = dataset(demo_file, feed)
    # then nothing of it is left, and the other's stays
    pd.testing.assert_frame_equal(after.table, before.table, check_exact=True)
    assert after.report == before.report
    for ours, theirs in zip(after.folds(), before.folds(), strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
    assert after.digest != before.digest
    # and what the account says later counts again
    feed.keep(feed.accepted("f5", price_eur=15_000.0))
    assert len(dataset(demo_file, feed).table) == len(before.table) + 1


def test_one_withdrawn_row_is_not_read(feed: Feed) -> None:
    """And no other of its account."""
    # given two accepted rows of an account, when one is withdrawn, then the other is read
    feed.keep(feed.accepted("f1"), feed.accepted("f2"), feed.event("withdrawn", "f1"))
    assert [row["id"] for _, row in read_feedback(str(feed.folder)).rows] == ["f2"]


def test_an_empty_store_is_no_feedback(feed: Feed, demo_file: Path) -> None:
    """A first export that found nothing is no error."""
    assert read_feedback(str(feed.folder)).rows == ()
    assert dataset(demo_file, feed).source == "market.csv + feedback up to event 0"


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (b"", "a page ends with"),
        (b'{"sequence": 2', "a page ends with"),
        (b"[]\n", "an event is an object"),
        (b"{}\n", "sequence"),
        (b'{"sequence": 3, "kind": "withdrawn", "feedback": "f", "pseudonym": "p"}\n', "event 2 is missing"),
        (b'{"sequence": 2, "kind": "gone", "feedback": "f", "pseudonym": "p"}\n', "no known kind"),
        (b'{"sequence": 2, "kind": "accepted", "feedback": "f", "pseudonym": " "}\n', "whose"),
        (b'{"sequence": 2, "kind": "withdrawn", "pseudonym": "p"}\n', "which feedback"),
        (b'{"sequence": 2, "kind": "accepted", "feedback": "f", "pseudonym": "p", "listing": 7}\n', "no object"),
        (b"\xff\n", "decode"),
    ],
)
def test_a_broken_store_is_told(feed: Feed, page: bytes, told: str) -> None:
    """What is missing may be a withdrawal, so nothing is trained on the rest."""
    # given a store whose second page is broken, when it is read, then that is said, with the page
    feed.keep(feed.accepted("f1"))
    LocalStore(feed.folder).put_new(page_key(2), page)
    with pytest.raises(DataError, match=told) as error:
        read_feedback(str(feed.folder))
    assert page_key(2) in str(error.value)


def test_a_page_that_is_gone_is_told(feed: Feed) -> None:
    # given a store whose first page was lost, when it is read, then that is said
    lost = feed.accepted("f1")
    feed.keep(feed.accepted("f2"))
    with pytest.raises(DataError, match=f"event {lost.sequence} is missing"):
        read_feedback(str(feed.folder))


def test_train_takes_a_store_of_feedback(
    feed: Feed, demo_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--feedback: its rows are read along with the file's, and count as none of the collected."""
    # given a store with one row, and a file with one listing less than training needs
    feed.keep(feed.accepted("f1"))
    few = tmp_path / "few.csv"
    few.write_text("".join(demo_file.read_text(encoding="utf-8").splitlines(keepends=True)[:FEWEST_LISTINGS]))
    # when a version is to be trained on both, then both were read, and it is still one too few
    assert cli.main(["train", "--data", str(few), "--feedback", str(feed.folder)]) == 2
    told = capsys.readouterr().err
    assert "feedback up to event 1: 1 rows" in told
    assert f"{FEWEST_LISTINGS} rows read" in told and "too few usable listings" in told


def test_a_store_that_is_not_there_is_told(demo_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2: a slip in its name must not pass for no feedback."""
    # given no such folder, when a version is to be trained with it, then it is named
    assert cli.main(["train", "--data", str(demo_file), "--feedback", str(tmp_path / "nothing")]) == 2
    assert str(tmp_path / "nothing") in capsys.readouterr().err


def test_a_store_in_s3_is_read_as_one_in_a_folder(feed: Feed, s3_store_location: str) -> None:
    """To the digest; a place without objects is an empty store."""
    # given the same pages in a folder and in S3
    assert read_feedback(s3_store_location).rows == ()
    feed.keep(feed.accepted("f1"), feed.accepted("f2"))
    feed.keep(feed.event("withdrawn", "f1"))
    folder, s3 = LocalStore(feed.folder), open_store(s3_store_location)
    for key in folder.keys("feedback/"):
        s3.put_new(key, folder.get(key))
    # when they are read, then it is the same feedback
    assert read_feedback(s3_store_location) == read_feedback(str(feed.folder))


def test_what_s3_lacks_is_told(
    demo_file: Path, s3_store_location: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 for a bucket that is not there, 2 for what is no location."""
    assert cli.main(["train", "--data", str(demo_file), "--feedback", "s3://no-such-bucket/store"]) == 1
    assert "there is no bucket no-such-bucket" in capsys.readouterr().err
    assert cli.main(["train", "--data", str(demo_file), "--feedback", "s3://"]) == 2
    assert "s3://bucket/beginning" in capsys.readouterr().err
