"""dealership-gateway user: the first admin, and what an operator does with accounts."""

import io
from typing import Any

import pytest

from gateway.cli import main
from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import PASSWORD, Gateway

GOOD = "a quiet harbour at noon"


@pytest.fixture
def gateway(open_gateway: OpenGateway, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway on the database that the commands work on."""
    monkeypatch.setenv("GATEWAY_DATABASE_URL", database_url)
    return open_gateway(publish=False, database_url=database_url)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, line: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    return main(["user", *arguments])


def log_in(gateway: Gateway, password: str) -> Any:
    return gateway.client.post("/api/v1/sessions", json={"email": "ada@example.org", "password": password})


def test_the_first_admin_is_made_by_a_command(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """Nobody else could make one; his password stands in no command line."""
    # given a house without accounts, when an admin is added
    assert run(monkeypatch, "add", "Ada@example.org", line=f"{GOOD}\n") == 0
    # then he can log in as one
    assert log_in(gateway, GOOD).get_json()["user"] | {"role": "admin", "name": "Ada"} == log_in(
        gateway, GOOD
    ).get_json()["user"]
    assert "added ada@example.org as admin" in capsys.readouterr().err


def test_an_address_that_was_registered_before_is_its_owners(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """Who registers somebody else's address beforehand does not become an admin with him."""
    # given an account that a stranger made of an address, with a session and a token
    stranger = gateway.account("dealer", "ada@example.org")
    browser = gateway.logged_in(stranger)
    made = browser.post("/api/v1/tokens", json={"name": "x", "scopes": ["infer"]}).get_json()
    # when its owner is added as an admin
    assert run(monkeypatch, "add", "ada@example.org", line=f"{GOOD}\n") == 0
    # then he is one, and the stranger has nothing any more
    assert log_in(gateway, GOOD).get_json()["user"]["role"] == "admin"
    assert "there was an account of it" in capsys.readouterr().err
    assert browser.get("/api/v1/users/me").status_code == 401
    assert log_in(gateway, PASSWORD).status_code == 401
    token = {"Authorization": f"Bearer {made['token']}"}
    assert gateway.app.test_client().get("/v2/models/car-price", headers=token).status_code == 401


@pytest.mark.parametrize("email, password", [("ada", GOOD), ("ada@example.org", "short"), ("ada@example.org", "")])
def test_a_bad_account_is_not_made(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, email: str, password: str, capsys: pytest.CaptureFixture
) -> None:
    """What registration refuses, the command refuses."""
    # given an address that is none, or a password that is none, when it is added, then it is not
    assert run(monkeypatch, "add", email, line=f"{password}\n") == 1
    said = capsys.readouterr().err
    assert said.startswith("dealership-gateway: ") and "Traceback" not in said
    assert run(monkeypatch, "list") == 0
    assert capsys.readouterr().out == ""


def test_roles_are_given_by_command(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """By e-mail address or id; the last admin stays one."""
    # given an admin and a customer
    admin, customer = gateway.account("admin"), gateway.account("customer", "ada@example.org")
    # when the customer is made a dealer, then the list says so
    assert run(monkeypatch, "role", "Ada@example.org", "dealer") == 0
    assert run(monkeypatch, "list") == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        [customer.id, "dealer"], [admin.id, "admin"],
    ]  # fmt: skip
    # and the last admin cannot be made anything else, nor a stranger anything
    assert run(monkeypatch, "role", str(admin.id), "customer") == 1
    assert run(monkeypatch, "role", "nobody@example.org", "customer") == 1


def test_a_link_is_printed(gateway: Gateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    """On standard output alone, so that it can be passed on by a pipe."""
    # given an account, when a link is made for it, then it sets its password
    gateway.account("admin", "ada@example.org")
    assert run(monkeypatch, "reset-link", "ada@example.org") == 0
    token = capsys.readouterr().out.strip().partition("#")[2]
    response = gateway.client.post("/api/v1/password-resets", json={"token": token, "password": GOOD})
    assert response.status_code == 204
    assert log_in(gateway, GOOD).status_code == 201
