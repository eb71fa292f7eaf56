"""A gateway under test, with what tests ask of it again and again."""

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from apiflask import APIFlask
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from gateway.api.access import SESSION_COOKIE
from gateway.db import moments
from gateway.db.account import AccountRow
from gateway.db.transactions import writing
from gateway.services import api_tokens, sessions
from gateway.services.container import EXTENSION, Services
from gateway.services.identity import ANONYMOUS, OPERATOR, Caller
from gateway.services.secret_values import new_id

VALUATIONS = "/api/v1/valuations"
PROBLEM = "application/problem+json"

# As typical as the market's Golf, on the market's day but one.
GOLF: Mapping[str, Any] = {
    "make": "Volkswagen",
    "model": "Golf",
    "fuel": "petrol",
    "gearbox": "manual",
    "first_registration": "2020-03",
    "mileage_km": 48_500,
    "power_hp": 150,
    "as_of": "2024-06-30",
}


PASSWORD = "three horses, one staple"


@cache
def _password_hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class Gateway:
    """An app of its own, and a client of it."""

    def __init__(self, app: APIFlask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()

    @cached_property
    def spec(self) -> Any:
        """The OpenAPI document."""
        return self.app.spec

    @property
    def services(self) -> Services:
        return self.app.extensions[EXTENSION]

    def publish(self, card: Mapping[str, Any]) -> bool:
        with self.app.app_context():
            return self.services.cards.put(card)

    def account(self, role: str, email: str | None = None) -> Caller:
        """A new account of this role, without going through registration. Its password is PASSWORD."""
        public_id = new_id()
        with self.app.app_context(), writing() as session:
            row = AccountRow(
                id=public_id, email=email or f"{public_id.lower()}@example.org", name=role.capitalize(),
                password_hash=_password_hash(), role=role, created_at=moments.now(),
            )  # fmt: skip
            session.add(row)
            session.flush()
            return sessions.caller_of(row.sequence, public_id, role)

    def logged_in(self, who: Caller) -> FlaskClient:
        """A browser in which this account is logged in, and whose page sends along what a write needs."""
        with self.app.app_context(), writing() as session:
            secret = sessions.start(session, session.get_one(AccountRow, who.account))
        client = self.app.test_client()
        client.set_cookie(SESSION_COOKIE, secret, domain="localhost")
        client.environ_base["HTTP_X_CSRF_TOKEN"] = sessions.csrf_token(secret)
        return client

    def as_role(self, role: str) -> FlaskClient:
        """A browser in which a new account of this role is logged in; for "anonymous", nobody."""
        return self.app.test_client() if role == ANONYMOUS else self.logged_in(self.account(role))

    @cached_property
    def data_scientist(self) -> FlaskClient:
        """A program that may call the V2 endpoint."""
        return self.with_token("infer")

    def with_token(self, *scopes: str, maker: Caller = OPERATOR) -> FlaskClient:
        """A program with a token of these scopes."""
        with self.app.app_context():
            _, token = api_tokens.create(maker, "a program", list(scopes), days=1)
        client = self.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    def value(self, **changes: Any) -> TestResponse:
        """POST a Golf with these fields changed; a field that is Ellipsis is left out."""
        fields = {name: field for name, field in {**GOLF, **changes}.items() if field is not ...}
        return self.client.post(VALUATIONS, json=fields)

    def post(self, body: str | bytes, content_type: str | None = "application/json") -> TestResponse:
        return self.client.post(VALUATIONS, data=body, content_type=content_type)

    def metric(self, name: str, **labels: str) -> float:
        return self.services.metrics.registry.get_sample_value(name, labels) or 0.0


def problem(response: TestResponse, status: int) -> dict[str, Any]:
    """The problem document of an error, after checking that it is one in full."""
    document = response.get_json(force=True)
    assert (response.status_code, response.mimetype) == (status, PROBLEM), document
    assert document["status"] == status
    assert document["title"] and document["detail"]
    assert document["request_id"] == response.headers["X-Request-Id"]
    assert "price_eur" not in document
    return document


def faults(response: TestResponse, status: int = 422) -> dict[str, str]:
    """The fields that an error names, each with the code of what is wrong with it."""
    return {error["field"]: error["code"] for error in problem(response, status)["errors"]}


def check_documented(gateway: Gateway, response: TestResponse, route: str) -> Any:
    """The reply's JSON, after checking that the OpenAPI document has this reply of this route."""
    documented = gateway.spec["paths"][route][response.request.environ["REQUEST_METHOD"].lower()]["responses"]
    schema = documented[str(response.status_code)]["content"][response.mimetype]["schema"]
    document = response.get_json(force=True)
    Draft202012Validator({**schema, "components": gateway.spec["components"]}).validate(document)
    return document
