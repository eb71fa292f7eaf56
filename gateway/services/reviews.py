"""The queue of quarantined feedback: who decides what training may learn from, and by what evidence."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from gateway.db import moments
from gateway.db.feedback import FeedbackRow
from gateway.db.transactions import writing
from gateway.errors import Conflict, Forbidden, InvalidFields, NotFound
from gateway.extensions import db
from gateway.services import audit, feed
from gateway.services.cards import Cards
from gateway.services.feedback import (
    ACCEPTED,
    DEFAULT_TRUST,
    KINDS,
    QUARANTINED,
    REJECTED,
    STATES,
    find_for_update,
    shown,
)
from gateway.services.identity import Caller
from gateway.services.pseudonyms import ANONYMOUS_PSEUDONYM
from gateway.services.queries import HIGHEST_SEQUENCE, one_of, whole_number
from gateway.services.staff_names import names_of
from model.schema.fields import Fields, Violation

QUERY = ("state", "kind", "limit", "cursor")
PAGE, LARGEST_PAGE = 50, 200

DECISION = ("decision", "note", "trust")
DECISIONS = {"accept": ACCEPTED, "reject": REJECTED}
LONGEST_NOTE = 1_000


def queue(cards: Cards, raw: Mapping[str, str]) -> dict[str, Any]:
    """A page of feedback in one state, the oldest first, and where the next page begins. Raises InvalidFields."""
    fields = Fields(raw)
    fields.allow_only(QUERY)
    state = one_of(fields, "state", STATES) if fields.given("state") else QUARANTINED
    kind = one_of(fields, "kind", KINDS) if fields.given("kind") else None
    limit = whole_number(fields, "limit", 1, LARGEST_PAGE, PAGE)
    after = whole_number(fields, "cursor", 0, HIGHEST_SEQUENCE, 0)
    if fields.violations:
        raise InvalidFields(fields.violations)
    asked = select(FeedbackRow).where(FeedbackRow.state == state, FeedbackRow.sequence > after)
    if kind is not None:
        asked = asked.where(FeedbackRow.kind == kind)
    rows = list(db.session.scalars(asked.order_by(FeedbackRow.sequence).limit(limit + 1)))
    page = rows[:limit]
    return {"reviews": _reviews(cards, page), "next": str(page[-1].sequence) if len(rows) > limit else None}


def decide(cards: Cards, who: Caller, feedback_id: str, raw: Mapping[str, object]) -> dict[str, Any]:
    """Accept a feedback, which puts it into the feed, or reject it; how it stands then.

    Raises InvalidFields, NotFound, Forbidden for one's own, Conflict where it was decided otherwise before.
    """
    state, note, trust = _read_decision(raw)
    with writing() as session:
        row = find_for_update(session, feedback_id)
        if row.account is not None and row.account == who.account:
            raise Forbidden("this is your own feedback: somebody else must review it", code="own_feedback")
        if trust is not None and trust > DEFAULT_TRUST[row.kind] and row.pseudonym == ANONYMOUS_PSEUDONYM:
            most = DEFAULT_TRUST[row.kind]
            message = f"of nobody may be trusted up to {most}: it may be anybody's, the reviewer's too"
            raise InvalidFields([Violation("trust", "out_of_range", message, figures={"low": 0, "high": most})])
        if row.state == QUARANTINED:
            row.state, row.reviewed_at, row.reviewed_by, row.review_note = state, moments.now(), who.actor, note
            if trust is not None and row.listing:
                row.listing = json.dumps({**json.loads(row.listing), "trust": trust}, ensure_ascii=False)
            if state == ACCEPTED:
                feed.append(session, ACCEPTED, row.id, row.pseudonym, row.listing)
            audit.note(session, who, f"feedback.{raw['decision']}", row.id, {} if trust is None else {"trust": trust})
        elif row.state != state or trust not in (None, _trust(row)):
            raise Conflict(f"this feedback is {row.state} already", code="decided_already")
    return _reviews(cards, [row])[0]


def _read_decision(raw: Mapping[str, object]) -> tuple[str, str | None, float | None]:
    fields = Fields(raw)
    fields.allow_only(DECISION)
    decision = one_of(fields, "decision", tuple(DECISIONS))
    note = fields.long_text("note", LONGEST_NOTE) if fields.given("note") else None
    trust = fields.number("trust", 0.0, 1.0, "as a share") if fields.given("trust") else None
    if trust is not None and decision == "reject":
        fields.add("trust", "not_allowed", "is for what is accepted")
    if fields.violations:
        raise InvalidFields(fields.violations)
    return DECISIONS[str(decision)], note, trust


def _trust(row: FeedbackRow) -> float:
    return json.loads(row.listing)["trust"] if row.listing else DEFAULT_TRUST[row.kind]


def _own_estimate(row: FeedbackRow) -> bool:
    return json.loads(row.listing)["own_estimate"] if row.listing else False


def _reviews(cards: Cards, rows: Sequence[FeedbackRow]) -> list[dict[str, Any]]:
    records = _records({row.pseudonym for row in rows} - {ANONYMOUS_PSEUDONYM})
    names = names_of(row.reviewed_by for row in rows)
    return [_review(cards, row, records.get(row.pseudonym), names.get(row.reviewed_by or "")) for row in rows]


def _review(cards: Cards, row: FeedbackRow, record: Counter[str] | None, reviewer: str | None) -> dict[str, Any]:
    evidence = json.loads(row.evidence)
    return {
        **shown(row),
        "comment": row.comment,
        "pseudonym": row.pseudonym,
        "record": None if record is None else {state: record[state] for state in (ACCEPTED, REJECTED)},
        "valuation": row.valuation,
        **evidence,
        "support": _support(cards, evidence),
        "trust": _trust(row),
        "own_estimate": _own_estimate(row),
        "reviewed_at": moments.in_words(row.reviewed_at),
        "reviewed_by": row.reviewed_by,
        "reviewed_by_name": reviewer,
        "note": row.review_note,
    }


def _records(pseudonyms: set[str]) -> dict[str, Counter[str]]:
    """How often what these said was accepted and rejected so far. Of nobody in particular there is no record."""
    records = {name: Counter[str]() for name in pseudonyms}
    asked = (
        select(FeedbackRow.pseudonym, FeedbackRow.state, func.count())
        .where(FeedbackRow.pseudonym.in_(pseudonyms))
        .group_by(FeedbackRow.pseudonym, FeedbackRow.state)
    )
    for name, state, count in db.session.execute(asked):
        records[name][state] = count
    return records


def _support(cards: Cards, evidence: Mapping[str, Any]) -> int | None:
    """The listings behind the car's model in the version that priced it, None where it did not."""
    vehicle, ours = evidence["vehicle"], evidence["ours"]
    if not ours or "version" not in ours:
        return None
    try:
        known = cards.get(ours["version"]).models.get((vehicle["make"], vehicle["model"]))
    except NotFound:
        return None
    return known["listings"] if known else None
