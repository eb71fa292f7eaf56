"""Rows of listings into their table, in the transaction of who has them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from gateway.db.listing import ListingRow, MarketModelRow
from gateway.services.market.lines import Batch, Row, told_on
from gateway.services.market.names import Keys

IDS_AT_ONCE = 500
LISTING = ListingRow.__table__
SAME = ("source", "id")  # what an update leaves as it is


def store(session: Session, source: str, batch: Batch) -> None:
    """Insert the listings that are new, and replace those that are told of more newly than what is there.

    Only who has taken his turn may do so: what is read here must not change until it is written.
    """
    models = _numbers_of_models(session, batch)
    there = _there(session, source, list(batch.rows))
    new: list[Row] = []
    changed: list[Row] = []
    for listing, row in batch.rows.items():
        row["model"] = models[batch.models[listing][0]]
        known = there.get(listing)
        if known is None:
            new.append(row)
        elif told_on(known) <= told_on(row):
            changed.append({**row, "_sequence": known["sequence"]})
    connection = session.connection()
    if new:
        connection.execute(insert(LISTING), new)
    if changed:
        columns = [name for name in changed[0] if name not in (*SAME, "_sequence")]
        newly = update(LISTING).where(LISTING.c.sequence == bindparam("_sequence"))
        connection.execute(newly.values({name: bindparam(name) for name in columns}), changed)


def _there(session: Session, source: str, listings: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """What is kept of these listings of a source, as far as it is needed here."""
    asked = select(ListingRow.id, ListingRow.sequence, ListingRow.last_seen, ListingRow.gone_on)
    asked = asked.where(ListingRow.source == source)
    rows = (row for some in _some(listings) for row in session.execute(asked.where(ListingRow.id.in_(some))))
    return {row.id: dict(row._mapping) for row in rows}


def _some(listings: Sequence[str]) -> Iterator[Sequence[str]]:
    return (listings[start : start + IDS_AT_ONCE] for start in range(0, len(listings), IDS_AT_ONCE))


def _numbers_of_models(session: Session, batch: Batch) -> dict[Keys, int]:
    """The number of each model, by its keys; who comes first has given it its spelling."""
    asked = select(MarketModelRow.make_key, MarketModelRow.model_key, MarketModelRow.sequence)

    def known() -> dict[Keys, int]:
        return {(make, model): sequence for make, model, sequence in session.execute(asked)}

    numbers = known()
    new = {keys: (make, model) for keys, make, model in batch.models.values() if keys not in numbers}
    if not new:
        return numbers
    session.execute(
        insert(MarketModelRow.__table__),
        [
            {"make_key": keys[0], "model_key": keys[1], "make": make, "model": model}
            for keys, (make, model) in sorted(new.items())
        ],
    )  # fmt: skip
    return known()
