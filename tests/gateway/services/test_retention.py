"""Retention: what is past its time goes, all else stays, and it may be run at any time."""

import json
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from gateway.db import moments
from gateway.db.account import ApiTokenRow, PasswordResetRow, SessionRow
from gateway.db.attempt import AttemptRow
from gateway.db.car import CarEventRow, CarRow, CarWordRow
from gateway.db.feedback import FeedbackRow
from gateway.db.idempotency import IdempotencyRow
from gateway.db.listing import ListingRow, ListingRunRow, MarketFiguresRow, MarketModelRow
from gateway.db.transactions import writing
from gateway.db.valuation import ValuationRow
from gateway.extensions import db
from gateway.services import retention
from gateway.services.retention import Periods
from tests.gateway.gateways import Gateway

DAY = timedelta(days=1)
PERIODS = Periods(undo=DAY, valuations=365 * DAY, contacts=180 * DAY, listings=730 * DAY)
KINDS = ("sessions", "links to set a password", "attempts", "first answers", "tokens", "deleted cars",
         "contacts of cars", "valuations", "listings", "runs of listings")  # fmt: skip


def car(name: str, **changes: Any) -> CarRow:
    """A car that somebody offered."""
    known = {
        "id": name, "version": 1, "state": "offered", "make": "Volkswagen", "model": "Golf", "fuel": "petrol",
        "gearbox": "manual", "offer_type": "used", "first_registration": "2020-03", "mileage_km": 1.0, "power_hp": 1.0,
        "price_eur": 1.0, "price_is_own": False, "contact_name": "Jo Doe", "contact_email": "jo@example.org",
        "contact_phone": "+49 151 5550123", "created_at": moments.now(), "updated_at": moments.now(),
    }  # fmt: skip
    return CarRow(**{**known, **changes})


def valuation(name: str, **changes: Any) -> ValuationRow:
    known = {"id": name, "model_version": "1", "document": "{}", "created_at": moments.now() - 366 * DAY}
    return ValuationRow(**{**known, **changes})


def feedback(name: str, **changes: Any) -> FeedbackRow:
    known = {"id": name, "kind": "report", "state": "accepted", "pseudonym": "p", "listing": "{}", "evidence": "{}",
             "created_at": moments.now()}  # fmt: skip
    return FeedbackRow(**{**known, **changes})


def listing(name: str, last_seen: date) -> ListingRow:
    return ListingRow(
        source="s", id=name, car=name, model=1, fuel="petrol", gearbox="manual", offer_type="used",
        first_registration="2020-03", registered_month=1, mileage_km=1.0, power_hp=1.0, price_eur=1.0,
        price_since=last_seen, first_seen=last_seen, last_seen=last_seen, country="DE",
    )  # fmt: skip


def fill(account: int) -> None:
    """Of each kind one that is past its time and some that are not, for this reason or that."""
    now = moments.now()
    past, coming = now - timedelta(seconds=1), now + DAY
    answer = {"caller": "anyone", "route": "/", "body_digest": "", "status": 201, "reply": "{}"}
    token = {"secret_hash": "", "name": "", "scopes": "", "created_at": now, "expires_at": coming}
    long_ago = now - 181 * DAY
    rows: list[Any] = [
        SessionRow(token_hash="past", account=account, created_at=now, expires_at=past),
        SessionRow(token_hash="kept", account=account, created_at=now, expires_at=coming),
        PasswordResetRow(token_hash="past", account=account, expires_at=past),
        PasswordResetRow(token_hash="kept", account=account, expires_at=coming),
        AttemptRow(key="past", free_at=past),
        AttemptRow(key="kept", free_at=coming),
        IdempotencyRow(key="past", created_at=now - DAY, **answer),
        IdempotencyRow(key="kept", created_at=now - DAY / 2, **answer),
        ApiTokenRow(prefix="past", **{**token, "expires_at": now - 90 * DAY}),
        ApiTokenRow(prefix="past too", **token, revoked_at=now - 90 * DAY),
        ApiTokenRow(prefix="kept", **{**token, "expires_at": now - 89 * DAY}),
        ApiTokenRow(prefix="kept too", **token),
        valuation("past"),
        valuation("past, of the deleted car"),
        valuation("kept: new", created_at=now),
        valuation("kept: somebody's", account=account),
        valuation("kept: of a car"),
        valuation("kept: of feedback"),
    ]
    cars = [
        car("past", deleted_at=now - DAY, valuation="past, of the deleted car"),
        car("kept: may come back", deleted_at=past),
        car("kept: open", updated_at=long_ago, valuation="kept: of a car"),
        car("kept: sold lately", state="sold"),
        *(car(f"forgotten: {state}", state=state, updated_at=long_ago) for state in retention.CLOSED),
    ]
    with writing() as session:
        session.add_all(rows)
        session.add(MarketModelRow(sequence=1, make_key="m", model_key="m", make="M", model="M"))
        session.flush()
        newest = date(2024, 6, 30)
        session.add(MarketFiguresRow(make_key="", model_key="", generation=1, newest_day=newest, document="{}"))
        session.add_all([listing("past", newest - 730 * DAY), listing("past: gone", newest - 731 * DAY)])
        session.add_all([listing("kept", newest - 729 * DAY), listing("kept: new", newest)])
        run = {"source": "s", "parts": 1, "part": 1, "complete": True}
        session.add(ListingRunRow(run="past", updated_at=now - 730 * DAY, **run))
        session.add(ListingRunRow(run="kept", updated_at=now, **run))
        session.add_all([*cars, feedback("kept", valuation="kept: of feedback")])
        session.flush()
        for row in cars:
            changes = json.dumps({"contact": [None, None], "price_eur": [1, 2]})
            session.add(CarEventRow(car=row.sequence, at=now, actor="anyone", action="offer", changes=changes))
            session.add(CarWordRow(car=row.sequence, word="golf"))


def left() -> dict[str, list[str]]:
    """The names of the rows that are there."""
    columns = (SessionRow.token_hash, PasswordResetRow.token_hash, AttemptRow.key, IdempotencyRow.key,
               ApiTokenRow.prefix, CarRow.id, ValuationRow.id, FeedbackRow.id, ListingRow.id,
               ListingRunRow.run)  # fmt: skip
    found = {column.class_.__tablename__: sorted(db.session.scalars(select(column))) for column in columns}
    db.session.rollback()
    return found


def test_what_is_past_its_time_goes_and_nothing_else(each_gateway: Gateway) -> None:
    """Each kind by its own time; the count beforehand changes nothing, and a second run finds nothing."""
    account = each_gateway.account("customer").account
    assert account is not None
    with each_gateway.app.app_context():
        # given rows that are past their time and others
        fill(account)
        before = left()
        # when they are counted, then nothing changes
        counted = retention.count(PERIODS)
        assert counted == dict(zip(KINDS, (1, 1, 1, 1, 2, 1, 3, 1, 2, 1), strict=True))
        assert left() == before
        # when they are removed, then only they are gone: the valuation of a car that is gone is nobody's any more
        assert retention.prune(PERIODS) == {**counted, "valuations": 2}
        assert left() == {
            table: [name for name in names if not name.startswith("past")] for table, names in before.items()
        }
        # and nothing is left for a second time
        assert set(retention.prune(PERIODS).values()) == {0}


def test_whoever_offered_a_car_is_forgotten_once_it_is_closed(each_gateway: Gateway) -> None:
    """The car stays, and that its contact once changed; who it was does not."""
    account = each_gateway.account("customer").account
    assert account is not None
    with each_gateway.app.app_context():
        # given cars, when what is past its time is removed
        fill(account)
        retention.prune(PERIODS)
        # then closed cars have no contact, in their history neither
        joined = select(CarRow, CarEventRow).join(CarEventRow, CarEventRow.car == CarRow.sequence)
        seen: dict[str, list[str]] = defaultdict(list)
        for row, event in db.session.execute(joined.order_by(CarEventRow.sequence)).all():
            forgotten = row.id.startswith("forgotten")
            contact = (row.contact_name, row.contact_email, row.contact_phone)
            assert (contact == (None, None, None)) == forgotten
            assert row.version == (2 if forgotten else 1)
            assert "jo@example.org" not in event.changes
            seen[row.id].append(event.action)
        # and their history says that it went
        assert {actions[-1] for name, actions in seen.items() if name.startswith("forgotten")} == {"forget"}


def test_many_go_in_short_transactions(each_gateway: Gateway) -> None:
    """Whoever writes meanwhile waits for one small transaction at most."""
    now = moments.now()
    with each_gateway.app.app_context():
        # given more rows than one transaction removes
        with writing() as session:
            session.add_all([AttemptRow(key=f"past {n}", free_at=now - DAY) for n in range(1_201)])
            session.add(AttemptRow(key="kept", free_at=now + DAY))
        # when they are removed, one some at a time
        attempts = next(kind for kind in retention.expired(PERIODS) if kind.kind == "attempts")
        with writing() as session:
            assert attempts.remove(attempts, session) == retention.ROWS_AT_ONCE
        # then the next run goes on with the rest
        assert retention.prune(PERIODS)["attempts"] == 1_201 - retention.ROWS_AT_ONCE
        assert left()["attempt"] == ["kept"]
