"""A crawl: every page of the queries that were asked for, and what of the market was seen whole.

A query with more results than its site shows is narrowed: its years are halved, then its prices, until each part
fits. What cannot be split any further is read as far as it goes.

A part of the market was seen whole if each of its pages was believed, and at least as many listings were seen as the
site told, but for 1%: a site's pages shift while they are read. The smallest number that the site told meanwhile
counts: each listing that goes may hide another one, which moves up to a page that was read already. Of a query that
was narrowed the halves must be whole, and have together what the site told of all of it: a listing without a year is in
no half.

All that is seen in a run is of one day, the one on which the run began in Germany, be it midnight or later when it
ends. Whoever runs it again on that day goes on where it stopped.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from model.schema.collected import Cover
from scraper.asking import Asking, EnoughAsked, Unbelievable, Unwelcome
from scraper.http import OutOfTime
from scraper.narrowing import halves
from scraper.pages.base import Query, SearchPage, Site
from scraper.runs import Run

SOURCES_ARE_IN = ZoneInfo("Europe/Berlin")
MISSING_AT_MOST = 0.01  # of the listings that a site told of a query, so that it was seen whole

Progress = Callable[[int, int], None]  # pages done, and how many there will be as far as is known


class Ended(StrEnum):
    """How a crawl came to its end."""

    WHOLE = "whole"  # all was asked for
    CUT = "cut"  # its time was over, or it has asked for as many pages as it may
    UNWELCOME = "unwelcome"  # the site has refused too many pages; not today any more
    FAILED = "failed"  # too many pages were bad: nothing of it counts


@dataclass(frozen=True)
class NotCovered:
    """A query that was not seen whole, and why."""

    query: Query
    why: str


@dataclass(frozen=True)
class Report:
    """What a crawl has to tell. `key` is the manifest's, or the failure's; None where there was nothing to keep."""

    ended: Ended
    why: str  # it ended so, if not all was asked for
    key: str | None
    covers: tuple[Cover, ...]
    not_covered: tuple[NotCovered, ...]
    counts: Mapping[str, int]
    fetched: int


@dataclass(frozen=True)
class Look:
    """What a dry run has seen of a query: its results, and how many pages of it would be asked for, or why nothing."""

    query: Query
    results: int | None
    why: str | None


class _Seen(NamedTuple):
    """The listings of a query, how many more were on its pages that are no records, and whether those are all."""

    ids: set[str]
    left_out: int
    whole: bool


def day_of(moment: datetime) -> date:
    """The day of what is seen by a run that begins at this moment."""
    return moment.astimezone(SOURCES_ARE_IN).date()


def crawl(
    queries: Iterable[Query], site: Site, asking: Asking, run: Run, day: date, progress: Progress = lambda *_: None
) -> Report:
    """Crawl what the queries ask for, and make it count.

    What a run that is cut or refused has seen until then counts. Of one with too many bad pages, or without a good one,
    nothing does: what it has to tell is kept as a failure. Raises OSError of the store, or of a lease that was lost:
    then nothing counts either, and the next run of that day goes on.
    """
    crawled = _Crawl(site, asking, day, progress)
    ended, why, key = Ended.WHOLE, "", None
    try:
        try:
            for query in queries:
                crawled.crawl(query)
        except (OutOfTime, EnoughAsked) as end:
            ended, why = Ended.CUT, str(end)
        except Unwelcome as end:
            ended, why = Ended.UNWELCOME, str(end)
        else:
            asking.check_whole()
    except Unbelievable as end:
        return crawled.report(Ended.FAILED, str(end), run.fail(str(end), crawled.counts))
    if asking.counts["pages"]:
        key = run.finish(crawled.covers, crawled.counts)[0].key
    return crawled.report(ended, why, key)


def look(queries: Iterable[Query], asking: Asking) -> Sequence[Look]:
    """Page 1 of each query, for a dry run. Raises what Asking.page() raises, and OutOfTime."""
    looks = []
    for query in queries:
        page = asking.page(query, 1, None)
        looks.append(Look(query, page.results, None) if page else Look(query, None, asking.last_trouble))
    return looks


@dataclass
class _Crawl:
    site: Site
    asking: Asking
    day: date
    progress: Progress
    covers: list[Cover] = field(default_factory=list)
    not_covered: list[NotCovered] = field(default_factory=list)
    _done: int = 0
    _known_of: int = 0

    def crawl(self, query: Query) -> None:
        """Crawl one of the queries that were asked for."""
        seen = self._see(query)
        is_part = query.from_year or query.to_year or query.from_eur or query.to_eur
        if seen.whole and not is_part:
            self.covers.append(Cover(query.make, query.model))

    def report(self, ended: Ended, why: str, key: str | None) -> Report:
        covers = () if ended == Ended.FAILED else tuple(self.covers)
        return Report(ended, why, key, covers, tuple(self.not_covered), self.counts, self.asking.fetched)

    @property
    def counts(self) -> dict[str, int]:
        return {name: count for name, count in sorted(self.asking.counts.items()) if count}

    def _see(self, query: Query) -> _Seen:
        self._known_of += 1
        first = self._page(query, 1, None)
        if first is None:
            return self._missed(query, set(), 0, f"its first page is bad: {self.asking.last_trouble}")
        shown = self.site.pages_a_query * self.site.listings_a_page
        parts = halves(query, self.day.year) if first.results > shown else None
        if parts is not None:
            return self._see_parts(query, first, parts)
        pages, bad = self._read_on(query, first)
        ids, left_out = set[str]().union(*map(_ids, pages)), sum(map(_left_out, pages))
        if first.results > shown:
            why = f"it has {first.results:,} results, and no more than {shown:,} are shown"
            return self._missed(query, ids, left_out, why)
        if bad:
            why = f"{bad} of its pages are bad, the last one: {self.asking.last_trouble}"
            return self._missed(query, ids, left_out, why)
        return self._judged(query, ids, left_out, min(page.results for page in pages))

    def _see_parts(self, query: Query, first: SearchPage, parts: Sequence[Query]) -> _Seen:
        seen = [self._see(part) for part in parts]
        ids, left_out = _ids(first).union(*(part.ids for part in seen)), sum(part.left_out for part in seen)
        if not all(part.whole for part in seen):
            return _Seen(ids, left_out, False)  # the part has said why
        return self._judged(query, ids, left_out, first.results)

    def _read_on(self, query: Query, first: SearchPage) -> tuple[Sequence[SearchPage], int]:
        """All the pages that the site shows, the first among them, and how many of them are bad."""
        pages, bad, number = [first], 0, 1
        self._known_of += max(self._shown(first) - 1, 0)
        while number < self._shown(pages[-1]):
            number += 1
            page = self._page(query, number, first)
            if page is None:
                bad += 1
            else:
                self._known_of += self._shown(page) - self._shown(pages[-1])
                pages.append(page)
        return pages, bad

    def _judged(self, query: Query, ids: set[str], left_out: int, told: int) -> _Seen:
        seen = len(ids) + left_out
        if seen < told - int(MISSING_AT_MOST * told):
            return self._missed(query, ids, left_out, f"{seen:,} listings were seen, and the site told of {told:,}")
        return _Seen(ids, left_out, True)

    def _missed(self, query: Query, ids: set[str], left_out: int, why: str) -> _Seen:
        self.not_covered.append(NotCovered(query, why))
        return _Seen(ids, left_out, False)

    def _page(self, query: Query, number: int, first: SearchPage | None) -> SearchPage | None:
        page = self.asking.page(query, number, first)
        self._done += 1
        self.progress(self._done, self._known_of)
        return page

    def _shown(self, page: SearchPage) -> int:
        return min(page.pages, self.site.pages_a_query)


def _ids(page: SearchPage) -> set[str]:
    return {record["id"] for record in page.records}


def _left_out(page: SearchPage) -> int:
    return sum(page.left_out.values())
