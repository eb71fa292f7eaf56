"""Saved pages into the store: what is believed of them as listings, and the others apart, each with its reason."""

import gzip
import json
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from model.store import LocalStore
from scraper.cli import main
from scraper.errors import DataRefused
from scraper.importing import Imported, Terms, Told, import_files
from scraper.inputs import Inputs
from scraper.pages.base import DetailPage, NotBelieved, Page, Query, SearchPage
from scraper.runs import Run
from scraper.verifying import verify
from tests.scraper.listings import Row, car, only_records, stored

DAY = date(2026, 7, 14)
Bring = Callable[..., Imported]


class Kiosk:
    """A site whose pages hold their records as JSON, beside a seller's telephone."""

    name = "kiosk"
    hosts = frozenset({"kiosk.example"})
    pages_a_query = 20
    listings_a_page = 20

    def search_url(self, query: Query, page: int) -> str:
        return f"https://kiosk.example/{page}"

    def reduce(self, url: str, body: bytes) -> bytes:
        found = re.search(rb"<kiosk>(.*)</kiosk>", body)
        if found is None:
            raise NotBelieved("it is no page of the kiosk")
        return json.dumps({**json.loads(found[1]), "url": url}).encode()

    def read(self, reduced: bytes) -> Page:
        page = json.loads(reduced)
        if "wrong" in page:
            raise NotBelieved(page["wrong"])
        if "record" in page:
            return DetailPage(page["url"], page["record"])
        return SearchPage(page["url"], Query(), 1, len(page["records"]), 1, tuple(page["records"]))


def ad(number: int, **cells: str) -> Row:
    return car(number, fuel="petrol", gearbox="manual", offer_type="used", **cells)


def page(**said: object) -> str:
    return f"<html><p>Call Jane Doe: 0170 1234567</p><kiosk>{json.dumps(said)}</kiosk></html>"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def bring(tmp_path: Path, store: LocalStore) -> Bring:
    """A function that saves pages, each under its name, and imports the folder."""

    def bring(pages: dict[str, str]) -> Imported:
        folder = tmp_path / "saved"
        folder.mkdir(exist_ok=True)
        for name, text in pages.items():
            (folder / name).write_text(text)
        run = Run(store, "kiosk")
        return import_files(Inputs([str(folder)]), run, Terms(market_date=DAY), Told(), site=Kiosk(), today=DAY)

    return bring


def without(row: Row, *names: str) -> Row:
    return {name: cell for name, cell in row.items() if name not in names}


def test_pages_are_kept_as_they_are_reduced_and_read(store: LocalStore, bring: Bring) -> None:
    """One record of each listing, however many pages show it; a listing's own page says what the results lack."""
    # given pages of results that share a listing, and the page of one of the listings
    lacks_fuel = without(ad(2), "fuel")
    results = page(records=[ad(1), lacks_fuel])
    shared = page(records=[ad(1, price_eur="12400"), ad(3)])
    own = page(record=ad(2, price_eur="9999"))
    # when they are imported
    noted = "<!-- saved from url=(0026)https://kiosk.example/car-2 -->"
    bring({"b-results.html": results, "c-shared.html": shared, "a-own.htm": noted + own})
    # then each listing is there once, as of the day on which the pages were saved
    day = {"listed_on": "2026-07-14"}
    assert only_records(store) == [{**ad(1), **day}, {**ad(2), **day}, {**ad(3), **day}]
    # and what is kept of the pages says nothing of the seller, and where they were saved from
    ((manifest, _),) = stored(store)
    kept = [gzip.decompress(store.get(key)).decode() for key in manifest.pages]
    assert len(kept) == 3 and "Jane" not in str(kept) and "0170" not in str(kept)
    assert sorted(json.loads(text)["url"] for text in kept) == ["", "", "https://kiosk.example/car-2"]
    assert manifest.counts == {"pages": 3, "records": 3, "unknown words": 0, "listings left out": 0}
    assert not verify(store).damaged


def test_a_page_that_is_not_believed_is_kept_apart_with_its_reason(store: LocalStore, bring: Bring) -> None:
    """And of one that is no page of the site, nothing is kept, for nobody knows whose names are in it."""
    # given good pages, one whose data are wrong, and one that is something else
    good = {f"{number}.html": page(records=[ad(number)]) for number in range(20)}
    imported = bring({**good, "x.html": page(wrong="it wraps"), "y.html": "Call Jane Doe: 0170 1234567"})
    # then the good ones' records are there, and the others are in quarantine
    assert len(only_records(store)) == 20
    assert [(found.origin, found.reason) for found in imported.manifest.quarantined] == [
        ("x.html", "it wraps"), ("y.html", "it is no page of the kiosk"),
    ]  # fmt: skip
    kept = [gzip.decompress(store.get(found.key)).decode() for found in imported.manifest.quarantined]
    assert "it wraps" in kept[0] and set(json.loads(kept[1])) == {"saved_as", "sha256"} and "Jane" not in str(kept)


def test_too_many_pages_that_are_not_believed_make_all_of_them_nothing(store: LocalStore, bring: Bring) -> None:
    # given more bad pages than may be, when they are imported, then nothing counts, and the reasons are kept
    good = {f"{number}.html": page(records=[ad(number)]) for number in range(10)}
    with pytest.raises(DataRefused, match="3 of 13 pages are not believed, the last one, z.html, because it wraps"):
        bring({**good, **{f"{name}.html": page(wrong="it wraps") for name in "xyz"}})
    assert list(stored(store)) == []
    (key,) = store.keys("failures/")
    assert [told["origin"] for told in json.loads(store.get(key))["quarantined"]] == ["x.html", "y.html", "z.html"]


def test_no_page_that_is_believed_is_a_failure(store: LocalStore, bring: Bring) -> None:
    # given one page alone, which is bad, when it is imported, then that is told
    with pytest.raises(DataRefused, match="none of the pages is believed"):
        bring({"x.html": page(wrong="it wraps")})


def test_the_order_of_pages_changes_nothing(tmp_path: Path, store: LocalStore, bring: Bring) -> None:
    """The same pages in one archive are the same run."""
    # given pages that were imported, when they are imported again as an archive, then they are there already
    first = bring({f"{number}.html": page(records=[ad(number), ad(number + 1)]) for number in range(5)})
    archive = shutil.make_archive(str(tmp_path / "pages"), "zip", tmp_path / "saved")
    run = Run(store, "kiosk")
    again = import_files(Inputs([archive]), run, Terms(market_date=DAY), Told(), site=Kiosk(), today=DAY)
    assert again.there_since == first.manifest.run


def test_pages_of_an_unknown_site_are_refused(tmp_path: Path, store: LocalStore, capsys: Any) -> None:
    # given a page, when its source has no site, then that is told
    (tmp_path / "x.html").write_text(page(records=[]))
    with pytest.raises(DataRefused, match="pages of feed cannot be read"):
        import_files(
            Inputs([str(tmp_path / "x.html")]), Run(store, "feed"), Terms(market_date=DAY), Told(), site=None, today=DAY
        )


def test_autoscout24s_pages_come_into_the_store_by_the_command(tmp_path: Path, store: LocalStore, capsys: Any) -> None:
    """A page of results and a listing's own, as browsers save them."""
    # given saved pages, when they are imported under their site's name, then their listings are there
    golden = Path(__file__).parent / "pages" / "golden"
    names = ("search_de_2026", "detail_fr_2026")
    for name in names:
        shutil.copy(golden / name / "page.html", tmp_path / f"{name}.html")
    pages = [str(tmp_path / f"{name}.html") for name in names]
    arguments = ["--source", "autoscout24", "--market-date", "2026-07-14", "--store", str(tmp_path / "store")]
    assert main(["import", *arguments, *pages], {}) == 0
    expected = [record for name in names for record in json.loads((golden / name / "expected.json").read_text())]
    found = {record.pop("id"): record for record in only_records(store)}
    assert found == {record.pop("id"): {**record, "listed_on": "2026-07-14"} for record in expected}
