"""The sources of the market's listings: what there is of each, and taking one out."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, delete, func, select

from gateway.db.listing import ListingRow, ListingRunRow
from gateway.db.transactions import writing
from gateway.errors import NotFound
from gateway.extensions import db
from gateway.services import audit
from gateway.services.identity import Caller
from gateway.services.market.refreshing import refresh
from gateway.services.market.turns import take_turn

ROWS_AT_ONCE = 5_000
NOTHING: tuple[int, date | None] = (0, None)


@dataclass(frozen=True)
class Source:
    name: str
    listings: int
    newest_day: date | None  # None: nothing of it is kept
    runs: int


def all_sources() -> list[Source]:
    """By name. It reads all listings."""
    counted = select(ListingRow.source, func.count(), func.max(ListingRow.last_seen)).group_by(ListingRow.source)
    listings = {name: (count, newest) for name, count, newest in db.session.execute(counted)}
    of_runs = select(ListingRunRow.source, func.count()).group_by(ListingRunRow.source)
    runs = {name: count for name, count in db.session.execute(of_runs)}
    return [
        Source(name, *listings.get(name, NOTHING), runs.get(name, 0)) for name in sorted({*listings, *runs})
    ]  # fmt: skip


def remove(who: Caller, source: str) -> int:
    """Take all listings of a source out, with its runs and its part in the figures; the number of listings.

    Months of which listings were removed by age before are forgotten, since nobody knows any more whose they were.
    Safe to repeat, and to stop: then the next one goes on. Raises NotFound where there is nothing of the source.
    """
    removed = 0
    some = select(ListingRow.sequence).where(ListingRow.source == source).limit(ROWS_AT_ONCE)
    runs = ListingRunRow.source == source
    with writing() as session:
        take_turn(session)
        if session.scalar(select(ListingRunRow.run).where(runs).limit(1)) is None and session.scalar(some) is None:
            raise NotFound(f"there is nothing of a source {source!r}")
        audit.note(session, who, "listings.remove", source)
    while count := _remove_some(some):
        removed += count
    refresh(forget_history=True)
    with writing() as session:
        session.execute(delete(ListingRunRow).where(runs))  # last: by them one who was stopped finds that he was
    return removed


def _remove_some(some: Select) -> int:
    with writing() as session:
        take_turn(session)
        return session.execute(delete(ListingRow).where(ListingRow.sequence.in_(some))).rowcount  # type: ignore
