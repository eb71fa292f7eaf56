"""The client: why there is no answer, and how often a server that is down or slow is asked again."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.errors import ModelUnavailable
from gateway.inference.client import RESERVE_S, InferenceClient
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from tests.gateway import market
from tests.gateway.fake_model_server import (
    LOOPBACK,
    FakeModelServer,
    Misbehaviour,
    after,
    change,
    close,
    closed_port,
    cut,
    fail,
    reset,
    say,
    send,
)

# Long enough for two cores that stand still for a second now and then.
DEADLINE_S = 2.0
SLACK_S = 1.0
PATIENCE_S = 30.0
GOLF = Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", 4.3, 48_500.0, 150.0)
I3 = Vehicle("BMW", "i3", "electric", "automatic", "used", 4.0, 35_000.0, 170.0)


@pytest.fixture
def client(model_server: FakeModelServer) -> Iterator[InferenceClient]:
    opened = InferenceClient(model_server.url, DEADLINE_S)
    yield opened
    opened.close()


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every attempt to connect, by its address."""
    made: list[object] = []
    connect = socket.create_connection

    def counted(address: Any, *arguments: Any, **options: Any) -> socket.socket:
        made.append(address)
        return connect(address, *arguments, **options)

    monkeypatch.setattr(socket, "create_connection", counted)
    return made


def price(client: InferenceClient, times: int) -> None:
    """All goes well, however long it takes."""
    for _ in range(times):
        client.infer([GOLF], time.monotonic() + PATIENCE_S)


def cause_of(client: InferenceClient) -> str:
    with pytest.raises(ModelUnavailable) as failure:
        client.infer([GOLF], client.deadline())
    return failure.value.cause


def test_many_vehicles_are_priced_in_one_call(client: InferenceClient, model_server: FakeModelServer) -> None:
    """Each in its place, as the table has it."""
    # given two vehicles, when they are priced
    priced = client.infer([GOLF, I3], client.deadline())
    # then each has its price, of one call
    assert [priced.row(0), priced.row(1)] == [Scorer(market.table()).score_one(car) for car in (GOLF, I3)]
    assert len(model_server.requests) == 1


def test_a_part_of_the_deadline_is_kept(client: InferenceClient) -> None:
    """The caller must be told within the deadline, which takes a moment."""
    # given a client, when its deadline is asked for, then it is before the caller's
    began_s = time.monotonic()
    assert began_s < client.deadline() <= time.monotonic() + DEADLINE_S - RESERVE_S


CAUSES: dict[str, tuple[Misbehaviour, str]] = {
    "late": (after(2 * DEADLINE_S), "timeout"),
    "closed": (close, "down"),
    "reset": (reset, "down"),
    "cut": (cut, "down"),
    "no HTTP": (send(b"\x00" * 100), "garbage"),
    "no JSON": (say(b"<!doctype html>"), "garbage"),
    "no rows": (change(lambda reply: reply.update(outputs=[])), "garbage"),
    "not loaded": (fail(404), "unloaded"),
    "failed": (fail(500), "error"),
    "overloaded": (fail(503), "error"),
}


@pytest.mark.parametrize(("how", "cause"), CAUSES.values(), ids=CAUSES)
def test_a_failure_has_its_cause_and_is_not_asked_again(
    client: InferenceClient, model_server: FakeModelServer, how: Misbehaviour, cause: str
) -> None:
    """MLServer does not stop what it has begun: a second call after the first was sent would only add to its load."""
    # given a server that fails after it was asked, and a client that may still try again
    price(client, times=20)
    asked = len(model_server.requests)
    model_server.misbehave(how)
    # when a car is priced, then the cause is told, and the server was asked once
    assert cause_of(client) == cause
    assert len(model_server.requests) == asked + 1


def test_a_connection_that_fails_once_is_made_again(client: InferenceClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was asked yet, so that to ask again is safe."""
    # given a network that refuses the first attempt
    connect = socket.create_connection
    refused: list[object] = []

    def refuse_once(address: Any, *arguments: Any, **options: Any) -> socket.socket:
        if not refused:
            refused.append(address)
            raise ConnectionRefusedError
        return connect(address, *arguments, **options)

    monkeypatch.setattr(socket, "create_connection", refuse_once)
    # when a car is priced, then it has its price
    assert client.infer([GOLF], client.deadline()).row(0)["price_eur"] > 0
    assert len(refused) == 1


def test_a_server_that_is_down_is_not_asked_twice_as_often(attempts: list[object]) -> None:
    """Second tries are a tenth of first ones: else a server that struggles would get twice the load."""
    # given an address where nobody listens
    client = InferenceClient(f"http://{LOOPBACK}:{closed_port()}", DEADLINE_S)
    # when it is asked 200 times
    for _ in range(200):
        assert cause_of(client) == "down"
    # then each call made one attempt, and a tenth of them another
    assert 200 < len(attempts) <= 1.10 * 200 + 1


def test_what_was_saved_for_second_tries_has_a_bound(attempts: list[object], model_server: FakeModelServer) -> None:
    """However long all went well: when a server goes down, not all of that is spent on it."""
    # given a client that has had 200 prices, and a server that goes
    client = InferenceClient(model_server.url, DEADLINE_S)
    price(client, times=200)
    model_server.stop()
    del attempts[:]
    # when it is asked 20 times, then second tries are a few
    for _ in range(20):
        assert cause_of(client) == "down"
    assert len(attempts) <= 1.10 * 20 + 5


def test_second_tries_keep_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """One deadline over both tries."""
    # given a network on which an attempt takes most of the deadline to fail
    def refuse_late(_address: object, timeout: float) -> socket.socket:
        time.sleep(min(0.7 * DEADLINE_S, timeout))
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse_late)
    client = InferenceClient(f"http://{LOOPBACK}:1", DEADLINE_S)
    # when a car is priced, then the caller is told in time
    began_s = time.monotonic()
    assert cause_of(client) in ("down", "timeout")
    assert time.monotonic() - began_s < DEADLINE_S + SLACK_S
