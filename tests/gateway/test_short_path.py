"""The short path: a valuation without Flask is the valuation with it, and whatever is unusual is left to Flask."""

import json
from collections.abc import Callable
from typing import Any
from wsgiref.types import WSGIApplication

import pytest
from werkzeug.test import Client, TestResponse

from gateway.admission import Admission
from gateway.short_path import ShortPath
from tests.gateway import market
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer, say
from tests.gateway.gateways import GOLF, VALUATIONS, Gateway

BODIES: dict[str, bytes] = {
    name: (body if isinstance(body, bytes) else json.dumps(body).encode())
    for name, body in {
        "a Golf": GOLF,
        "an asking price": {**GOLF, "asking_price_eur": 12_000},
        "sources' words": {**GOLF, "fuel": "Gasoline", "gearbox": "Manual", "make": "VW", "model": "VW golf"},
        "far beyond the data": {**GOLF, "mileage_km": 900_000, "power_hp": 1_000},
        "power in kW": {**{k: v for k, v in GOLF.items() if k != "power_hp"}, "power_kw": 110},
        "a new car": {**GOLF, "offer_type": "new", "first_registration": "2024-06", "mileage_km": 0},
        "not kept": {**GOLF, "keep": False},
        "another model": {**GOLF, "model": "Polo"},
        "an unknown model": {**GOLF, "model": "Quattroporte"},
        "a missing field": {**GOLF, "fuel": None},
        "many mistakes": {"make": 1, "model": [], "mileage_km": "far", "colour": "red"},
        "too old": {**GOLF, "first_registration": "1960"},
        "in the future": {**GOLF, "as_of": "2999-01-01"},
        "an empty object": {},
        "a list": [GOLF],
        "no JSON": b"{",
        "no UTF-8": b'{"make": "\xff"}',
        "twice": b'{"make": "VW", "make": "Audi"}',
        "NaN": b'{"mileage_km": NaN}',
        "deep": b"[" * 10_000,
        "nothing": b"",
        "too much": json.dumps(GOLF).encode().ljust(70_000),
    }.items()
}


def parts(gateway: Gateway) -> tuple[ShortPath, WSGIApplication]:
    """The short path of a gateway, and Flask behind it."""
    admission: Any = gateway.app.wsgi_app
    assert isinstance(admission, Admission)
    short: Any = admission._application
    assert isinstance(short, ShortPath)
    return short, short._application


def told(response: TestResponse) -> tuple[int, dict[str, str], Any]:
    """What an answer tells, but for the ids that no two answers share."""
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-Id"}
    document = response.get_json(force=True)
    if document.pop("request_id", None):
        assert len(response.headers["X-Request-Id"]) == 32
    return response.status_code, headers, document


def both(gateway: Gateway, body: bytes, **how: Any) -> tuple[TestResponse, TestResponse]:
    how = {"data": body, "content_type": "application/json", **how}
    short, flask = parts(gateway)
    return Client(short).post(VALUATIONS, **how), Client(flask).post(VALUATIONS, **how)


@pytest.fixture
def seen(gateway: Gateway) -> Gateway:
    """A gateway that has priced a car, so that it has the served version's card in memory."""
    assert gateway.value().status_code == 200
    return gateway


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_both_ways_lead_to_the_same_answer(seen: Gateway, body: bytes) -> None:
    """Law: nobody can tell which way his request went."""
    # given a request, when it goes the short way and Flask's, then status, headers and body are the same
    short, flask = both(seen, body)
    assert told(short) == told(flask)


@pytest.mark.parametrize("content_type", ["text/plain", "application/json; charset=utf-8", "application/hal+json", ""])
def test_other_types_are_answered_as_by_flask(seen: Gateway, content_type: str) -> None:
    short, flask = both(seen, BODIES["a Golf"], content_type=content_type)
    assert told(short) == told(flask)


@pytest.mark.parametrize("how", ["down", "garbage"])
def test_without_a_price_both_ways_tell_the_same(seen: Gateway, model_server: FakeModelServer, how: str) -> None:
    # given a model server that is down, or cannot be believed, when a car is valued both ways, then both say so
    model_server.stop() if how == "down" else model_server.misbehave(say(b"nonsense"))
    short, flask = both(seen, BODIES["a Golf"])
    assert short.status_code == 503
    assert told(short) == told(flask)
    # and each asked but once, and counted it
    assert seen.metric("gateway_model_failures_total", cause=how) == 2
    assert seen.metric("gateway_requests_total", route=VALUATIONS, method="POST", status="503") == 2


@pytest.fixture
def without_flask(seen: Gateway, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Tells how many requests have reached Flask."""
    short, flask = parts(seen)
    reached = []

    def count(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        reached.append(environ["PATH_INFO"])
        return flask(environ, start_response)

    monkeypatch.setattr(short, "_application", count)
    return lambda: len(reached)


def test_a_plain_request_goes_the_short_way_and_is_counted(seen: Gateway, without_flask: Callable[[], int]) -> None:
    # given a gateway, when a car is valued, then Flask is not asked, and the request is counted all the same
    before = seen.metric("gateway_requests_total", route=VALUATIONS, method="POST", status="200")
    assert seen.value().status_code == 200
    assert without_flask() == 0
    assert seen.metric("gateway_requests_total", route=VALUATIONS, method="POST", status="200") == before + 1
    assert seen.metric("gateway_valuations_total", version="1") == 2


@pytest.mark.parametrize(
    "ask",
    [
        lambda gateway: gateway.value(keep=True), lambda gateway: gateway.value(mileage_km=-1),
        lambda gateway: gateway.client.get(VALUATIONS), lambda gateway: gateway.client.get("/livez"),
        lambda gateway: gateway.client.post(f"{VALUATIONS}/x", json=GOLF),
    ],
    ids=["keep", "mistake", "method", "route", "below"],
)  # fmt: skip
def test_what_is_unusual_is_left_to_flask(
    seen: Gateway, without_flask: Callable[[], int], ask: Callable[[Gateway], TestResponse]
) -> None:
    # given a request that is not the plain one, when it is asked, then Flask answers
    ask(seen)
    assert without_flask() == 1


def test_what_nobody_foresaw_is_left_to_flask(seen: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a short path that fails, when a car is valued, then Flask's way leads to its price
    def fail(*_: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(seen.services.valuations, "value_from_memory", fail)
    assert seen.value().status_code == 200


def test_a_new_version_is_answered_by_its_own_card(open_gateway: OpenGateway, model_server: FakeModelServer) -> None:
    """The short path knows the old card alone; what the model server answers with another is asked again by Flask."""
    # given a gateway that knows version 1, and a model server that serves version 2 by now
    gateway = open_gateway()
    assert gateway.value().status_code == 200
    gateway.publish(market.card("2"))
    model_server.version = "2"
    # when cars are valued, then all are of version 2
    for _ in range(2):
        assert gateway.value().get_json()["model"]["version"] == "2"
