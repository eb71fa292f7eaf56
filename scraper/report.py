"""What the store knows of the market, and what of it should make somebody look."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from model.schema.vocabulary import fold
from model.store import NotStored, Store
from scraper.lives import Lives
from scraper.manifests import StoreDamaged
from scraper.runs import FAILURES

FAILURES_TOLD = 10  # of a source, the newest


@dataclass(frozen=True)
class Supply:
    """How many cars of a model are on offer, of how many that ever were."""

    make: str
    model: str
    on_offer: int
    cars: int


@dataclass(frozen=True)
class Failure:
    """A run that failed, and why."""

    day: str
    reason: str


@dataclass(frozen=True)
class SourceReport:
    """One source. Listings are what it listed, cars what is of one car once; days on the market are of what is gone,
    from the first on which it was seen; a cut is by which share of its first price a listing has become cheaper.
    """

    runs: int
    newest_day: str
    stale: bool  # nothing came of it for too long
    listings: int
    cars: int
    on_offer: int
    gone: int
    median_days_on_market: float | None
    share_cut: float | None
    median_cut: float | None
    quarantined: dict[str, int]  # pages, by reason
    failures: list[Failure]


@dataclass(frozen=True)
class Report:
    """All of it. no_life counts what was seen and tells of no listing on offer, by reason."""

    sources: dict[str, SourceReport]
    cars: int
    supply: list[Supply]
    no_life: dict[str, int]
    stale: bool  # nothing came of any source for too long

    def document(self) -> dict[str, object]:
        return asdict(self)


def report(
    lives: Lives, store: Store, today: date, *, stale_after_days: int, models: int, model: str | None = None
) -> Report:
    """The report on lives. `models` of the largest supply are told, or all whose make and model contain `model`.

    Raises StoreDamaged.
    """
    database = lives.database
    days: dict[str, date] = {}
    for manifest in lives.manifests:
        days[manifest.source] = manifest.day
    sources = {
        source: _source(source, lives, store, newest, (today - newest).days > stale_after_days)
        for source, newest in sorted(days.items())
    }
    return Report(
        sources=sources,
        cars=database.execute("SELECT count(DISTINCT car) FROM lives").fetchone()[0],
        supply=list(_supply(database, models, model)),
        no_life=dict(lives.no_life.most_common()),
        stale=all(each.stale for each in sources.values()),
    )


def _source(source: str, lives: Lives, store: Store, newest: date, stale: bool) -> SourceReport:
    runs = [manifest for manifest in lives.manifests if manifest.source == source]
    query = """
        SELECT count(*), count(DISTINCT car), count(*) FILTER (WHERE gone_on IS NULL),
               count(*) FILTER (WHERE last_eur < first_eur)
        FROM lives WHERE source = ?
    """
    listings, cars, on_offer, cut = lives.database.execute(query, (source,)).fetchone()
    days_on_market = """
        SELECT julianday(gone_on) - julianday(first_seen) FROM lives WHERE source = ? AND gone_on IS NOT NULL ORDER BY 1
    """
    cuts = "SELECT 1 - last_eur / first_eur FROM lives WHERE source = ? AND last_eur < first_eur ORDER BY 1"
    return SourceReport(
        runs=len(runs),
        newest_day=newest.isoformat(),
        stale=stale,
        listings=listings,
        cars=cars,
        on_offer=on_offer,
        gone=listings - on_offer,
        median_days_on_market=_median(lives.database, days_on_market, source, listings - on_offer),
        share_cut=round(cut / listings, 4) if listings else None,
        median_cut=_median(lives.database, cuts, source, cut),
        quarantined=dict(Counter(page.reason for run in runs for page in run.quarantined).most_common()),
        failures=list(_failures(store, source)),
    )


def _median(database: sqlite3.Connection, in_order: str, source: str, count: int) -> float | None:
    if not count:
        return None
    middle = database.execute(f"{in_order} LIMIT {2 - count % 2} OFFSET {(count - 1) // 2}", (source,)).fetchall()
    return round(sum(value for (value,) in middle) / len(middle), 4)


def _supply(database: sqlite3.Connection, models: int, model: str | None) -> Iterator[Supply]:
    query = """
        SELECT make, model, count(DISTINCT car) FILTER (WHERE gone_on IS NULL) AS on_offer, count(DISTINCT car) AS cars
        FROM lives GROUP BY lower(make), lower(model) ORDER BY on_offer DESC, cars DESC, make, model
    """
    wanted = fold(model) if model else ""
    found = 0
    for row in database.execute(query):
        if wanted in fold(f"{row[0]}{row[1]}"):
            yield Supply(*row)
            found += 1
            if found == models and not wanted:
                return


def _failures(store: Store, source: str) -> Iterator[Failure]:
    keys: Sequence[str] = store.keys(f"{FAILURES}{source}/")
    for key in reversed(keys[-FAILURES_TOLD:]):
        try:
            told = json.loads(store.get(key))
            yield Failure(str(told["day"]), str(told["failed"]))
        except (NotStored, ValueError, LookupError, TypeError) as error:
            raise StoreDamaged(f"{key} in the store is damaged: {error!r}") from error
