"""Pages of a site that somebody has saved: reduced, read, checked and kept as a crawl does it with those it fetches."""

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import date

from model.schema.collected import Record
from scraper.asking import LEAST_JUDGED, MOST_BAD
from scraper.checks import Market, check_detail, check_search
from scraper.errors import DataRefused
from scraper.inputs import Input
from scraper.pages.base import DetailPage, NotBelieved, Site
from scraper.runs import Run

LARGEST_PAGE_BYTES = 16 * 1024 * 1024
SAVED_FROM = re.compile(rb"<!-- saved from url=\([0-9]+\)(\S+) -->")  # as browsers note it
NOTED_WITHIN_BYTES = 4 * 1024


class SavedPages:
    """The pages of one import, all seen on one day."""

    def __init__(
        self, site: Site, run: Run, market: Market, day: date, database: sqlite3.Connection, counts: Counter[str]
    ) -> None:
        """market is what the pages' prices are held against; the database holds what they say until all are read;
        counts is where to tell what became of them.
        """
        self.counts = counts
        self._site, self._run, self._market, self._day, self._database = site, run, market, day, database
        database.execute("CREATE TABLE seen (id TEXT, is_detail INTEGER, number INTEGER, record TEXT)")

    def take(self, page: Input) -> None:
        """Keep a page and what it says, or put it into quarantine. Raises DataRefused once too many were put there."""
        try:
            self._keep(self._reduced(page), page.name)
        except NotBelieved as reason:
            bad, good = self.counts["quarantined"], self.counts["pages"]
            if bad > MOST_BAD * max(good + bad, LEAST_JUDGED):
                raise DataRefused(
                    f"{bad:,} of {good + bad:,} pages are not believed, the last one, {page.name}, because {reason}"
                ) from reason

    def records(self) -> Iterator[Record]:
        """One of each listing that the pages show, in the order of their ids: as pages of results tell it, and what
        these do not say as its own page does.
        """
        if self.counts["quarantined"] and not self.counts["pages"]:
            raise DataRefused("none of the pages is believed; the store's quarantine says why")
        merged: dict[str, str] = {}
        for (text,) in self._database.execute("SELECT record FROM seen ORDER BY id, is_detail, number"):
            record = json.loads(text)
            if merged and merged["id"] != record["id"]:
                yield self._seen(merged)
                merged = {}
            merged = {**record, **merged}
        if merged:
            yield self._seen(merged)

    def _seen(self, record: Record) -> Record:
        self.counts["records"] += 1
        return {**record, "listed_on": self._day.isoformat()}

    def _reduced(self, page: Input) -> bytes:
        body = page.stream.read(LARGEST_PAGE_BYTES + 1)
        noted = SAVED_FROM.search(body[:NOTED_WITHIN_BYTES])
        try:
            if len(body) > LARGEST_PAGE_BYTES:
                raise NotBelieved(f"it is larger than {LARGEST_PAGE_BYTES:,} bytes")
            return self._site.reduce(noted[1].decode(errors="replace") if noted else "", body)
        except NotBelieved as reason:
            # Nothing of it may be kept: nobody knows whose names are in it.
            nothing = json.dumps({"saved_as": page.name, "sha256": hashlib.sha256(body).hexdigest()}).encode()
            self._quarantine(nothing, page.name, reason)
            raise

    def _keep(self, reduced: bytes, name: str) -> None:
        try:
            page = self._site.read(reduced)
            if isinstance(page, DetailPage):
                check_detail(page, self._market, self._day)
            else:
                check_search(page, self._site, self._market, self._day)
        except NotBelieved as reason:
            self._quarantine(reduced, name, reason)
            raise
        self._run.keep_page(self._day, reduced)
        is_detail = isinstance(page, DetailPage)
        records = (page.record,) if isinstance(page, DetailPage) else page.records
        number = self.counts["pages"]
        self._database.executemany(
            "INSERT INTO seen VALUES (?, ?, ?, ?)",
            [(record["id"], is_detail, number, json.dumps(dict(record))) for record in records],
        )
        self._market.add(records)
        self.counts["pages"] += 1
        self.counts["unknown words"] += sum(page.unknown.values())
        if not isinstance(page, DetailPage):
            self.counts["listings left out"] += sum(page.left_out.values())

    def _quarantine(self, content: bytes, name: str, reason: NotBelieved) -> None:
        self.counts["quarantined"] += 1
        self._run.quarantine(self._day, content, name, str(reason))
