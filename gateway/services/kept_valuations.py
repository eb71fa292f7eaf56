"""Valuations that are kept: under an id that cannot be guessed, and, for who was logged in, in a list of his own."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.valuation import ValuationRow
from gateway.errors import InvalidFields, NotFound
from gateway.extensions import db
from gateway.services.identity import Caller
from gateway.services.queries import whole_number
from gateway.services.secret_values import may_be_id, new_id
from model.schema.fields import Fields

QUERY = ("limit", "cursor")
PAGE, LARGEST_PAGE = 25, 100


def keep(session: Session, reply: dict[str, Any], account: int | None) -> dict[str, Any]:
    """Keep a valuation in a transaction, as an account's or nobody's; the reply with the id that it is found by."""
    reply = {**reply, "id": new_id()}
    row = ValuationRow(
        id=reply["id"],
        model_version=reply["model"]["version"],
        document=json.dumps(reply, ensure_ascii=False),
        created_at=moments.now(),
        account=account,
    )
    session.add(row)
    return reply


def get(valuation_id: str) -> dict[str, Any]:
    """A kept valuation. Raises NotFound."""
    document = db.session.scalar(select(ValuationRow.document).where(ValuationRow.id == valuation_id))
    if document is None:
        raise NotFound("there is no valuation of this id")
    return json.loads(document)


def page(who: Caller, raw: Mapping[str, str]) -> dict[str, Any]:
    """A page of the caller's own, the newest first; its last one's id where there are more. Raises InvalidFields."""
    fields = Fields(raw)
    fields.allow_only(QUERY)
    limit = whole_number(fields, "limit", 1, LARGEST_PAGE, PAGE)
    own = select(ValuationRow).where(ValuationRow.account == who.account)
    if (cursor := raw.get("cursor")) is not None:
        last = db.session.scalar(own.where(ValuationRow.id == cursor)) if may_be_id(cursor) else None
        if last is None:
            fields.add("cursor", "unknown", "is not the `next` of a page of yours")
        else:
            own = own.where(tuple_(ValuationRow.created_at, ValuationRow.id) < tuple_(last.created_at, last.id))
    if fields.violations:
        raise InvalidFields(fields.violations)
    newest_first = own.order_by(ValuationRow.created_at.desc(), ValuationRow.id.desc())
    rows = list(db.session.scalars(newest_first.limit(limit + 1)))
    return {
        "valuations": [json.loads(row.document) for row in rows[:limit]],
        "next": rows[limit - 1].id if len(rows) > limit else None,
    }
