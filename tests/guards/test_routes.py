"""Every route says who may call it, and stands in the OpenAPI document."""

import re
from typing import Any

import pytest
from apiflask import APIFlask
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.api.access import rule_of
from gateway.app import create_app
from gateway.config import Config
from gateway.services.valuations import FIELDS

NOT_OF_THE_API = {"openapi.spec", "web_app.page", "web_app.docs", "web_app.asset", "web_app.experiments"}
ANSWERED_BY_FLASK = {"HEAD", "OPTIONS"}


@pytest.fixture(scope="module")
def app() -> APIFlask:
    return create_app(Config(database_url="sqlite://"))


@pytest.fixture(scope="module")
def spec(app: APIFlask) -> Any:
    return app.spec


def test_every_route_declares_who_may_call_it(app: APIFlask) -> None:
    """A view without a declaration is closed, and is a mistake."""
    # given all routes, when their declarations are read
    declared = {rule.endpoint: rule_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    # then none is without
    assert [endpoint for endpoint, rule in declared.items() if rule is None] == []


def test_the_openapi_document_is_valid(spec: Any) -> None:
    """By OpenAPI 3.1's own schema, with every reference in it resolved."""
    # given the document, when it is checked, then nothing is wrong with it
    assert [error.message for error in OpenAPIV31SpecValidator(spec).iter_errors()] == []


def test_every_route_of_the_api_is_documented(app: APIFlask, spec: Any) -> None:
    """With each of its methods, and no route that is not there."""
    # given the routes of the API
    routes = {
        (re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules() if rule.endpoint not in NOT_OF_THE_API
        for method in (rule.methods or set()) - ANSWERED_BY_FLASK
    }  # fmt: skip
    # when the document's are listed, then they are the same
    documented = {(path, method) for path, item in spec["paths"].items() for method in item if method != "parameters"}
    assert documented == routes
    assert len(routes) >= 9


def test_a_valuations_fields_are_documented(spec: Any) -> None:
    """The fields that are understood are the fields that are documented."""
    # given the document, when the request's fields are listed, then they are those that are read
    operation = spec["paths"]["/api/v1/valuations"]["post"]
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = spec["components"]["schemas"][reference.rsplit("/", 1)[1]]
    assert set(schema["properties"]) == set(FIELDS)
    assert set(schema["required"]) == {"make", "model", "fuel", "gearbox", "first_registration", "mileage_km"}


def test_queries_are_documented(spec: Any) -> None:
    """The generated client knows what can be asked for."""
    # given the document, when the queries' names are listed, then they are those of the choices
    def queries(path: str) -> set[str]:
        return {p["name"] for p in spec["paths"][path]["get"]["parameters"] if p["in"] == "query"}

    assert queries("/api/v1/filters") == {"make", "model", "fuel", "gearbox", "offer_type"}
    assert queries("/api/v1/coefficients") == {"make", "model", "version"}
