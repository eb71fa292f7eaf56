"""Accounts: registering, one's own profile, roles, and links to set a password."""

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.api.access import CSRF_HEADER, SESSION_COOKIE
from gateway.db.account import AccountRow
from gateway.db.audit import AuditRow
from gateway.extensions import db
from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import PASSWORD, Gateway, check_documented, faults, problem

USERS, ME, SESSIONS = "/api/v1/users", "/api/v1/users/me", "/api/v1/sessions"
MINE, RESETS = f"{ME}/password", "/api/v1/password-resets"
NEW = {"email": "ada@example.org", "name": "Ada Lovelace", "password": "a quiet harbour at noon"}


def accounts_of(gateway: Gateway) -> int:
    with gateway.app.app_context():
        return db.session.scalar(select(func.count()).select_from(AccountRow)) or 0


def audited(gateway: Gateway) -> list[str]:
    with gateway.app.app_context():
        return list(db.session.scalars(select(AuditRow.action).order_by(AuditRow.sequence)))


def can_log_in(gateway: Gateway, email: str, password: str) -> bool:
    response = gateway.app.test_client().post(SESSIONS, json={"email": email, "password": password})
    assert response.status_code in (201, 401)
    return response.status_code == 201


def test_who_registers_can_log_in(each_gateway: Gateway) -> None:
    """As a customer: other roles are an admin's to give."""
    # given somebody without an account, when he registers
    response = each_gateway.client.post(USERS, json=NEW)
    # then he can log in
    assert response.status_code == 202
    check_documented(each_gateway, response, USERS)
    logged_in = each_gateway.client.post(SESSIONS, json={"email": NEW["email"], "password": NEW["password"]})
    assert logged_in.get_json()["user"]["role"] == "customer"


def test_an_address_that_is_taken_gets_the_same_answer(each_gateway: Gateway) -> None:
    """Who has an account here is nobody's business; what the account is stays as it was."""
    # given an account
    first = each_gateway.client.post(USERS, json=NEW)
    # when the address is registered again with another password
    again = each_gateway.client.post(USERS, json={**NEW, "email": "ADA@example.org", "password": "two small ponies"})
    # then the answer is the same, and the account too
    assert (again.status_code, again.get_json()) == (first.status_code, first.get_json())
    assert accounts_of(each_gateway) == 1
    assert can_log_in(each_gateway, "ada@example.org", str(NEW["password"]))
    assert not can_log_in(each_gateway, "ada@example.org", "two small ponies")


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"password": "short"}, {"password": "too_short"}),
        ({"password": "qwertyuiop"}, {"password": "too_common"}),
        ({"password": "Manchester2024!"}, {"password": "too_common"}),
        ({"password": "aaaaaaaaaaaaaaa"}, {"password": "too_common"}),
        ({"password": "ada@example.org"}, {"password": "of_the_email"}),
        ({"password": "x" * 200}, {"password": "too_long"}),
        ({"password": None}, {"password": "missing"}),
        ({"email": "ada at example.org"}, {"email": "format"}),
        ({"email": "a@b"}, {"email": "format"}),
        ({"email": f"{'a' * 300}@example.org"}, {"email": "too_long"}),
        ({"name": ""}, {"name": "missing"}),
        ({"name": "x" * 81}, {"name": "too_long"}),
        ({"role": "admin"}, {"role": "unknown_field"}),
        ({"email": 5, "name": [], "password": {}}, {"email": "type", "name": "type", "password": "type"}),
    ],
)
def test_what_makes_no_account_is_refused(gateway: Gateway, changes: dict[str, Any], expected: dict[str, str]) -> None:
    """Every field at fault is named, and nobody registers himself as an admin."""
    # given a registration with something wrong in it, when it is sent, then that is told
    assert faults(gateway.client.post(USERS, json={**NEW, **changes})) == expected
    assert accounts_of(gateway) == 0


def test_registrations_are_limited(each_gateway: Gateway) -> None:
    """A program cannot fill the house with accounts."""
    # given one address, when it registers again and again, then it is stopped
    answers = [
        each_gateway.client.post(USERS, json={**NEW, "email": f"user{number}@example.org"}).status_code
        for number in range(11)
    ]
    assert answers == [202] * 10 + [429]


def test_a_profile_can_be_changed(each_gateway: Gateway) -> None:
    """The name at once; the address with the password, and it is what one logs in with from then on."""
    # given a customer
    who = each_gateway.account("customer", "old@example.org")
    client = each_gateway.logged_in(who)
    # when he changes his name and his address
    assert client.patch(ME, json={"name": "New Name"}).get_json()["name"] == "New Name"
    assert faults(client.patch(ME, json={"email": "new@example.org"})) == {"password": "missing"}
    assert faults(client.patch(ME, json={"name": "New Name", "password": 5})) == {"password": "type"}
    assert faults(client.patch(ME, json={"email": "new@example.org", "password": "wrong"})) == {"password": "wrong"}
    changed = client.patch(ME, json={"email": "New@Example.org", "password": PASSWORD})
    # then both are so when they are read again
    assert check_documented(each_gateway, changed, ME)["email"] == "new@example.org"
    assert client.get(ME).get_json() == changed.get_json()
    assert can_log_in(each_gateway, "new@example.org", PASSWORD)
    assert not can_log_in(each_gateway, "old@example.org", PASSWORD)


def test_nobody_takes_anothers_address(each_gateway: Gateway) -> None:
    """Two accounts of one address would be one too many."""
    # given two accounts
    each_gateway.account("customer", "taken@example.org")
    client = each_gateway.as_role("customer")
    # when one wants the other's address, then it is refused
    problem(client.patch(ME, json={"email": "taken@example.org", "password": PASSWORD}), 409)
    assert client.get(ME).get_json()["email"] != "taken@example.org"


def test_a_new_password_ends_every_session(each_gateway: Gateway) -> None:
    """Whoever was logged in with the old one is out, at once; the browser that changed it stays in."""
    # given somebody who is logged in twice
    who = each_gateway.account("customer", "ada@example.org")
    here, there = each_gateway.logged_in(who), each_gateway.logged_in(who)
    # when he changes his password in one browser
    body = {"current_password": PASSWORD, "new_password": "a quiet harbour at noon"}
    assert here.put(MINE, json=body).status_code == 204
    # then the other is out, and the first has a session of its own
    problem(there.get(ME), 401)
    assert here.get(ME).status_code == 200
    assert can_log_in(each_gateway, "ada@example.org", "a quiet harbour at noon")
    assert not can_log_in(each_gateway, "ada@example.org", PASSWORD)
    assert "password.change" in audited(each_gateway)


def test_a_new_password_needs_the_old_one_and_must_be_good(gateway: Gateway) -> None:
    """Who finds a browser logged in cannot take the account over."""
    # given somebody who is logged in
    client = gateway.logged_in(gateway.account("customer", "ada@example.org"))
    # when the old password is wrong, or the new one is none, then nothing changes
    wrong = {"current_password": "wrong", "new_password": "a quiet harbour at noon"}
    assert faults(client.put(MINE, json=wrong)) == {"current_password": "wrong"}
    assert faults(client.put(MINE, json={"current_password": PASSWORD, "new_password": "password12"})) == {
        "new_password": "too_common"
    }
    assert can_log_in(gateway, "ada@example.org", PASSWORD)
    # and guessing the old one is limited
    answers = [client.put(MINE, json=wrong).status_code for _ in range(11)]
    assert answers[-1] == 429


def test_admins_see_accounts_page_by_page(each_gateway: Gateway) -> None:
    """The newest first, each once."""
    # given five accounts and an admin
    ids = [each_gateway.account("customer").id for _ in range(5)]
    admin = each_gateway.account("admin")
    client = each_gateway.logged_in(admin)
    # when all pages are read
    seen, cursor = [], None
    while True:
        page = client.get(USERS, query_string={"limit": 2, **({"cursor": cursor} if cursor else {})})
        document = check_documented(each_gateway, page, USERS)
        seen += [user["id"] for user in document["users"]]
        cursor = document["next"]
        if cursor is None:
            break
    # then each was there once
    assert seen == [admin.id, *reversed(ids)]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=²", "cursor=x", "cursor=-1", "page=2"])
def test_a_list_is_asked_for_rightly_or_not_at_all(gateway: Gateway, query: str) -> None:
    """A misspelt query must not pass for the first page."""
    # given an admin, when such a query is sent, then its field is named
    assert list(faults(gateway.as_role("admin").get(f"{USERS}?{query}"))) == [query.split("=")[0]]


def test_a_role_is_given_and_taken_at_once(each_gateway: Gateway) -> None:
    """From the account's next request on, in sessions that it has already."""
    # given a customer who is logged in, and an admin
    customer = each_gateway.account("customer")
    browser, admin = each_gateway.logged_in(customer), each_gateway.as_role("admin")
    problem(browser.get("/api/v1/tokens"), 403)
    # when the admin makes a dealer of him
    route = f"{USERS}/{customer.id}/role"
    changed = admin.put(route, json={"role": "dealer"})
    # then he is one, and when that is taken back, he is none
    assert check_documented(each_gateway, changed, f"{USERS}/{{user_id}}/role")["role"] == "dealer"
    assert browser.get("/api/v1/tokens").status_code == 200
    admin.put(route, json={"role": "customer"})
    problem(browser.get("/api/v1/tokens"), 403)
    assert audited(each_gateway).count("account.role") == 2
    # and an unknown role, or account, is refused
    assert faults(admin.put(route, json={"role": "king"})) == {"role": "unknown"}
    problem(admin.put(f"{USERS}/nobody/role", json={"role": "dealer"}), 404)


def test_the_last_admin_stays_one(each_gateway: Gateway) -> None:
    """A house without an admin could be helped by a command alone."""
    # given one admin, when he wants to be a customer, then he must find a second one first
    admin = each_gateway.account("admin")
    client = each_gateway.logged_in(admin)
    problem(client.put(f"{USERS}/{admin.id}/role", json={"role": "customer"}), 409)
    each_gateway.account("admin")
    assert client.put(f"{USERS}/{admin.id}/role", json={"role": "customer"}).status_code == 200


def test_a_link_sets_a_password_once(each_gateway: Gateway) -> None:
    """Who forgot his password gets in again, and all that was open with the old one ends."""
    # given an account that is logged in somewhere, and a link that an admin made for it
    who = each_gateway.account("customer", "ada@example.org")
    browser, admin = each_gateway.logged_in(who), each_gateway.as_role("admin")
    made = admin.post(f"{USERS}/{who.id}/password-reset")
    document = check_documented(each_gateway, made, f"{USERS}/{{user_id}}/password-reset")
    assert made.status_code == 201 and document["mailed"] is False
    address, _, token = document["link"].partition("#")
    assert address == "http://127.0.0.1:8000/new-password"
    # when it is used with a bad password, then it stays good
    assert faults(each_gateway.client.post(RESETS, json={"token": token, "password": "password12"})) == {
        "password": "too_common"
    }
    # and with a good one it is used up
    body = {"token": token, "password": "a quiet harbour at noon"}
    assert each_gateway.client.post(RESETS, json=body).status_code == 204
    assert can_log_in(each_gateway, "ada@example.org", "a quiet harbour at noon")
    problem(browser.get(ME), 401)
    problem(each_gateway.client.post(RESETS, json=body), 404)


def test_a_taken_cookie_of_one_gateway_is_dead_on_the_other(open_gateway: OpenGateway, database_url: str) -> None:
    """A logout, or a token's end, holds on every worker with its very next request."""
    # given two gateways on one database, and a session and a token of one dealer that both know
    first, second = (open_gateway(publish=False, database_url=database_url) for _ in range(2))
    dealer = first.account("dealer")
    client = first.logged_in(dealer)
    made = client.post("/api/v1/tokens", json={"name": "notebook", "scopes": ["infer"]}).get_json()
    other, program = second.app.test_client(), second.app.test_client()
    secret = client.get_cookie(SESSION_COOKIE)
    assert secret is not None
    other.set_cookie(SESSION_COOKIE, secret.value)
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {made['token']}"
    assert other.get(ME).status_code == 200
    assert program.get("/v2/models/car-price").status_code == 503  # let in; there is no model
    # when they end on the one, then they are dead on the other
    client.delete(f"/api/v1/tokens/{made['prefix']}")
    client.delete(SESSIONS)
    problem(other.get(ME), 401)
    assert program.get("/v2/models/car-price").status_code == 401


def test_csrf_holds_for_every_write_by_cookie(gateway: Gateway) -> None:
    """A page of another site can do nothing in somebody's name."""
    # given a dealer's cookie without the header
    client = gateway.logged_in(gateway.account("admin"))
    client.environ_base.pop("HTTP_X_CSRF_TOKEN")
    rules = [
        (method, rule) for rule in gateway.app.url_map.iter_rules() if rule.rule.startswith(("/api/", "/v2/"))
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"})
    ]  # fmt: skip
    # when each write that needs somebody is called, then it is refused for the header's lack
    refused = 0
    for method, rule in rules:
        path = re.sub("<id:[^>]+>", "x" * 22, rule.rule)
        for name in rule.arguments if "<" in path else ():
            path = path.replace(next(part for part in path.split("/") if f"{name}>" in part), "1")
        if "anyone" not in gateway.app.view_functions[rule.endpoint].rule.roles:  # type: ignore[union-attr]
            response = client.open(path, method=method, json={})
            assert (path, response.status_code) == (path, 403) and CSRF_HEADER in response.text
            refused += 1
    assert refused >= 8
