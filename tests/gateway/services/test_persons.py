"""A person's data: all of it for him, and afterwards nothing of it."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import String, func, select

from gateway.cli import main
from gateway.db import moments
from gateway.db.account import AccountRow, ApiTokenRow, PasswordResetRow, SessionRow
from gateway.db.audit import AuditRow
from gateway.db.car import CarEventRow, CarRow
from gateway.db.feedback import FeedbackRow, FeedEventRow
from gateway.db.tables import METADATA
from gateway.db.transactions import writing
from gateway.db.valuation import ValuationRow
from gateway.errors import NotFound
from gateway.extensions import db
from gateway.services import api_tokens, persons
from gateway.services.identity import ADMIN, OPERATOR, Caller
from gateway.services.pseudonyms import pseudonym
from tests.gateway.gateways import Gateway
from tests.gateway.services.test_retention import car, feedback, valuation

EMAIL, NAME, PHONE = "jo.doe@example.org", 'Jo "JD" Doe', "+49 151 5550123"
OTHER = "somebody.else@example.net"
PERSONAL = (EMAIL, "Doe", "5550123")  # parts that are in all spellings


@pytest.fixture
def somebody(each_gateway: Gateway) -> Iterator[Caller]:
    """Somebody with an account, and all that can belong to it; beside him another one with the same."""
    who = each_gateway.account("dealer", EMAIL)
    other = each_gateway.account("customer", OTHER)
    for each in (who, other):
        each_gateway.logged_in(each)
    with each_gateway.app.app_context():
        api_tokens.create(Caller(ADMIN, who.actor, who.account, who.id), f"{NAME}'s own", ["infer"], days=1)
        with writing() as session:
            session.get_one(AccountRow, who.account).name = NAME
            add_all(session, who, EMAIL, "his", NAME)
            add_all(session, other, OTHER, "another's", "Somebody Else")
            # and offers without an account: by his e-mail, as he spelt it then
            add_car(session, None, EMAIL.title(), "offered without an account", NAME, state="in_stock")
        yield who


def add_car(session: Any, account: int | None, email: str, name: str, person: str, **changes: Any) -> CarRow:
    row = car(name, account=account, contact_email=email, contact_name=person, contact_phone=PHONE if "Doe" in person
              else "110", code_hash=name, note=f"ask for {person}", **changes)  # fmt: skip
    session.add(row)
    session.flush()
    changed = json.dumps({"contact": [None, None], "note": [None, None]})
    session.add(CarEventRow(car=row.sequence, at=moments.now(), actor="anyone", action="offer", changes=changed))
    return row


def add_all(session: Any, who: Caller, email: str, name: str, person: str) -> None:
    account = who.account
    session.add_all([valuation(f"{name}, alone", account=account), valuation(f"{name}, of a car", account=account)])
    session.flush()
    row = add_car(session, account, email, name, person, valuation=f"{name}, of a car")
    comment = f"{person} says: too high"
    alias = pseudonym(session, who.id)
    session.add(feedback(name, account=account, pseudonym=alias, car=row.sequence, comment=comment, state="accepted"))
    session.add(PasswordResetRow(token_hash=name, account=account, expires_at=moments.now()))
    session.add(AuditRow(at=moments.now(), actor=who.actor, action="login", target=who.id, details="{}"))


def where(words: str) -> list[str]:
    """Every column of every table that holds these words in some row."""
    found = []
    for table in METADATA.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String):
                holds = select(func.count()).where(func.lower(column).contains(words.lower(), autoescape=True))
                if db.session.scalar(holds.select_from(table)):
                    found.append(str(column))
    return found


def of_others() -> dict[str, list[Any]]:
    """All rows of the other one."""
    them = select(AccountRow.sequence).where(AccountRow.email == OTHER).scalar_subquery()
    found = {}
    for table in (AccountRow, SessionRow, PasswordResetRow, ValuationRow, FeedbackRow):
        column = AccountRow.sequence if table is AccountRow else table.account  # type: ignore[attr-defined]
        rows = db.session.execute(select(table.__table__).where(column == them))  # type: ignore[attr-defined]
        found[table.__tablename__] = sorted(map(repr, rows))  # type: ignore[attr-defined]
    rows = db.session.execute(select(CarRow.__table__, CarEventRow.__table__).where(
        CarRow.id == "another's", CarEventRow.car == CarRow.sequence))  # fmt: skip
    return {**found, "car": sorted(map(repr, rows))}


def test_after_erasing_nothing_holds_who_it_was(somebody: Caller) -> None:
    """Neither his e-mail nor name nor phone, in any text of any table; another's data is as it was."""
    # given somebody who is known all over the place
    assert len(where(EMAIL)) > 1 and len(where("Doe")) > 5 and len(where("5550123")) > 0
    others = of_others()
    assert all(others.values())
    audit_before = list(db.session.execute(select(AuditRow.__table__).order_by(AuditRow.sequence)))
    # when he is erased
    with writing() as session:
        persons.erase_person(session, OPERATOR, persons.find(EMAIL))
    # then no row holds him
    assert {words: where(words) for words in PERSONAL} == dict.fromkeys(PERSONAL, [])
    for table in (SessionRow, PasswordResetRow, ApiTokenRow):
        assert set(db.session.scalars(select(table.account))) <= {None, others_account()}
    # and another is as he was
    assert of_others() == others
    # and the audit log is as it was, and says what was done
    audit = list(db.session.execute(select(AuditRow.__table__).order_by(AuditRow.sequence)))
    assert audit[: len(audit_before)] == audit_before
    assert (audit[-1].actor, audit[-1].action, audit[-1].target) == ("command", "person.erase", somebody.id)
    # and he is not known any more
    with pytest.raises(NotFound):
        persons.find(EMAIL)


def others_account() -> int | None:
    return db.session.scalar(select(AccountRow.sequence).where(AccountRow.email == OTHER))


def test_the_dealership_keeps_its_cars_without_him(somebody: Caller) -> None:
    """What was only offered is withdrawn; what is in stock stays; valuations stay where something refers to them."""
    # given somebody, when he is erased
    with writing() as session:
        persons.erase_person(session, OPERATOR, persons.find(EMAIL))
    # then his offer is withdrawn, and the car that was taken in is still in stock, both nobody's
    states = {name: value for name, value in db.session.execute(select(CarRow.id, CarRow.state))}
    assert states == {"his": "withdrawn", "another's": "offered", "offered without an account": "in_stock"}
    assert db.session.scalar(select(CarRow.account).where(CarRow.id == "his")) is None
    # and the valuation that nothing refers to is gone
    kept = select(ValuationRow.id).where(ValuationRow.account.is_(None))
    assert list(db.session.scalars(kept)) == ["his, of a car"]


def test_his_feedback_is_withdrawn_and_training_is_told(somebody: Caller) -> None:
    """A tombstone of his pseudonym goes out with the feed."""
    # given somebody whose feedback was accepted, when he is erased
    with writing() as session:
        persons.erase_person(session, OPERATOR, persons.find(EMAIL))
    # then it is withdrawn, and the feed says so
    states = {name: value for name, value in db.session.execute(select(FeedbackRow.id, FeedbackRow.state))}
    assert states == {"his": "withdrawn", "another's": "accepted"}
    events = db.session.execute(select(FeedEventRow.sequence, FeedEventRow.kind, FeedEventRow.pseudonym)).all()
    his = db.session.scalar(select(FeedbackRow.pseudonym).where(FeedbackRow.id == "his"))
    assert [tuple(event) for event in events] == [(1, "account_withdrawn", his)]


def test_an_export_has_all_of_it_and_no_secret(somebody: Caller) -> None:
    """What is kept of him, in words; nothing that would let another act in his name, and nothing of anybody else."""
    # given somebody, when his data is exported
    found = persons.export_person(persons.find(EMAIL))
    # then all of it is there
    assert (found["account"]["email"], found["account"]["name"]) == (EMAIL, NAME)
    assert {name: len(found[name]) for name in ("sessions", "tokens", "valuations", "feedback", "cars")} == {
        "sessions": 1, "tokens": 1, "valuations": 2, "feedback": 1, "cars": 2
    }  # fmt: skip
    assert [row["action"] for row in found["audit"]] == ["token.create", "login"]
    assert {row["contact"]["phone"] for row in found["cars"]} == {PHONE}
    # and no secret, and nobody else
    text = json.dumps(found)
    assert "hash" not in text and "another's" not in text and OTHER not in text


def test_an_accounts_owner_sees_what_belongs_to_the_account(somebody: Caller) -> None:
    """Not what was offered with the same e-mail: anybody may open an account with an e-mail that is not his."""
    # given an account, and an offer with its e-mail that was made without it
    assert somebody.account is not None
    # when its owner exports his data, then the offer is not in it
    found = persons.export(somebody.account)
    assert [row["id"] for row in found["cars"]] == ["his"]
    # and when he erases it, then the account and its car are without him, the offer is not touched
    with writing() as session:
        persons.erase(session, somebody, somebody.account)
    contacts = {name: value for name, value in db.session.execute(select(CarRow.id, CarRow.contact_email))}
    assert contacts == {"his": None, "another's": OTHER, "offered without an account": EMAIL.title()}
    # and it cannot be done twice
    with pytest.raises(NotFound), writing() as session:
        persons.erase(session, somebody, somebody.account)


def test_an_operator_exports_and_erases_by_e_mail(
    somebody: Caller, each_gateway: Gateway, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """It asks first, and does nothing unless told yes; the audit log has no e-mail."""
    # given somebody
    url = db.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("GATEWAY_DATABASE_URL", url)
    db.session.remove()
    # when his data is asked for, then it is printed as JSON
    assert main(["person", "export", EMAIL.upper()]) == 0
    assert json.loads(capsys.readouterr().out)["account"]["email"] == EMAIL
    # when he is to be erased and nobody agrees, then nothing happens
    for answer in ("", "n\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert main(["person", "erase", EMAIL]) == 1
        assert "nothing was erased" in capsys.readouterr().err
    assert where(EMAIL)
    db.session.remove()
    # when somebody agrees, then he is gone, and the second time not known
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert main(["person", "erase", EMAIL]) == 0
    assert where(EMAIL) == []
    db.session.remove()
    assert main(["person", "erase", "--yes", EMAIL]) == 1
    assert main(["person", "export", EMAIL]) == 1
    assert "nobody is known by this e-mail" in capsys.readouterr().err
