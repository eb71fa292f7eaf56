"""From what was seen of the market, run by run, to the life of each listing.

A listing is what its source names by one id. What was seen of it is put in order by the days on which it was seen, so
that it matters to nobody in which order runs came: older pages may be imported later.

It is gone on the first day after it was last seen on which its source was seen whole, or all of the source's cars of
its make or model, and it was not among them. On one day nobody can tell who came first, so that what was seen on a day
is not gone on it. What was seen in a run that saw a part of the market whole was on offer on that run's day, even if
its own day is older.
"""

import hashlib
import json
import sqlite3
import zlib
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import groupby

from model.schema.age import age_years
from model.schema.collected import Manifest
from model.schema.fields import Invalid
from model.schema.life import WEB, Life, Price, read_life, write_life
from model.schema.listing import Listing, parse_listing
from model.schema.vehicle import car_key
from model.schema.vocabulary import fold
from model.store import Store
from scraper.manifests import read_manifests, records_of
from scraper.scratch import scratch_database

TABLES = """
CREATE TABLE sights (source TEXT, id TEXT, day TEXT, record TEXT);
CREATE TABLE manifests_of (manifest INTEGER, source TEXT, id TEXT);
CREATE TABLE lives (
    source TEXT, id TEXT, line TEXT, car BLOB, make TEXT, model TEXT, first_seen TEXT, last_seen TEXT, gone_on TEXT,
    first_eur REAL, last_eur REAL, slot INTEGER, PRIMARY KEY (source, id)
) WITHOUT ROWID;
"""
INSERT_LIFE = "INSERT INTO lives VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
OF_MANIFEST = "(source, id) IN (SELECT source, id FROM manifests_of WHERE manifest = ?)"
NO_OFFER = "price: it is a sale, a report, or our own estimate, and no offer on the market"


@dataclass(frozen=True)
class Lives:
    """The lives of all listings, in a database's table `lives`; no_life counts the sights that tell of none."""

    manifests: Sequence[Manifest]  # those that they were read off, in order
    database: sqlite3.Connection
    no_life: Counter[str] = field(default_factory=Counter)

    def lines(self) -> Iterator[str]:
        """All lives, by source and id, as write_life() writes them."""
        for (line,) in self.database.execute("SELECT line FROM lives ORDER BY source, id"):
            yield line

    def count(self, manifest: int) -> int:
        """How many listings the manifest of this place has seen, or not seen any more."""
        return self.database.execute(f"SELECT count(*) FROM lives WHERE {OF_MANIFEST}", (manifest,)).fetchone()[0]

    def parts(self, manifest: int, parts: int) -> Iterator[tuple[int, list[str]]]:
        """The lives of those in so many parts, each with its number from 1: a listing is in the same part always."""
        query = f"SELECT slot % ? + 1 AS part, line FROM lives WHERE {OF_MANIFEST} ORDER BY part, id"
        lives = groupby(self.database.execute(query, (parts, manifest)), key=lambda life: life[0])
        found = next(lives, None)
        for part in range(1, parts + 1):
            if found and found[0] == part:
                yield part, [line for _, line in found[1]]
                found = next(lives, None)
            else:
                yield part, []


@contextmanager
def open_lives(store: Store, today: date, source: str | None = None) -> Iterator[Lives]:
    """The lives of all listings in the store, or of one source's, while the block runs. Raises StoreDamaged."""
    with scratch_database() as database:
        database.executescript(TABLES)
        lives = Lives(read_manifests(store, source), database)
        covered: defaultdict[str, _Covered] = defaultdict(_Covered)
        for place, manifest in enumerate(lives.manifests):
            covered[manifest.source].add(place, manifest)
            _put_sights(database, store, place, manifest)
        database.execute("BEGIN")
        for life, line, gone_by in _each_life(database, covered, today, lives.no_life):
            database.execute(INSERT_LIFE, _row(life, line))
            database.executemany(
                "INSERT INTO manifests_of VALUES (?, ?, ?)", [(place, life.source, life.id) for place in gone_by]
            )
        database.execute("COMMIT")
        database.executescript("DROP TABLE sights; CREATE INDEX by_manifest ON manifests_of (manifest)")
        yield lives


def _put_sights(database: sqlite3.Connection, store: Store, place: int, manifest: Manifest) -> None:
    source, as_of = manifest.source, manifest.day.isoformat()
    for part in manifest.parts:
        sights, ids = [], set()
        for record in records_of(store, part):
            listing_id, day = record.pop("id"), record.pop("listed_on")
            content = json.dumps(record, sort_keys=True)
            sights.append((source, listing_id, day, content))
            if manifest.covers and day < as_of:
                sights.append((source, listing_id, as_of, content))
            ids.add(listing_id)
        database.execute("BEGIN")
        database.executemany("INSERT INTO sights VALUES (?, ?, ?, ?)", sights)
        database.executemany("INSERT INTO manifests_of VALUES (?, ?, ?)", [(place, source, each) for each in ids])
        database.execute("COMMIT")


class _Covered:
    """Which parts of one source's market were seen whole, and when."""

    def __init__(self) -> None:
        self._runs: defaultdict[tuple[str | None, str | None], list[tuple[date, int]]] = defaultdict(list)

    def add(self, place: int, manifest: Manifest) -> None:
        """Manifests come in the order of their days."""
        for cover in manifest.covers:
            make, model = (fold(word) if word is not None else None for word in (cover.make, cover.model))
            self._runs[make, model].append((manifest.day, place))

    def next_after(self, day: date, words: Sequence[tuple[str, str]]) -> tuple[date | None, set[int]]:
        """The first day after this one on which a car of this make and model would have been seen, and by which runs;
        `words` are the names that its make and model go by.
        """
        keys: set[tuple[str | None, str | None]] = {(None, None)}
        for make, model in words:
            keys |= {(fold(make), None), (fold(make), fold(model))}
        following = []
        for key in keys & self._runs.keys():
            runs = self._runs[key]
            following += runs[bisect_right(runs, day, key=lambda run: run[0]) :]
        first = min((run_day for run_day, _ in following), default=None)
        return first, {place for run_day, place in following if run_day == first}


def _each_life(
    database: sqlite3.Connection, covered: Mapping[str, _Covered], today: date, no_life: Counter[str]
) -> Iterator[tuple[Life, str, set[int]]]:
    """Each life, its line, and the places of the manifests by which it is gone."""
    in_order = database.execute("SELECT source, id, day, record FROM sights ORDER BY source, id, day, rowid")
    for (source, listing_id), sights in groupby(in_order, key=lambda sight: sight[:2]):
        seen = _Seen(source, listing_id, no_life)
        for _, _, day, record in sights:
            seen.add(day, record)
        life = seen.life()
        if life is None:
            continue
        gone_on, gone_by = covered[source].next_after(life.last_seen, seen.words())
        line = write_life(replace(life, gone_on=gone_on))
        try:
            yield read_life(line, today), line, gone_by  # so that whoever is sent it can read it
        except Invalid as invalid:
            _count(no_life, invalid)


class _Seen:
    """What was seen of one listing, from its first day to its last."""

    def __init__(self, source: str, listing_id: str, no_life: Counter[str]) -> None:
        self._source, self._id, self._no_life = source, listing_id, no_life
        self._prices: list[Price] = []
        self._first: date | None = None
        self._last: date | None = None
        self._listing: Listing | None = None
        self._record: Mapping[str, str] = {}
        self._content = ""

    def add(self, day: str, content: str) -> None:
        if content == self._content and (same_again := _read_day(day)):
            self._last = same_again
            return
        record = json.loads(content)
        try:
            listing = parse_listing({**record, "id": self._id, "listed_on": day}, self._source, None)
        except Invalid as invalid:
            _count(self._no_life, invalid)
            return
        if listing.account is not None or listing.own_estimate or listing.price_kind != "asking":
            self._no_life[NO_OFFER] += 1
            return
        self._first = self._first or listing.listed_on
        self._last = listing.listed_on
        if self._prices and self._prices[-1].since == listing.listed_on:
            self._prices.pop()  # of two that were seen on one day, the later one counts
        if not self._prices or self._prices[-1].price_eur != listing.price_eur:
            self._prices.append(Price(listing.listed_on, listing.price_eur))
        self._listing, self._record, self._content = listing, record, content

    def words(self) -> Sequence[tuple[str, str]]:
        """The names of its make and model: as its source says them, and as we do."""
        assert self._listing is not None, "it has a life"
        vehicle = self._listing.vehicle
        return (self._record["make"], self._record["model"]), (vehicle.make, vehicle.model)

    def life(self) -> Life | None:
        listing, first, last = self._listing, self._first, self._last
        if listing is None or first is None or last is None:
            return None
        url = self._record.get("url", "").strip()
        return Life(
            source=self._source,
            id=self._id,
            vehicle=replace(listing.vehicle, age_years=age_years(listing.first_registration, last)),
            first_registration=listing.first_registration,
            first_seen=first,
            last_seen=last,
            prices=tuple(self._prices),
            country=listing.country,
            seller_kind=listing.seller_kind,
            url=url if url.startswith(WEB) else None,
        )


@lru_cache(10_000)
def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _count(no_life: Counter[str], invalid: Invalid) -> None:
    first = invalid.violations[0]
    no_life[f"{first.field}: {first.code}"] += 1


def _row(life: Life, line: str) -> tuple[object, ...]:
    car = hashlib.sha256(car_key(life.vehicle, life.first_registration).encode()).digest()[:16]
    return (
        life.source, life.id, line, car, life.vehicle.make, life.vehicle.model,
        life.first_seen.isoformat(), life.last_seen.isoformat(), life.gone_on.isoformat() if life.gone_on else None,
        life.prices[0].price_eur, life.price_eur, zlib.crc32(life.id.encode()),
    )  # fmt: skip
