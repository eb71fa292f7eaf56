"""Runs of sources: their listings come part by part, in order, and each part may be sent again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.listing import ListingRunRow
from gateway.db.transactions import writing
from gateway.errors import Conflict, InvalidFields
from gateway.extensions import db
from gateway.services.market import lines
from gateway.services.market.loading import store
from gateway.services.market.refreshing import refresh
from gateway.services.market.turns import take_turn
from gateway.services.queries import whole_number
from model.schema.collected import SOURCE
from model.schema.fields import Fields, Violation

RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
MOST_PARTS = 100_000


@dataclass(frozen=True)
class Part:
    """Which part of which run a request brings."""

    source: str
    run: str
    part: int
    parts: int


def read_part(raw: Mapping[str, str]) -> Part:
    """What the query of PUT /listings names. Raises InvalidFields."""
    fields = Fields(raw)
    fields.allow_only(("source", "run", "part", "parts"))
    source, run = _source(fields), fields.text("run", 100)
    if run is not None and not RUN.fullmatch(run):
        fields.add("run", "format", "must be a name of letters, digits and . _ : -")
    fields.require("part")
    fields.require("parts")
    part = whole_number(fields, "part", 1, MOST_PARTS, 1)
    parts = whole_number(fields, "parts", 1, MOST_PARTS, 1)
    if not fields.violations and part > parts:
        fields.add("part", "out_of_range", f"must be one of {parts}")
    if fields.violations:
        raise InvalidFields(fields.violations)
    return Part(str(source), str(run), part, parts)


def bring(part: Part, file: BinaryIO, today: date) -> dict[str, object]:
    """Keep a part; what became of its lines. With the last one the market's figures are made anew.

    Raises Conflict for a part that is not the next one, and no earlier one sent again; what is kept stays.
    """
    batch = lines.read(file, part.source, today)
    with writing() as session:
        take_turn(session)
        row = _next(session, part)
        store(session, part.source, batch)
        row.part = max(row.part, part.part)
        row.updated_at = moments.now()
        is_whole, is_complete = row.part == row.parts, row.complete
    if is_whole and not is_complete:
        refresh()
        _complete(part)
    return {**batch.document(), "complete": is_whole}


def runs(raw: Mapping[str, str]) -> list[dict[str, Any]]:
    """All runs of a source, that which something came of last first: what is not named would be sent again.

    Raises InvalidFields.
    """
    fields = Fields(raw)
    fields.allow_only(("source",))
    source = _source(fields)
    if fields.violations:
        raise InvalidFields(fields.violations)
    asked = select(ListingRunRow).where(ListingRunRow.source == source)
    newest_first = asked.order_by(ListingRunRow.updated_at.desc(), ListingRunRow.run)
    return [
        {"run": row.run, "parts": row.parts, "part": row.part, "complete": row.complete}
        for row in db.session.scalars(newest_first)
    ]


def _source(fields: Fields) -> str | None:
    source = fields.text("source")
    if source is not None and not SOURCE.fullmatch(source):
        fields.add("source", "format", "must be a source's name, such as autoscout24")
    return source


def _next(session: Session, part: Part) -> ListingRunRow:
    """The run's row, if this part may come now. Raises Conflict."""
    row = session.get(ListingRunRow, (part.source, part.run))
    kept = row.part if row else 0
    if row is not None and row.parts != part.parts:
        message = f"the run has {row.parts} parts, {kept} of which are kept, and not {part.parts}"
        raise _conflict("parts", message, row.parts)
    if part.part > kept + 1:
        raise _conflict("part", f"{kept} parts are kept: send part {kept + 1} now, not {part.part}", kept + 1)
    if row is None:
        row = ListingRunRow(
            source=part.source, run=part.run, parts=part.parts, part=0, complete=False, updated_at=moments.now()
        )
        session.add(row)
    return row


def _conflict(field: str, message: str, expected: int) -> Conflict:
    return Conflict(message, [Violation(field, "out_of_order", message, known=[str(expected)])])


def _complete(part: Part) -> None:
    with writing() as session:
        row = session.get(ListingRunRow, (part.source, part.run))
        if row is not None:  # else somebody has taken the source out meanwhile
            row.complete = True
