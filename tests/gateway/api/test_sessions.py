"""Logging in and out, and what a session is good for."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from gateway.api.access import CSRF_COOKIE, CSRF_HEADER, SESSION_COOKIE
from gateway.db import moments
from gateway.db.account import AccountRow, SessionRow
from gateway.db.transactions import writing
from gateway.extensions import db
from gateway.services import passwords
from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import PASSWORD, Gateway, check_documented, faults, problem

SESSIONS = "/api/v1/sessions"
ME = "/api/v1/users/me"
EMAIL = "ada@example.org"


@pytest.fixture
def ada(each_gateway: Gateway) -> Gateway:
    """A gateway where Ada has an account."""
    each_gateway.account("customer", EMAIL)
    return each_gateway


def log_in(client: FlaskClient, email: str = EMAIL, password: str = PASSWORD) -> TestResponse:
    return client.post(SESSIONS, json={"email": email, "password": password})


def test_who_knows_the_password_is_logged_in(ada: Gateway) -> None:
    """A cookie that scripts cannot read, and one for the header that writes must carry."""
    # given Ada's browser
    client = ada.app.test_client()
    # when she logs in, in whatever case she writes her address
    response = log_in(client, "Ada@Example.ORG")
    # then her account is told, and she is known from then on
    document = check_documented(ada, response, SESSIONS)
    assert (response.status_code, document["user"]["email"], document["user"]["role"]) == (201, EMAIL, "customer")
    assert check_documented(ada, client.get(ME), ME) == document["user"]
    # and the cookies are what they must be
    session, csrf = response.headers.getlist("Set-Cookie")
    assert session.startswith(f"{SESSION_COOKIE}=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(session.split("; "))
    assert csrf.startswith(f"{CSRF_COOKIE}={document['csrf_token']};")
    assert {"Secure", "SameSite=Strict", "Path=/"} <= set(csrf.split("; ")) and "HttpOnly" not in csrf
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("email, password", [(EMAIL, "another one"), ("nobody@example.org", PASSWORD), (EMAIL, "x")])
def test_a_wrong_login_tells_nothing(ada: Gateway, email: str, password: str) -> None:
    """An account that is not there and a password that is wrong get the same answer, after the same work."""
    # given a login that is wrong in one way or the other, when it is tried
    client = ada.app.test_client()
    document = problem(log_in(client, email, password), 401)
    # then the answer is the same, and nobody is logged in
    assert document["detail"] == "the e-mail address or the password is wrong"
    assert client.get_cookie(SESSION_COOKIE) is None


def test_every_wrong_login_is_one_verification(ada: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an account's existence could be told by is the time that a hash takes: it is taken in both cases."""
    # given a hasher that counts
    verified: list[str] = []
    hasher = passwords._hasher

    class Counting:
        hash = staticmethod(hasher.hash)

        def verify(self, kept: str, password: str) -> bool:
            verified.append(kept)
            return hasher.verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    # when a login of an account and one of nobody fail, then each has cost one
    for email in (EMAIL, "nobody@example.org"):
        verified.clear()
        problem(log_in(ada.client, email, "a wrong password"), 401)
        assert len(verified) == 1


def test_a_login_makes_a_new_session(ada: Gateway) -> None:
    """A session that somebody else put into the browser is not the one that is logged in; the old one ends."""
    # given a browser that is logged in
    client = ada.app.test_client()
    log_in(client)
    old = client.get_cookie(SESSION_COOKIE)
    assert old is not None
    # when it logs in again
    log_in(client)
    new = client.get_cookie(SESSION_COOKIE)
    # then the session is another one, and the old one is dead
    assert new is not None and new.value != old.value
    client.set_cookie(SESSION_COOKIE, old.value)
    problem(client.get(ME), 401)


def test_a_logout_ends_the_session_everywhere(ada: Gateway) -> None:
    """The session is gone on the server, not only the cookie in the browser."""
    # given a session
    client = ada.app.test_client()
    token = log_in(client).get_json()["csrf_token"]
    secret = client.get_cookie(SESSION_COOKIE)
    assert secret is not None
    # when it is logged out
    response = client.delete(SESSIONS, headers={CSRF_HEADER: token})
    assert response.status_code == 204
    # then the browser has no cookie, and who kept a copy has nothing
    assert client.get_cookie(SESSION_COOKIE) is None and client.get_cookie(CSRF_COOKIE) is None
    client.set_cookie(SESSION_COOKIE, secret.value)
    problem(client.get(ME), 401)


def test_a_session_ends_by_itself(ada: Gateway) -> None:
    """A browser that was left logged in somewhere is not logged in forever."""
    # given a session whose time is over
    client = ada.app.test_client()
    log_in(client)
    with ada.app.app_context(), writing() as session:
        session.execute(update(SessionRow).values(expires_at=moments.now() - timedelta(seconds=1)))
    # when it is used, then it is none
    problem(client.get(ME), 401)
    assert client.get(SESSIONS).get_json() == {"user": None, "csrf_token": None}


def test_a_write_needs_the_sessions_own_token(ada: Gateway) -> None:
    """Another site's page sends the cookie along, but cannot know what must stand in the header."""
    # given two browsers that are logged in
    client, other = ada.app.test_client(), ada.app.test_client()
    right = log_in(client).get_json()["csrf_token"]
    wrong = log_in(other).get_json()["csrf_token"]
    # when a write has no token, another session's, or one that is no ASCII, then it is refused
    for headers in ({}, {CSRF_HEADER: ""}, {CSRF_HEADER: wrong}, {CSRF_HEADER: "\xe4"}):
        assert "X-CSRF-Token" in problem(client.patch(ME, json={"name": "Eve"}, headers=headers), 403)["detail"]
    assert client.get(ME).get_json()["name"] == "Customer"
    # and with its own it is done
    assert client.patch(ME, json={"name": "Ada L."}, headers={CSRF_HEADER: right}).get_json()["name"] == "Ada L."
    assert client.get(SESSIONS).get_json()["csrf_token"] == right


def test_the_database_holds_no_secret(ada: Gateway) -> None:
    """Who reads a backup cannot log in with what stands there."""
    # given a session, when its row is read, then neither the cookie nor the password stands in it
    client = ada.app.test_client()
    log_in(client)
    secret = client.get_cookie(SESSION_COOKIE)
    assert secret is not None
    with ada.app.app_context():
        assert db.session.scalar(select(SessionRow.token_hash)) != secret.value
        assert PASSWORD not in str(db.session.scalar(select(AccountRow.password_hash)))


def test_logins_of_an_account_are_limited(ada: Gateway) -> None:
    """Guessing ends after a few tries, whether the account is there or not, and in the same words."""
    # given many wrong logins of an account, and of none
    for email in (EMAIL, "nobody@example.org"):
        answers = [log_in(ada.client, email, "wrong password").status_code for _ in range(11)]
        # then the last was not even looked at
        assert answers == [401] * 10 + [429]
        limited = log_in(ada.client, email, PASSWORD)
        assert problem(limited, 429)["detail"].startswith("try again in")
        assert int(limited.headers["Retry-After"]) > 0
    # and who comes from elsewhere is not locked out by it
    elsewhere = ada.app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert log_in(elsewhere).status_code == 201


def test_logins_from_an_address_are_limited(ada: Gateway) -> None:
    """Trying one password on many accounts ends too; a network of IPv6 counts as one address."""
    # given an attacker who has a whole network
    answers = []
    for number in range(31):
        client = ada.app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"2001:db8::{number:x}"
        answers.append(log_in(client, f"user{number}@example.org", "a wrong one").status_code)
    # when he tries, then he gets so far and no further
    assert answers == [401] * 30 + [429]


def test_two_gateways_count_together(open_gateway: OpenGateway, database_url: str) -> None:
    """Whichever worker a login reaches, the same limit holds."""
    # given two gateways on one database
    gateways = [open_gateway(publish=False, database_url=database_url) for _ in range(2)]
    # when logins go to one and the other, then together they get no more
    answers = [log_in(gateways[number % 2].client, EMAIL, "wrong one").status_code for number in range(12)]
    assert answers == [401] * 10 + [429] * 2


@pytest.mark.parametrize("trusted, expected", [(0, 429), (1, 401)])
def test_a_proxys_word_is_believed_if_it_is_trusted(open_gateway: OpenGateway, trusted: int, expected: int) -> None:
    """Without the setting a header would let anybody count as somebody else."""
    # given callers who say to come from different addresses
    gateway = open_gateway(publish=False, trusted_proxies=trusted)
    answers = [
        gateway.client.post(
            SESSIONS,
            json={"email": f"user{number}@example.org", "password": "wrong one"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        ).status_code
        for number in range(31)
    ]
    # when they try, then they count as one unless a proxy is trusted to say so
    assert answers[-1] == expected


@pytest.mark.parametrize(
    "body, expected",
    [
        ({}, {"email": "missing", "password": "missing"}),
        ({"email": "no address", "password": 5}, {"email": "format", "password": "type"}),
        ({"email": EMAIL, "password": "x" * 129}, {"password": "too_long"}),
        ({"email": EMAIL, "password": "x", "remember": True}, {"remember": "unknown_field"}),
        ({"email": EMAIL, "password": "\ud800 and more"}, {"password": "format"}),
    ],
)
def test_a_login_that_cannot_be_read_is_refused(gateway: Gateway, body: dict, expected: dict[str, str]) -> None:
    """All that is wrong with it is named."""
    # given such a login, when it is sent, then its faults are told
    assert faults(gateway.client.post(SESSIONS, json=body)) == expected


def test_a_hash_of_other_parameters_is_renewed(ada: Gateway) -> None:
    """Who logs in has his password kept as today's code keeps it."""
    # given an account whose hash was made cheaply
    log_in(ada.client)
    # when it has logged in once, then the hash is of today's cost
    with ada.app.app_context():
        kept = db.session.scalar(select(AccountRow.password_hash))
        assert kept is not None and kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert db.session.scalar(select(func.count()).select_from(SessionRow)) == 1
