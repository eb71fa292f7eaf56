"""A gateway under test, with what tests ask of it again and again."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from apiflask import APIFlask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from gateway.services.container import EXTENSION, Services

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
