"""Promotions: which version became the champion, when, by whom and why. Each is published once and never changed."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gateway.db import moments
from gateway.db.promotion import PromotionRow
from gateway.db.transactions import writing
from gateway.errors import Conflict, InvalidFields
from gateway.extensions import db
from gateway.services import audit
from gateway.services.card_document import VERSION, Figures
from gateway.services.identity import Caller
from gateway.services.pages import Page
from gateway.services.queries import HIGHEST_SEQUENCE
from model.schema.fields import Fields

FIELDS = ("number", "version", "previous", "promoted_at", "by", "reason", "figures")
LARGEST_FIGURE = 2.0**53  # a double tells whole numbers apart up to there, and JSON's readers do not go beyond
LONGEST_REASON = 500  # letters
MOMENT = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"


def put(number: int, raw: Mapping[str, Any], who: Caller) -> bool:
    """Publish the record of a promotion; False where it was there already.

    Raises InvalidFields for what is no record of this number, Conflict where the number has another one.
    """
    _check(number, raw)
    record = {**{name: raw[name] for name in FIELDS}, "number": number}
    row = PromotionRow(number=number, document=json.dumps(record, ensure_ascii=False), published_at=moments.now())
    try:
        with writing() as session:
            session.add(row)
            session.flush()  # what is there already is found before the deed is noted
            audit.note(session, who, "promotion.put", str(number), {"version": record["version"]})
    except IntegrityError:  # the number has a record
        there = db.session.scalar(select(PromotionRow.document).where(PromotionRow.number == number))
        if there is None or json.loads(there) != record:
            raise Conflict(
                f"promotion {number} has another record already; a promotion's record never changes"
            ) from None
        return False
    return True


def page(limit: int, before: int) -> Page:
    """The records with numbers below `before`, at most `limit`, the highest first."""
    below = select(PromotionRow).where(PromotionRow.number < before)
    rows = list(db.session.scalars(below.order_by(PromotionRow.number.desc()).limit(limit + 1)))
    return Page([json.loads(row.document) for row in rows[:limit]], rows[limit - 1].number if rows[limit:] else None)


def _check(number: int, raw: Mapping[str, Any]) -> None:
    fields = Fields(raw)
    fields.allow_only(FIELDS)
    if not 1 <= number <= HIGHEST_SEQUENCE:
        fields.add("number", "out_of_range", f"must be between 1 and {HIGHEST_SEQUENCE:,}")
    elif fields.require("number") and (isinstance(raw["number"], bool) or raw["number"] != number):
        fields.add("number", "disagrees", f"must be {number}, as the address says")
    _check_version(fields, "version")
    if "previous" not in raw:
        fields.add("previous", "missing", "is missing; null where there was no champion before")
    elif raw["previous"] is not None:
        _check_version(fields, "previous")
    _check_moment(fields, "promoted_at")
    fields.text("by")
    _check_reason(fields, raw)
    if fields.require("figures"):
        _check_figures(fields, raw["figures"])
    if fields.violations:
        raise InvalidFields(fields.violations)


def _check_version(fields: Fields, name: str) -> None:
    text = fields.text(name)
    if text is not None and not re.fullmatch(VERSION, text):
        fields.add(name, "format", "must be a version: letters, digits, dots, dashes and underscores")


def _check_moment(fields: Fields, name: str) -> None:
    text = fields.text(name)
    if text is None:
        return
    try:
        sound = re.fullmatch(MOMENT, text) and datetime.fromisoformat(text)
    except ValueError:
        sound = None
    if not sound:
        fields.add(name, "format", 'must be a moment in UTC such as "2026-05-31T09:15:00Z"')


def _check_reason(fields: Fields, raw: Mapping[str, Any]) -> None:
    if not fields.require("reason"):
        return
    reason = raw["reason"]
    if not isinstance(reason, str) or not reason.isprintable():
        fields.add("reason", "type", "must be a text of one line")
    elif not 1 <= len(reason.strip()) <= len(reason) <= LONGEST_REASON:
        fields.add("reason", "too_long" if reason.strip() else "missing", f"must be of 1 to {LONGEST_REASON} letters")


def _check_figures(fields: Fields, figures: object) -> None:
    if not isinstance(figures, dict) or not set(figures) <= set(Figures.model_fields):
        fields.add("figures", "type", f"must be an object of some of {', '.join(Figures.model_fields)}")
    elif not all(_is_number(value) for value in figures.values()):
        fields.add("figures", "type", "must hold finite numbers alone")


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and abs(value) <= LARGEST_FIGURE
