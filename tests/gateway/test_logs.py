"""The log: a line a request to find it by, and nothing of a person in it, nor in the metrics."""

import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from flask import Flask
from prometheus_client import generate_latest
from sqlalchemy import insert
from werkzeug.test import TestResponse

from gateway.api.access import ANYONE, SESSION_COOKIE, allow
from gateway.db import moments
from gateway.db.account import AccountRow
from gateway.db.transactions import writing
from gateway.services.secret_values import new_id
from gateway.telemetry import REQUEST_ID_HEADER, configure_logging
from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import GOLF, VALUATIONS, Gateway, problem

EMAIL, NAME, PHONE, ADDRESS = "jo.doe@example.org", "Jo Doe", "+49 151 5550123", "203.0.113.77"
PASSWORD, SECRET = "four horses, two staples", "s3cr3t-of-a-cookie-or-token"
# What routes take of people, under the names by which they take it, and everything again as what is not known.
SENT: dict[str, Any] = {
    "email": EMAIL, "name": NAME, "phone": PHONE, "password": PASSWORD, "new_password": PASSWORD, "token": SECRET,
    "contact": {"name": NAME, "email": EMAIL, "phone": PHONE}, "contact_name": NAME, "contact_email": EMAIL,
    "contact_phone": PHONE, "comment": f"{NAME}, {PHONE}", "note": f"{NAME}, {PHONE}", "reason": EMAIL, EMAIL: NAME,
}  # fmt: skip
PERSONAL = (EMAIL, "jo.doe", NAME, PHONE, "5550123", ADDRESS, PASSWORD, SECRET)
HEADERS = {"X-Forwarded-For": ADDRESS, "Forwarded": f"for={ADDRESS}", "User-Agent": NAME, "Referer": f"/?e={EMAIL}",
           "X-Request-Id": EMAIL, "Idempotency-Key": EMAIL, "If-Match": f'"{EMAIL}"'}  # fmt: skip
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What was logged since it was asked last, in the form that a served gateway writes."""
    written = io.BytesIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()  # configuring closes them, and they are pytest's
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(written, encoding="utf-8", write_through=True))
    configure_logging()

    def read() -> str:
        text = written.getvalue().decode()
        written.seek(0)
        written.truncate()
        return text

    yield read
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def watched(log: Callable[[], str], open_gateway: OpenGateway, database_url: str) -> Gateway:
    """A gateway that logs as one that is served, with views that fail while they have somebody's data in hand."""
    gateway = open_gateway(database_url=database_url)
    add_broken_views(gateway.app)
    return gateway


def add_broken_views(app: Flask) -> None:
    @allow(ANYONE)
    def broken() -> str:
        try:
            raise KeyError(f"{NAME} <{EMAIL}>")
        except KeyError as error:
            raise ValueError(f"{PHONE} of {error}") from error

    @allow(ANYONE)
    def twice() -> str:
        account = {"id": NAME, "email": EMAIL, "name": NAME, "password_hash": SECRET, "role": "customer",
                   "created_at": moments.now()}  # fmt: skip
        for _ in range(2):
            with writing() as session:
                session.execute(insert(AccountRow).values(account))
        return "no row may be there twice"

    app.add_url_rule("/broken", view_func=broken)
    app.add_url_rule("/twice", view_func=twice)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def check_nothing_personal(gateway: Gateway, logged: str) -> None:
    metrics = generate_latest(gateway.services.metrics.registry).decode()
    assert [value for value in PERSONAL if value.lower() in logged.lower()] == []
    assert [value for value in PERSONAL if value.lower() in metrics.lower()] == []


def requests(gateway: Gateway) -> Iterator[tuple[str, TestResponse]]:
    """Every route by every method, with somebody's data wherever it fits: by nobody, by somebody with a cookie or token
    that is none, and by an admin whose account has that data. The route's rule, and its answer.
    """
    number = 0
    for rule in gateway.app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", EMAIL, re.sub("<id:[^>]+>", "0" * 22, rule.rule.replace("<int:number>", "1")))
        for method in METHODS:
            if method not in (rule.methods or ()):
                continue
            number += 1
            admin = gateway.logged_in(gateway.account("admin", f"{number}.{EMAIL}"))
            guest, pretender = gateway.app.test_client(), gateway.app.test_client()
            pretender.set_cookie(SESSION_COOKIE, SECRET, domain="localhost")
            for client, headers in (
                (guest, {}), (pretender, {}), (guest, {"Authorization": f"Bearer dsh_1_{SECRET}"}), (admin, {}),
            ):  # fmt: skip
                yield rule.rule, client.open(
                    path, method=method, json=SENT, query_string={"email": EMAIL, "q": NAME},
                    headers={**HEADERS, **headers}, environ_base={"REMOTE_ADDR": ADDRESS},
                )  # fmt: skip


def test_no_route_logs_or_counts_anything_of_a_person(watched: Gateway, log: Callable[[], str]) -> None:
    """Whatever is sent, wherever, and whatever comes of it; each request is one line that is found by its id."""
    # given a gateway, when somebody's data is sent to all of its routes
    answers = [(rule, response.status_code, response.headers[REQUEST_ID_HEADER])
               for rule, response in requests(watched)]  # fmt: skip
    # then no line and no metric holds anything of it
    logged = log()
    check_nothing_personal(watched, logged)
    # and each answer has its line, with its id, its route and its status
    told = [(line["route"], line["status"], line["request_id"]) for line in lines(logged) if line["event"] == "request"]
    assert told == answers
    assert len({request_id for *_, request_id in told}) == len(told) > 50


def test_a_valuation_with_personal_words_is_one_line(watched: Gateway, log: Callable[[], str]) -> None:
    """By the short path and by Flask, priced or refused: neither the car nor who asks."""
    # given a gateway, when cars are valued, one with somebody's data among its fields
    answers = [watched.client.post(VALUATIONS, json={**GOLF, **more}, headers=HEADERS)
               for more in ({}, {"keep": True}, {"email": EMAIL, EMAIL: 1}, {"make": NAME})]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 200, 422, 422]
    # then each has its line, and nothing else is in it
    logged = log()
    check_nothing_personal(watched, logged)
    assert "Golf" not in logged
    found = [line for line in lines(logged) if line["event"] == "request"]
    assert [line["request_id"] for line in found] == [answer.headers[REQUEST_ID_HEADER] for answer in answers]
    assert {frozenset(line) for line in found} == {
        frozenset({"event", "level", "logger", "timestamp", "request_id", "method", "route", "status", "milliseconds"})
    }


@pytest.mark.parametrize(("path", "where", "kind"), [
    ("/broken", "in broken", "builtins.KeyError"), ("/twice", "in twice", "sqlalchemy.exc.IntegrityError"),
])  # fmt: skip
def test_what_was_not_foreseen_is_logged_without_what_it_quotes(
    watched: Gateway, log: Callable[[], str], path: str, where: str, kind: str
) -> None:
    """Where and how, and by which request; not the values that an error's text, a statement or a database quotes."""
    # given a view that fails while it has somebody's data in hand, when it is asked
    answer = watched.client.get(path)
    # then the caller is told an id
    document = problem(answer, 500)
    # and the log has the failure under it, with all its causes
    logged = log()
    failure, request = lines(logged)
    assert failure["request_id"] == request["request_id"] == document["request_id"]
    assert failure["route"] == request["route"] == path
    assert (failure["level"], request["status"]) == ("error", 500)
    assert where in failure["exception"] and kind in failure["exception"]
    # without any value, and neither has the answer
    check_nothing_personal(watched, logged + answer.text)


def test_a_failing_database_is_named_in_the_log(log: Callable[[], str], open_gateway: OpenGateway) -> None:
    """What an operator needs most: the database's own words, which hold nothing of a person."""
    # given a gateway whose database has no tables
    gateway = open_gateway(publish=False, database_url="sqlite:////no/such/folder/gateway.db")
    # when something needs it, then the log has the database's reason
    problem(gateway.client.get(f"{VALUATIONS}/{new_id()}"), 503)
    failure = lines(log())[0]
    assert failure["event"] == "the database failed"
    assert "unable to open database file" in failure["exception"]
