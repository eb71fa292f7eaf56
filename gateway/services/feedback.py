"""Feedback: sales, and reports that a price is wrong. Nothing of it is learnt from before somebody has accepted it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.account import AccountRow
from gateway.db.car import CarRow
from gateway.db.feedback import FeedbackRow
from gateway.db.transactions import writing
from gateway.db.valuation import ValuationRow
from gateway.errors import InvalidFields, NotFound
from gateway.extensions import db
from gateway.services import audit, feed
from gateway.services.car_changes import VEHICLE
from gateway.services.idempotency import Answer, once
from gateway.services.identity import ADMIN, Caller
from gateway.services.pseudonyms import ANONYMOUS_PSEUDONYM, pseudonym
from gateway.services.queries import HIGHEST_SEQUENCE, one_of, whole_number
from gateway.services.secret_values import may_be_id, new_id
from model.schema.feed import ACCOUNT_WITHDRAWN, WITHDRAWN
from model.schema.fields import Fields
from model.schema.listing import PRICE_BOUNDS_EUR

SALE, REPORT = KINDS = ("sale", "report")
QUARANTINED, ACCEPTED, REJECTED, GONE = STATES = ("quarantined", "accepted", "rejected", "withdrawn")
REASONS = ("too_high", "too_low", "wrong_data", "other")
ASKING, SOLD, OPINION = PRICE_KINDS = ("asking", "sale", "opinion")  # an opinion is nobody's price: never learnt from
REPORT_FIELDS = ("reason", "price_eur", "price_kind", "comment")
QUERY = ("limit", "cursor")
PAGE, LARGEST_PAGE = 25, 100
LONGEST_COMMENT = 1_000

# How far what it says is trusted unless the reviewer decides otherwise: a sale is our own record, a report is hearsay.
DEFAULT_TRUST = {SALE: 1.0, REPORT: 0.5}
# A car that stood at our estimate and sold within this share of it was sold at our own word.
OUR_WORD_WITHIN = 0.01


def add_report(who: Caller, valuation_id: str, raw: Mapping[str, object], key: str | None) -> Answer:
    """Quarantine a report on a kept valuation; the answer, the first one where this key came before.

    Raises InvalidFields naming every field at fault, NotFound, Conflict.
    """
    report = _read_report(raw)
    with writing() as session:
        route = f"POST /valuations/{valuation_id}/reports"
        return once(session, who, route, key, dict(raw), lambda: _keep_report(session, who, valuation_id, report))


def add_sale(session: Session, who: Caller, car: CarRow) -> FeedbackRow:
    """Quarantine the sale of a car, whose sale_price_eur and sold_on are set, in the transaction that marks it sold."""
    assert car.sale_price_eur is not None and car.sold_on is not None
    price = _Price(car.sale_price_eur, SOLD, car.sold_on)
    valuation = session.get(ValuationRow, car.valuation) if car.valuation else None
    ours = _our_price(valuation)
    # Whatever we had said that it is worth, and what it stood at if that was our word too.
    stood_at_our_price = not car.price_is_own or car.price_eur == car.estimate_eur
    said = [car.estimate_eur, car.price_eur if stood_at_our_price else None]
    if not ours and stood_at_our_price:
        ours = {"price_eur": car.price_eur}
    vehicle = {name: getattr(car, name) for name in VEHICLE}
    row = _row(session, who, SALE, vehicle, price, ours, stood_at_our_price, said)
    row.valuation, row.car = car.valuation, car.sequence
    session.add(row)
    return row


def withdraw_sale(session: Session, car: CarRow) -> None:
    """Take back what was said of a car's sale, in the transaction that undoes it."""
    sold = select(FeedbackRow).where(FeedbackRow.car == car.sequence, FeedbackRow.kind == SALE)
    for row in session.scalars(sold.order_by(FeedbackRow.sequence).with_for_update()):
        _withdraw(session, row)


def withdraw(who: Caller, feedback_id: str) -> None:
    """Take back one feedback of the caller's; an admin takes back anybody's. Raises NotFound."""
    with writing() as session:
        row = find_for_update(session, feedback_id)
        if who.role != ADMIN and row.account != who.account:
            raise NotFound("there is no feedback of this id")
        if _withdraw(session, row):
            audit.note(session, who, "feedback.withdraw", row.id)


@dataclass(frozen=True)
class Withdrawal:
    """What the withdrawal of an account's feedback did: how many it took back, and the event that says so, if any."""

    pseudonym: str
    rows: int
    event: int | None


def withdraw_account(session: Session, who: Caller, account_sequence: int) -> Withdrawal:
    """Take back all that an account ever said, in a transaction that writes; again, it changes nothing."""
    account = session.get_one(AccountRow, account_sequence)
    return _withdraw_all(session, who, pseudonym(session, account.id))


def withdraw_named(who: Caller, name: str) -> Withdrawal:
    """The same for an account by its e-mail address, id or pseudonym, of which the last outlives the account.

    Raises NotFound.
    """
    with writing() as session:
        named = (AccountRow.email == name.strip().lower()) | (AccountRow.id == name)
        account_id = session.scalar(select(AccountRow.id).where(named))
        if account_id is not None:
            return _withdraw_all(session, who, pseudonym(session, account_id))
        known = session.scalar(select(FeedbackRow.pseudonym).where(FeedbackRow.pseudonym == name).limit(1))
        if known is None and name != ANONYMOUS_PSEUDONYM:
            raise NotFound(f"no account has this e-mail address or id, and no feedback this pseudonym: {name}")
        return _withdraw_all(session, who, name)


def page(who: Caller, raw: Mapping[str, str]) -> dict[str, Any]:
    """A page of what the caller has said, the newest first, and where the next page begins. Raises InvalidFields."""
    fields = Fields(raw)
    fields.allow_only(QUERY)
    limit = whole_number(fields, "limit", 1, LARGEST_PAGE, PAGE)
    before = whole_number(fields, "cursor", 0, HIGHEST_SEQUENCE, HIGHEST_SEQUENCE)
    if fields.violations:
        raise InvalidFields(fields.violations)
    own = select(FeedbackRow).where(FeedbackRow.account == who.account, FeedbackRow.sequence < before)
    rows = list(db.session.scalars(own.order_by(FeedbackRow.sequence.desc()).limit(limit + 1)))
    return {
        "feedback": [
            {**shown(row), "vehicle": json.loads(row.evidence)["vehicle"], "valuation": row.valuation}
            for row in rows[:limit]
        ],
        "next": str(rows[limit - 1].sequence) if len(rows) > limit else None,
    }


def shown(row: FeedbackRow) -> dict[str, Any]:
    """What whoever gave it may see of a feedback."""
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "reason": row.reason,
        "price_eur": row.price_eur,
        "price_kind": row.price_kind,
        "created_at": moments.in_words(row.created_at),
    }


def find_for_update(session: Session, feedback_id: str) -> FeedbackRow:
    """A feedback by its id, locked. Raises NotFound."""
    row = None
    if may_be_id(feedback_id):
        row = session.scalar(select(FeedbackRow).where(FeedbackRow.id == feedback_id).with_for_update())
    if row is None:
        raise NotFound("there is no feedback of this id")
    return row


@dataclass(frozen=True)
class _Price:
    eur: float
    kind: str
    on: date


@dataclass(frozen=True)
class _Report:
    reason: str
    price: _Price | None
    comment: str | None


def _read_report(raw: Mapping[str, object]) -> _Report:
    fields = Fields(raw)
    fields.allow_only(REPORT_FIELDS)
    reason = one_of(fields, "reason", REASONS)
    price = None
    if fields.given("price_eur") or fields.given("price_kind"):
        price_eur = fields.number("price_eur", *PRICE_BOUNDS_EUR, "EUR")
        price_kind = one_of(fields, "price_kind", PRICE_KINDS)
        if price_eur is not None and price_kind is not None:
            price = _Price(price_eur, price_kind, moments.now().date())
    comment = fields.long_text("comment", LONGEST_COMMENT) if fields.given("comment") else None
    if fields.violations:
        raise InvalidFields(fields.violations)
    assert reason is not None
    return _Report(reason, price, comment)


def _keep_report(session: Session, who: Caller, valuation_id: str, report: _Report) -> Answer:
    valuation = session.get(ValuationRow, valuation_id) if may_be_id(valuation_id) else None
    if valuation is None:
        raise NotFound("there is no valuation of this id")
    vehicle = json.loads(valuation.document)["vehicle"]
    row = _row(session, who, REPORT, {name: vehicle[name] for name in VEHICLE}, report.price, _our_price(valuation))
    row.valuation, row.reason, row.comment = valuation.id, report.reason, report.comment
    session.add(row)
    return 201, shown(row)


def _row(
    session: Session, who: Caller, kind: str, vehicle: Mapping[str, Any], price: _Price | None, ours: Mapping[str, Any],
    stood_at_our_price: bool = False, said_eur: Sequence[float | None] = (),
) -> FeedbackRow:  # fmt: skip
    """A quarantined feedback with what training would read of it, and what a reviewer judges by."""
    feedback_id, name = new_id(), pseudonym(session, who.id)
    our_eur = ours.get("price_eur")
    listing = residual_percent = None
    if price is not None and our_eur:
        residual_percent = round((price.eur / our_eur - 1) * 100, 2)
    if price is not None and price.kind != OPINION:
        listing = {
            "id": feedback_id,
            "account": name,
            **vehicle,
            "price_eur": price.eur,
            "price_kind": price.kind,
            "listed_on": price.on.isoformat(),
            "trust": DEFAULT_TRUST[kind],
            "own_estimate": any(_is_our_word(price.eur, each, stood_at_our_price) for each in (our_eur, *said_eur)),
        }
    evidence = {"vehicle": dict(vehicle), "ours": dict(ours) or None, "residual_percent": residual_percent}
    return FeedbackRow(
        id=feedback_id, kind=kind, state=QUARANTINED, account=who.account, pseudonym=name,
        price_eur=price and price.eur, price_kind=price and price.kind,
        listing=listing and json.dumps(listing, ensure_ascii=False),
        evidence=json.dumps(evidence, ensure_ascii=False), created_at=moments.now(),
    )  # fmt: skip


def _is_our_word(price_eur: float, our_eur: float | None, stood_at_our_price: bool) -> bool:
    """Whether our own estimate set the price, so that it says only what we had said."""
    if our_eur is None:
        return False
    return abs(price_eur - our_eur) <= (OUR_WORD_WITHIN * our_eur if stood_at_our_price else 1.0)


def _our_price(valuation: ValuationRow | None) -> dict[str, Any]:
    """What we had said of the car, by which version; empty where nothing was kept."""
    if valuation is None:
        return {}
    said = json.loads(valuation.document)
    return {
        "price_eur": said["price_eur"],
        "low_eur": said["range"]["low_eur"],
        "high_eur": said["range"]["high_eur"],
        "confidence": said["confidence"],
        "version": valuation.model_version,
        "as_of": said["as_of"],
    }


def _withdraw(session: Session, row: FeedbackRow) -> bool:
    """Take a locked row back, and tell the feed if it has told of it; False where that was done before."""
    if row.state == GONE:
        return False
    if row.state == ACCEPTED:
        feed.append(session, WITHDRAWN, row.id, row.pseudonym)
    row.state, row.comment = GONE, None
    return True


def _withdraw_all(session: Session, who: Caller, name: str) -> Withdrawal:
    theirs = (FeedbackRow.pseudonym == name) & (FeedbackRow.state != GONE)
    rows = session.scalars(select(FeedbackRow.sequence).where(theirs).order_by(FeedbackRow.sequence).with_for_update())
    if not (count := len(rows.all())):
        return Withdrawal(name, 0, None)
    session.execute(update(FeedbackRow).where(theirs).values(state=GONE, comment=None))
    event = feed.append(session, ACCOUNT_WITHDRAWN, None, name)
    audit.note(session, who, "feedback.withdraw_account", name, {"rows": count})
    return Withdrawal(name, count, event)
