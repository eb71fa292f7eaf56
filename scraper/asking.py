"""One page of a search after the other: fetched or found in the store, reduced, read, checked, and kept."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable
from datetime import date

from model.schema.collected import QUARANTINE, content_key
from model.store import NotStored, Store
from scraper.checks import Market, check_search
from scraper.http import Blocked, Disallowed, Fetched, FetchError
from scraper.journal import Journal, Note
from scraper.pages.base import DetailPage, NotBelieved, Query, SearchPage, Site
from scraper.runs import Run

BLOCKS_A_DAY = 3
# More bad pages than this share of all, and the site is not what we take it for; fewer pages count as LEAST_JUDGED.
MOST_BAD = 0.10
LEAST_JUDGED = 20


class Unwelcome(Exception):
    """The site has shown us the door too often for this day."""


class Unbelievable(Exception):
    """Too many pages were bad for the others to be believed."""


class EnoughAsked(Exception):
    """The run has asked for as many pages as it may."""


class Asking:
    """What one run asks of a site on one day, and what came of it.

    `counts` says what became of all pages and listings, whether fetched now or earlier that day; `fetched` counts the
    pages that this run asked for, `last_trouble` is the last bad page's.
    """

    def __init__(
        self,
        site: Site,
        store: Store,
        run: Run,
        day: date,
        fetch: Callable[[str], Fetched],
        market: Market,
        *,
        most_pages: int | None = None,
        blocks_a_day: int = BLOCKS_A_DAY,
        check_lease: Callable[[], None] = lambda: None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.fetched = 0
        self.last_trouble: str | None = None
        self._site, self._store, self._run, self._day = site, store, run, day
        self._fetch, self._market = fetch, market
        self._most_pages, self._blocks_a_day, self._check_lease = most_pages, blocks_a_day, check_lease
        self._journal = Journal(store, site.name, day, dry_run=run.dry_run)
        self._known: set[str] = set()

    def page(self, query: Query, number: int, first: SearchPage | None) -> SearchPage | None:
        """A page of a query's results whose records are believed and kept; None for one that is not to be had.

        `first` is page 1 of the same query. Raises Unwelcome, Unbelievable, EnoughAsked, OutOfTime of the session, what
        check_lease() raises, and OSError of the store.
        """
        self._check_lease()
        url = self._site.search_url(query, number)
        reduced, trouble = self._reduced(url)
        if reduced is None:
            self._bad(trouble)
            return None
        try:
            page = self._site.read(reduced)
            if isinstance(page, DetailPage):
                raise NotBelieved("it is the page of a listing")
            check_search(page, self._site, self._market, self._day, asked=query, number=number, first=first)
        except NotBelieved as reason:
            self._quarantine(url, reduced, str(reason))
            self._bad(str(reason))
            return None
        key = self._run.keep_page(self._day, reduced)
        self._journal.keep(Note(url, key))
        self._keep(page)
        return page

    def check_whole(self) -> None:
        """Raises Unbelievable if not one page of all was believed."""
        if not self.counts["pages"]:
            raise Unbelievable(f"no page of the site was believed: {self.last_trouble}")

    def _reduced(self, url: str) -> tuple[bytes | None, str]:
        """What is kept of a page, or why there is nothing."""
        note = self._journal.find(url)
        if note is not None and note.quarantined is None:
            return self._stored(note.page), ""
        if note is not None:
            self._quarantine(url, self._stored(note.page), note.quarantined or "")
            return None, note.quarantined or ""
        if self._journal.is_blocked(url):
            self._count_block()
            return None, "the site refused it earlier that day"
        self._check_welcome(self._journal.blocks)
        if self.fetched == self._most_pages:
            raise EnoughAsked(f"the run has asked for {self.fetched:,} pages, as many as it may")
        self.fetched += 1
        try:
            fetched = self._fetch(url)
        except Disallowed as refusal:
            self.fetched -= 1
            self.counts["disallowed"] += 1
            return None, str(refusal)
        except Blocked as block:
            self._journal.block(url, str(block))
            self._count_block()
            return None, str(block)
        except FetchError as failure:
            self.counts["failed"] += 1
            return None, str(failure)
        try:
            return self._site.reduce(fetched.url, fetched.body), ""
        except NotBelieved as reason:
            # Nothing of it may be kept: nobody knows whose names are in it.
            nothing = json.dumps({"url": url}, ensure_ascii=False).encode()
            self._quarantine(url, nothing, str(reason))
            return None, str(reason)

    def _count_block(self) -> None:
        self.counts["blocked"] += 1
        self._check_welcome(self.counts["blocked"])

    def _check_welcome(self, blocks: int) -> None:
        if blocks >= self._blocks_a_day:
            raise Unwelcome(f"the site has refused {blocks} pages today: go on tomorrow at the earliest")

    def _bad(self, trouble: str) -> None:
        self.last_trouble = trouble
        bad = self.counts["quarantined"] + self.counts["failed"]
        if bad > MOST_BAD * max(self.counts["pages"] + bad, LEAST_JUDGED):
            raise Unbelievable(f"{bad} of {self.counts['pages'] + bad} pages were bad, the last one because {trouble}")

    def _quarantine(self, url: str, content: bytes, reason: str) -> None:
        self.counts["quarantined"] += 1
        self._run.quarantine(self._day, content, url, reason)
        key = content_key(QUARANTINE, self._site.name, self._day, content, "json.gz")
        self._journal.keep(Note(url, key, reason))

    def _stored(self, key: str) -> bytes:
        try:
            return gzip.decompress(self._store.get(key))
        except (NotStored, EOFError, zlib.error) as error:
            raise OSError(f"{key} in the store, of a page fetched earlier today, is not whole: {error}") from error

    def _keep(self, page: SearchPage) -> None:
        new = [record for record in page.records if record["id"] not in self._known]
        self._known.update(record["id"] for record in new)
        self._run.add({**record, "listed_on": self._day.isoformat()} for record in new)
        self._market.add(page.records)
        self.counts["pages"] += 1
        self.counts["records"] += len(new)
        self.counts["repeated"] += len(page.records) - len(new)
        self.counts["left_out"] += sum(page.left_out.values())
        self.counts["unknown_words"] += sum(page.unknown.values())
