"""A crawl: all of what was asked for, believed page by page, and an honest word on what was not seen."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from model.schema.collected import Cover, Manifest, read_manifest, read_records
from model.store import LocalStore
from scraper.asking import Asking
from scraper.checks import Market
from scraper.crawl import Ended, Report, crawl, day_of
from scraper.http import Manners, PoliteSession
from scraper.pages.base import Query
from scraper.runs import Run
from tests.scraper.fake_site import FakePages, FakeSite, open_site

DAY = date(2026, 7, 1)
QUICK = Manners(pace_s=0.0, jitter=0.0, run_s=100, request_s=2, connect_s=1, read_s=0.3, tries=2, backoff_s=0.0)


class Crawls:
    """A fake site, a store, and crawls of the one into the other."""

    def __init__(self, folder: Path) -> None:
        self.site = FakeSite({"audi": 520, "bmw": 130, "seat": 3, "fiat": 0})
        self.store = LocalStore(folder)
        self.address = ""

    def crawl(self, *queries: Query, manners: Manners = QUICK, most_pages: int | None = None) -> Report:
        pages = FakePages(self.address)
        session = PoliteSession(pages.hosts, "1", "a@dealer.example", manners, plain_http_to_loopback=True)
        run = Run(self.store, pages.name)
        asking = Asking(pages, self.store, run, DAY, session.fetch, Market(), most_pages=most_pages)
        return crawl(queries, pages, asking, run, DAY)

    def path(self, query: Query, number: int) -> str:
        return FakePages("").search_url(query, number)

    def manifests(self) -> list[Manifest]:
        return [read_manifest(self.store.get(key)) for key in self.store.keys("manifests/")]

    def ids(self, manifest: Manifest) -> list[str]:
        return [record["id"] for part in manifest.parts for record in read_records(self.store.get(part.key))]


@pytest.fixture
def crawls(tmp_path: Path) -> Iterator[Crawls]:
    crawls = Crawls(tmp_path / "store")
    with open_site(crawls.site) as crawls.address:
        yield crawls


def test_all_that_is_asked_for_is_there_once(crawls: Crawls) -> None:
    """However many pages it takes, and however often a listing is shown."""
    # given makes of some sizes, one beyond what the site shows of a query
    # when they are crawled
    report = crawls.crawl(Query("audi"), Query("bmw"), Query("seat"), Query("fiat"))
    # then each listing is there once, of that day, and all makes were seen whole
    [manifest] = crawls.manifests()
    market = {car["id"] for make in ("audi", "bmw", "seat") for car in crawls.site.market[make]}
    assert sorted(crawls.ids(manifest)) == sorted(market)
    assert report.ended == Ended.WHOLE and report.not_covered == () and report.key == manifest.key
    assert manifest.covers == (Cover("audi"), Cover("bmw"), Cover("seat"), Cover("fiat"))
    [part] = manifest.parts
    records = {record["id"]: record for record in read_records(crawls.store.get(part.key))}
    assert records["audi-0"] == {**crawls.site.market["audi"][0], "listed_on": "2026-07-01"}
    assert manifest.day == DAY
    # and no page was asked for twice, nor any that the site would not show
    assert len(set(crawls.site.paths())) == len(crawls.site.paths()) == report.fetched
    assert manifest.counts["pages"] == len(manifest.pages) == report.fetched
    assert manifest.counts["records"] == len(market) and manifest.counts["repeated"] > 0


def test_nothing_of_a_seller_is_kept(crawls: Crawls) -> None:
    """Not even of a page that is not believed."""
    # given a page that breaks off, when it is crawled with others
    crawls.site.troubles[crawls.path(Query("bmw"), 3)] = "half"
    crawls.crawl(Query("bmw"))
    # then the seller, who is on every page, is nowhere in the store
    kept = [json.dumps(list(map(str, _unpacked(crawls.store, key)))) for key in crawls.store.keys("")]
    assert len(kept) > 7 and not any("Mustermann" in each or "1234567" in each for each in kept)


def test_a_query_that_cannot_be_narrowed_is_read_as_far_as_it_goes(crawls: Crawls) -> None:
    """And what was not seen is said, not guessed."""
    # given 500 cars at one price in one year
    [query] = [Query("vw", from_year=2020, to_year=2020, from_eur=9_999, to_eur=9_999)]
    car = {**crawls.site.market["seat"][0], "make": "vw", "first_registration": "2020-05", "price_eur": "9999"}
    crawls.site.market["vw"] = [{**car, "id": f"vw-{number}"} for number in range(500)]
    # when they are crawled, then the 400 that the site shows are there
    report = crawls.crawl(query)
    [manifest] = crawls.manifests()
    assert len(crawls.ids(manifest)) == 400
    # and it is said why that is not all
    [missing] = report.not_covered
    assert missing.query == query and "no more than 400 are shown" in missing.why
    assert manifest.covers == () and report.ended == Ended.WHOLE


def test_a_span_of_a_make_covers_nothing(crawls: Crawls) -> None:
    """Who was not seen in it may be outside."""
    # given a query of some years, when it is crawled whole, then it covers no make
    report = crawls.crawl(Query("bmw", from_year=2015), Query("bmw", model="bmw-1"))
    assert report.not_covered == () and report.covers == (Cover("bmw", "bmw-1"),)


def test_a_make_whose_page_is_bad_was_not_seen_whole(crawls: Crawls) -> None:
    """Its other pages count all the same, and so do other makes."""
    # given one page that breaks off and one that never comes
    crawls.site.troubles |= {crawls.path(Query("bmw"), 3): "half", crawls.path(Query("bmw"), 5): "gone"}
    # when the makes are crawled
    report = crawls.crawl(Query("audi"), Query("bmw"))
    # then what the others list is there
    [manifest] = crawls.manifests()
    missing = {car["id"] for number in (3, 5) for car in crawls.site.market["bmw"][20 * (number - 1) : 20 * number]}
    assert set(crawls.ids(manifest)) == {c["id"] for m in ("audi", "bmw") for c in crawls.site.market[m]} - missing
    # and the make is not covered
    assert manifest.covers == (Cover("audi"),)
    assert [each.query for each in report.not_covered] == [Query("bmw")]
    # and the page that broke off is in quarantine, with its reason
    [bad] = manifest.quarantined
    assert bad.reason == "it has no data" and bad.origin.endswith(crawls.path(Query("bmw"), 3))
    assert (report.counts["quarantined"], report.counts["failed"]) == (1, 1)


def test_listings_that_go_while_it_crawls_do_not_matter(crawls: Crawls) -> None:
    """The market never stands still."""
    # given a site whose market loses a car when its second page is shown
    page = crawls.site.page

    def with_one_less(path: str) -> bytes:
        shown = page(path)
        if path == crawls.path(Query("bmw"), 2):
            del crawls.site.market["bmw"][5]
        return shown

    crawls.site.page = with_one_less  # type: ignore[method-assign]
    # when it is crawled, then it was seen whole, although the car that moved up was not
    report = crawls.crawl(Query("bmw"))
    assert report.covers == (Cover("bmw"),) and report.counts["records"] == 129


def test_a_site_that_says_there_is_more_was_not_seen_whole(crawls: Crawls) -> None:
    """What it hides may be there still."""
    # given a site that repeats its first page's cars on the second
    page = crawls.site.page
    first, second = crawls.path(Query("bmw"), 1), crawls.path(Query("bmw"), 2)

    def with_repeats(path: str) -> bytes:
        if path != second:
            return page(path)
        return page(second).replace(*_listings(page(second), page(first)))

    crawls.site.page = with_repeats  # type: ignore[method-assign]
    # when it is crawled, then it is not covered, whatever came of that page
    report = crawls.crawl(Query("bmw"))
    assert report.covers == () and [each.query for each in report.not_covered] == [Query("bmw")]


def test_a_site_with_too_many_bad_pages_is_not_believed_at_all(crawls: Crawls) -> None:
    """It fails early and loudly, and none of its rows reach training."""
    # given a site of which every fourth page breaks off
    for number in range(1, 21, 4):
        crawls.site.troubles |= {crawls.path(Query(make), number): "half" for make in ("bmw", "audi")}
    query = Query("audi", from_year=2012, to_year=2014)
    crawls.site.troubles |= {crawls.path(query, number): "half" for number in range(2, 9, 2)}
    # when it is crawled
    report = crawls.crawl(query, Query("bmw"))
    # then it stops before the end, and nothing of it counts
    assert report.ended == Ended.FAILED and "3 of" in report.why
    assert report.fetched < 15 and crawls.manifests() == [] and report.covers == ()
    # and what happened is kept
    assert report.key is not None and json.loads(crawls.store.get(report.key))["failed"] == report.why


def test_a_site_that_is_another_one_now_is_a_failure(crawls: Crawls) -> None:
    """Even where there are few pages: a run that believed none has found out nothing."""
    # given a site that has changed its pages, when one of them is crawled, then the run fails
    crawls.site.troubles[crawls.path(Query("seat"), 1)] = "half"
    report = crawls.crawl(Query("seat"))
    assert report.ended == Ended.FAILED and "it has no data" in report.why


def test_robots_txt_that_forbids_all_is_a_failure_and_no_page_is_asked_for(crawls: Crawls) -> None:
    """Whoever set the plan must hear of it."""
    # given a site that wants no robots, when it is crawled, then it is left alone
    crawls.site.robots = b"User-agent: *\nDisallow: /cars?\n"
    report = crawls.crawl(Query("bmw"), Query("seat"))
    assert report.ended == Ended.FAILED and "robots.txt" in report.why
    assert crawls.site.paths() == [] and report.counts == {"disallowed": 2}


def test_three_refusals_end_the_day(crawls: Crawls) -> None:
    """Not the run alone: who runs it again on the same day does not ask the site for anything."""
    # given a site that refuses three pages
    for number, trouble in ((2, "wall"), (4, "forbidden"), (5, "wall")):
        crawls.site.troubles[crawls.path(Query("bmw"), number)] = trouble
    # when it is crawled, then that ends with the third of them, and what was seen counts
    report = crawls.crawl(Query("seat"), Query("bmw"), Query("audi"))
    assert report.ended == Ended.UNWELCOME and report.counts["blocked"] == 3
    [manifest] = crawls.manifests()
    assert len(crawls.ids(manifest)) == 3 + 40 and manifest.covers == (Cover("seat"),)
    # and when it is run again, then nothing is asked for
    before = len(crawls.site.asked)
    again = crawls.crawl(Query("seat"), Query("bmw"), Query("audi"))
    assert again.ended == Ended.UNWELCOME and len(crawls.site.asked) == before
    assert crawls.manifests() == [manifest]


def test_a_page_that_was_refused_is_not_asked_for_again_that_day(crawls: Crawls) -> None:
    """A no is a no."""
    # given a site that refuses one page, when it is crawled twice
    refused = crawls.path(Query("bmw"), 2)
    crawls.site.troubles[refused] = "forbidden"
    for _ in range(2):
        assert crawls.crawl(Query("bmw")).ended == Ended.WHOLE
    # then it was asked for once
    assert crawls.site.times[refused] == 1
    assert len(crawls.manifests()) == 1


def test_a_run_that_is_cut_counts_and_goes_on_when_it_is_run_again(crawls: Crawls) -> None:
    """What is not finished is not covered, and no page is asked for again."""
    # given a limit of pages, when the makes are crawled
    queries = (Query("seat"), Query("bmw"))
    report = crawls.crawl(*queries, most_pages=4)
    # then it is cut, says so, and covers what it has finished
    assert report.ended == Ended.CUT and "4 pages" in report.why
    [cut] = crawls.manifests()
    assert len(crawls.ids(cut)) == 3 + 60 and cut.covers == (Cover("seat"),)
    # and when it is run again without one, then the rest comes
    again = crawls.crawl(*queries)
    assert again.ended == Ended.WHOLE and again.fetched == 4
    assert len(set(crawls.site.paths())) == len(crawls.site.paths())
    whole = next(manifest for manifest in crawls.manifests() if manifest != cut)
    assert len(crawls.ids(whole)) == 133 and whole.covers == (Cover("seat"), Cover("bmw"))


def test_a_deadline_cuts_a_run(crawls: Crawls) -> None:
    """In good order."""
    # given a run of half a second at a pace of a tenth of that, when it crawls, then it is cut, and counts
    report = crawls.crawl(Query("audi"), manners=Manners(pace_s=0.05, run_s=0.5))
    assert report.ended == Ended.CUT and "time is over" in report.why
    assert 1 <= len(crawls.site.paths()) <= 10
    assert len(crawls.manifests()) == 1


def test_a_run_again_on_the_same_day_finds_the_same(crawls: Crawls) -> None:
    """Bad pages too, without asking for any but those that did not come."""
    # given a crawl with a bad page, when it is run again
    crawls.site.troubles |= {crawls.path(Query("bmw"), 3): "half", crawls.path(Query("bmw"), 4): "gone"}
    first = crawls.crawl(Query("bmw"))
    kept = {key: crawls.store.get(key) for key in crawls.store.keys("")}
    second = crawls.crawl(Query("bmw"))
    # then the store is as it was, and only the page that did not come was asked for
    assert {key: crawls.store.get(key) for key in crawls.store.keys("")} == kept
    assert (first.key, first.counts, first.covers) == (second.key, second.counts, second.covers)
    assert second.fetched == 1


def test_a_lost_lease_ends_a_run_and_nothing_of_it_counts(crawls: Crawls) -> None:
    """Another one is at work."""
    # given a lease that is lost after some pages
    pages = FakePages(crawls.address)
    session = PoliteSession(pages.hosts, "1", "a@dealer.example", QUICK, plain_http_to_loopback=True)
    run = Run(crawls.store, pages.name)

    def check() -> None:
        if len(crawls.site.paths()) == 3:
            raise OSError("the lease is lost")

    asking = Asking(pages, crawls.store, run, DAY, session.fetch, Market(), check_lease=check)
    # when it crawls, then it ends there
    with pytest.raises(OSError, match="lease is lost"):
        crawl([Query("bmw")], pages, asking, run, DAY)
    assert len(crawls.site.paths()) == 3 and crawls.manifests() == []


def test_the_day_is_germanys() -> None:
    """Where the sources are, at whatever hour of whatever zone the run begins."""
    assert day_of(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == date(2026, 7, 1)
    assert day_of(datetime(2026, 12, 31, 22, 30, tzinfo=UTC)) == date(2026, 12, 31)


def _unpacked(store: LocalStore, key: str) -> Iterator[str]:
    content = store.get(key)
    yield (gzip.decompress(content) if key.endswith(".gz") else content).decode()


def _listings(page: bytes, other: bytes) -> tuple[bytes, bytes]:
    """The listings of one page and of another, as they stand in them."""
    begin, end = b'"listings": ', b', "seller"'
    cut = [each[each.index(begin) : each.index(end)] for each in (page, other)]
    return cut[0], cut[1]
