"""What holds for every address: errors, ids, methods and the document of the API."""

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.db.valuation import ValuationRow
from gateway.extensions import db
from tests.gateway.gateways import VALUATIONS, Gateway, problem


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v2/valuations"])
def test_an_unknown_address_of_the_api_is_not_found(gateway: Gateway, method: str, path: str) -> None:
    """A program that is wrong about an address is told so in its own form, and never gets a web page."""
    # given no such address, when it is called, then it is not there
    problem(gateway.client.open(path, method=method), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", VALUATIONS, {"GET", "HEAD", "POST", "OPTIONS"}),
        ("DELETE", VALUATIONS, {"GET", "HEAD", "POST", "OPTIONS"}),
        ("POST", "/api/v1/filters", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/api/v1/models/1", {"GET", "HEAD", "OPTIONS", "PUT"}),
        ("POST", "/api/v1/openapi.json", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/readyz", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/cars/7", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_is_not_allowed(gateway: Gateway, method: str, path: str, allowed: set[str]) -> None:
    """405 says which methods there are, and only those that there are."""
    # given an address that has other methods, when it is called, then they are named
    response = gateway.client.open(path, method=method)
    problem(response, 405)
    assert set(response.headers["Allow"].split(", ")) == allowed


def test_every_reply_has_an_id_of_its_own(gateway: Gateway) -> None:
    """By which it is found in the log; a caller does not choose it."""
    # given replies of every kind, one of them asked with an id
    paths = ["/livez", "/api/v1/filters", "/api/v1/nothing", "/assets/none.js"]
    responses = [gateway.client.get(path, headers={"X-Request-Id": "mine\u00e9"}) for path in paths * 2]
    # when their ids are compared, then all differ
    ids = {response.headers["X-Request-Id"] for response in responses}
    assert len(ids) == len(responses)
    assert all(len(request_id) == 32 for request_id in ids)


def test_a_failure_of_our_own_tells_nothing_of_itself(gateway: Gateway) -> None:
    """500 is a problem document with the id of the log's line, and no traceback."""
    # given a kept valuation that cannot be read
    with gateway.app.app_context():
        broken = ValuationRow(id="x" * 22, model_version="1", document="{", created_at=datetime(2026, 7, 1))
        db.session.add(broken)
        db.session.commit()
    # when it is asked for
    response = gateway.client.get(f"{VALUATIONS}/{'x' * 22}")
    # then the reply is in good order
    problem(response, 500)
    assert "Traceback" not in response.text and "json" not in response.get_json()["detail"].lower()


def test_a_database_that_fails_is_unavailable(gateway: Gateway) -> None:
    """503 with Retry-After: the fault is not the caller's, and may pass; nothing of the database is told."""
    # given a gateway whose tables are gone
    with gateway.app.app_context():
        db.drop_all()
    # when a kept valuation is asked for
    response = gateway.client.get(f"{VALUATIONS}/{'x' * 22}")
    # then it can be asked for again later
    problem(response, 503)
    assert int(response.headers["Retry-After"]) > 0
    assert "sqlite" not in response.text.lower()


def test_the_document_of_the_api_is_served(gateway: Gateway) -> None:
    """OpenAPI 3.1 at a fixed address."""
    # given a gateway, when the document is asked for, then it is there
    document = gateway.client.get("/api/v1/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Dealership AI"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(max_size=40), method=st.sampled_from(["GET", "POST", "DELETE", "HEAD", "OPTIONS"]))
@pytest.mark.parametrize("root", ["/api/v1/", "/api/v1/valuations/", "/api/v1/models/", "/v2/models/", "/assets/"])
def test_no_address_makes_the_gateway_fail(gateway: Gateway, root: str, path: str, method: str) -> None:
    """Whatever stands in an address, it is not there, or redirected, or not allowed."""
    # given any path below a known one, when it is called, then it is answered in good order
    environ = {"PATH_INFO": (root + path).encode().decode("latin-1")}
    response = gateway.client.open("/", method=method, environ_overrides=environ)
    assert response.status_code in (200, 308, 400, 404, 405, 415)
