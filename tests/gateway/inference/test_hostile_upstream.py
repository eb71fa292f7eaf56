"""A model server that is down, slow, hung or talks nonsense: 503 in time, nothing invented, and it heals by itself."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import grpc
import pytest
from werkzeug.test import TestResponse

from gateway.inference.v2_pb2 import ModelInferResponse
from tests.gateway import market
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import (
    LOOPBACK,
    FakeModelServer,
    Misbehaviour,
    after,
    change,
    closed_port,
    fail,
    output,
    replace,
    say,
    silent_socket,
    slow_to_connect,
    web_server,
)
from tests.gateway.gateways import VALUATIONS, Gateway, check_documented, problem

DEADLINE_S = 0.5
SLACK_S = 0.25  # for two cores that are busy with other tests
RECOVERY_S = 2.5

NAN, INF = float("nan"), float("inf")


@pytest.fixture
def impatient(open_gateway: OpenGateway) -> Gateway:
    """A gateway that answers within half a second, one price of which it has had already."""
    gateway = open_gateway(deadline_s=DEADLINE_S)
    assert gateway.value().status_code == 200
    return gateway


def check_unavailable(gateway: Gateway, ask: Callable[[], TestResponse], causes: set[str]) -> None:
    """The law: 503 within the deadline, when to come back, no number of a price, counted by its cause."""
    names = {cause: gateway.metric("gateway_model_failures_total", cause=cause) for cause in causes}
    began_s = time.monotonic()
    response = ask()
    took_s = time.monotonic() - began_s
    document = problem(response, 503)
    check_documented(gateway, response, VALUATIONS)
    assert set(document) == {"type", "title", "status", "detail", "request_id"}
    assert int(response.headers["Retry-After"]) >= 1
    assert took_s < DEADLINE_S + SLACK_S
    assert len(response.data) < 2_000
    counted = [gateway.metric("gateway_model_failures_total", cause=cause) - before for cause, before in names.items()]
    assert sum(counted) == 1


def test_a_hung_server_is_found_out_and_costs_no_more_threads(
    open_gateway: OpenGateway, model_server: FakeModelServer
) -> None:
    """After a few calls without an answer, refusals come at once, and so stay the routes that need no model quick."""
    # given a gateway that looks after a model server, which hangs
    gateway = open_gateway(deadline_s=DEADLINE_S, probe_interval_s=0.2)
    assert gateway.value().status_code == 200
    model_server.misbehave(model_server.hang)
    gateway.services.monitor.start()
    try:
        # when it is asked until it is found out
        until_s = time.monotonic() + 10 * DEADLINE_S
        while gateway.metric("gateway_model_failures_total", cause="hung") == 0 and time.monotonic() < until_s:
            problem(gateway.value(), 503)
        # then the next refusal waits for nothing, and says when to come back
        began_s = time.monotonic()
        response = gateway.value()
        assert time.monotonic() - began_s < DEADLINE_S / 2
        problem(response, 503)
        assert int(response.headers["Retry-After"]) >= 1
        # and when it answers again, so does the gateway, without being asked first
        model_server.behave()
        assert recovers(gateway)
    finally:
        gateway.services.monitor.stop()


def recovers(gateway: Gateway) -> bool:
    until_s = time.monotonic() + RECOVERY_S
    while time.monotonic() < until_s:
        if gateway.value().status_code == 200:
            return True
        time.sleep(0.05)
    return False


def rename(old: str, new: str) -> Misbehaviour:
    return change(lambda response: setattr(output(response, old), "name", new))


def drop(name: str) -> Misbehaviour:
    return change(lambda response: response.outputs.remove(output(response, name)))


def retype(name: str, datatype: str) -> Misbehaviour:
    return change(lambda response: setattr(output(response, name), "datatype", datatype))


def _set_shape(name: str, shape: list[int]) -> Misbehaviour:
    def what(response: ModelInferResponse) -> None:
        tensor = output(response, name)
        del tensor.shape[:]
        tensor.shape.extend(shape)

    return change(what)


def _as_integers(response: ModelInferResponse) -> None:
    tensor = output(response, "price_eur")
    price = round(tensor.contents.fp64_contents[0])
    del tensor.contents.fp64_contents[:]
    tensor.contents.int64_contents.append(price)


def _extra(name: str) -> Misbehaviour:
    def what(response: ModelInferResponse) -> None:
        response.outputs.add(name=name, datatype="FP64", shape=[1, 1]).contents.fp64_contents.append(1.0)

    return change(what)


def _two_rows(response: ModelInferResponse) -> None:
    for tensor in response.outputs:
        tensor.contents.fp64_contents.append(tensor.contents.fp64_contents[0])
        del tensor.shape[:]
        tensor.shape.extend([2, 1])


def _unpriced_but_for(*kept: str) -> Misbehaviour:
    def what(response: ModelInferResponse) -> None:
        for tensor in response.outputs:
            if tensor.name not in kept:
                tensor.contents.fp64_contents[0] = 0.0 if tensor.name == "support" else NAN

    return change(what)


def _raw_contents(response: ModelInferResponse) -> None:
    for tensor in response.outputs:
        tensor.ClearField("contents")
        response.raw_output_contents.append(b"\x00" * 8)


GARBAGE: dict[str, Misbehaviour] = {
    "empty message": say(b""),
    "no outputs": change(lambda response: response.ClearField("outputs")),
    "missing output": drop("effect_fuel"),
    "missing price": drop("price_eur"),
    "extra output": _extra("output-0"),
    "renamed output": rename("price_eur", "output-0"),
    "duplicate output": rename("low_eur", "price_eur"),
    "duplicate beside all": _extra("price_eur"),
    "wrong datatype": retype("price_eur", "FP32"),
    "no datatype": retype("price_eur", ""),
    "integers": change(_as_integers),
    "wrong shape": _set_shape("price_eur", [2]),
    "transposed shape": _set_shape("price_eur", [1, 1, 1]),
    "no shape": _set_shape("price_eur", []),
    "negative shape": _set_shape("price_eur", [-1]),
    "no values": replace("price_eur"),
    "two values": replace("price_eur", 9_000.0, 9_000.0),
    "two rows": change(_two_rows),
    "raw contents": change(_raw_contents),
    "another model": change(lambda response: setattr(response, "model_name", "house-price")),
    "no model": change(lambda response: setattr(response, "model_name", "")),
    "a very long model": change(lambda response: setattr(response, "model_name", "x" * 1_000_000)),
    "no version": change(lambda response: setattr(response, "model_version", "")),
    "NaN price": replace("price_eur", NAN),
    "NaN effect": replace("effect_age", NAN),
    "NaN support": replace("support", NAN),
    "infinite price": replace("price_eur", INF),
    "infinite range": replace("high_eur", INF),
    "negative infinity": replace("low_eur", -INF),
    "negative price": replace("price_eur", -9_000.0),
    "price of nothing": replace("price_eur", 0.0),
    "negative support": replace("support", -1.0),
    "negative base": replace("base_eur", -1.0),
    "range above": replace("low_eur", 9_000_000.0),
    "range below": replace("high_eur", 1.0),
    "range below nothing": replace("low_eur", -1.0),
    "effects that do not add up": replace("effect_age", 123_456.0),
    "effects off by a euro": change(
        lambda response: output(response, "effect_age").contents.fp64_contents.__setitem__(
            0, output(response, "effect_age").contents.fp64_contents[0] + 1
        )
    ),
    "price without support": replace("support", 0.0),
    "half a price without support": _unpriced_but_for("price_eur"),
    "base without support": _unpriced_but_for("base_eur"),
}


@pytest.mark.parametrize("how", GARBAGE.values(), ids=GARBAGE)
def test_a_reply_that_is_not_sound_is_no_price(
    impatient: Gateway, model_server: FakeModelServer, how: Misbehaviour
) -> None:
    """Whatever is wrong with a reply, all of it is dropped; the next sound reply is taken again."""
    # given a model server whose replies are not sound
    model_server.misbehave(how)
    # when a car is valued, then there is no price
    check_unavailable(impatient, impatient.value, {"garbage"})
    # and once the server is sane there is one
    model_server.behave()
    assert impatient.value().status_code == 200


@pytest.mark.parametrize(
    "raw", [b"\xff" * 100, b"<!doctype html>", b'{"outputs": []}', b"\x0a", b"\x08\x01\x12"], ids=repr
)
def test_bytes_that_are_no_reply_are_no_price(
    impatient: Gateway, model_server: FakeModelServer, raw: bytes
) -> None:
    """A body that is no V2 message at all is an error like any other."""
    # given a model server that sends other bytes
    model_server.misbehave(say(raw))
    # when a car is valued, then there is no price, and there is one when the server is sane again
    check_unavailable(impatient, impatient.value, {"error", "garbage"})
    model_server.behave()
    assert impatient.value().status_code == 200


@pytest.mark.parametrize("support", ["all NaN", "version 1's card"])
def test_a_car_that_the_card_has_and_the_table_has_not_is_no_price(
    impatient: Gateway, model_server: FakeModelServer, support: str
) -> None:
    """Card and table of a version that disagree are a fault of the server's, not of the client's."""
    # given a server that has no listings of a car that its card names
    model_server.misbehave(_unpriced_but_for())
    # when it is valued, then there is no price
    check_unavailable(impatient, impatient.value, {"card"})


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (grpc.StatusCode.INTERNAL, "error"),
        (grpc.StatusCode.INVALID_ARGUMENT, "error"),
        (grpc.StatusCode.UNKNOWN, "error"),
        (grpc.StatusCode.UNIMPLEMENTED, "error"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "error"),
        (grpc.StatusCode.NOT_FOUND, "unloaded"),
        (grpc.StatusCode.UNAVAILABLE, "down"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "timeout"),
    ],
)
def test_an_error_of_the_server_is_no_price(
    impatient: Gateway, model_server: FakeModelServer, code: grpc.StatusCode, cause: str
) -> None:
    """Each error is counted by its cause, and the server's own words stay inside."""
    # given a model server that answers with an error
    model_server.misbehave(fail(code))
    # when a car is valued, then there is no price, and no traceback of somebody else's
    check_unavailable(impatient, impatient.value, {cause})
    assert "Traceback" not in impatient.value().text
    model_server.behave()
    assert impatient.value().status_code == 200


def test_a_slow_server_is_not_waited_for(impatient: Gateway, model_server: FakeModelServer) -> None:
    """A reply after the deadline is none, and is not asked for twice."""
    # given a server that takes longer than the deadline
    model_server.misbehave(after(2 * DEADLINE_S))
    asked = len(model_server.requests)
    # when a car is valued, then the caller is told in time, and the server was asked once
    check_unavailable(impatient, impatient.value, {"timeout"})
    assert len(model_server.requests) == asked + 1
    model_server.behave()
    assert impatient.value().status_code == 200


def test_a_server_that_is_just_in_time_is_believed(impatient: Gateway, model_server: FakeModelServer) -> None:
    """Slow is not down: a reply before the deadline is a price."""
    # given a server that takes half the deadline, when a car is valued, then there is a price
    model_server.misbehave(after(DEADLINE_S / 2))
    assert impatient.value().status_code == 200


def test_a_server_that_is_slow_to_connect_is_waited_for(
    open_gateway: OpenGateway, model_server: FakeModelServer
) -> None:
    """A connection that takes a moment, on a busy machine or a far one, is not a server that is down."""
    # given a model server whose greeting takes a third of a second, when a car is valued, then there is a price
    with slow_to_connect(model_server.target, 0.3) as target:
        assert open_gateway(model_grpc=target).value().status_code == 200


def test_a_hung_server_is_not_waited_for(impatient: Gateway, model_server: FakeModelServer) -> None:
    """A server that takes the call and never answers costs no more than the deadline."""
    # given a server that hangs
    model_server.misbehave(model_server.hang)
    # when a car is valued, then the caller is told in time
    check_unavailable(impatient, impatient.value, {"timeout"})
    # and the first reply after it is taken
    model_server.behave()
    assert impatient.value().status_code == 200


def test_a_second_look_stays_within_the_deadline(impatient: Gateway, model_server: FakeModelServer) -> None:
    """A version that changes while a car is priced is asked again, in what is left of the deadline."""
    # given a server that takes most of the deadline to answer with another version, and then hangs
    impatient.publish(market.card("2"))
    model_server.version = "2"
    slow = after(0.7 * DEADLINE_S)

    def then_hang(response: ModelInferResponse, context: grpc.ServicerContext) -> ModelInferResponse | bytes:
        model_server.misbehave(model_server.hang)
        return slow(response, context)

    model_server.misbehave(then_hang)
    # when a car is valued, then the caller is told in time all the same
    check_unavailable(impatient, impatient.value, {"timeout"})


@pytest.fixture(params=["closed port", "silent socket", "web server"])
def no_model_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address where something else stands, or nothing."""
    if request.param == "closed port":
        yield f"{LOOPBACK}:{closed_port()}"
        return
    other: Callable[[], AbstractContextManager[str]] = (
        silent_socket if request.param == "silent socket" else web_server
    )
    with other() as target:
        yield target


def test_something_else_on_the_port_gives_no_price(open_gateway: OpenGateway, no_model_server: str) -> None:
    """Nothing, silence or a web page on the model server's port: each is told in time, again and again."""
    # given a gateway that looks for its model server there
    gateway = open_gateway(deadline_s=DEADLINE_S, model_grpc=no_model_server)
    # when cars are valued, then each caller is told in time
    for _ in range(3):
        check_unavailable(gateway, gateway.value, {"down", "timeout", "error"})


@pytest.mark.parametrize("target", ["no-such-host.invalid:8081", "", "127.0.0.1:99999"])
def test_an_address_that_is_none_gives_no_price(open_gateway: OpenGateway, target: str) -> None:
    """A model server's address that cannot be resolved is a server that is down, not a gateway that fails."""
    # given such an address, when a car is valued, then the caller is told in time
    gateway = open_gateway(deadline_s=DEADLINE_S, model_grpc=target)
    check_unavailable(gateway, gateway.value, {"down", "timeout", "error"})


def test_a_server_that_comes_back_is_found(impatient: Gateway, model_server: FakeModelServer) -> None:
    """Down for a while and up again on the same port: prices are back within two seconds, with no restart of ours."""
    # given a server that went down, and callers who were told so for a while
    model_server.stop()
    down_until_s = time.monotonic() + 1.5
    while time.monotonic() < down_until_s:
        check_unavailable(impatient, impatient.value, {"down"})
        time.sleep(0.1)
    # when it is up again, then prices are back
    model_server.start()
    assert recovers(impatient)


def test_a_server_that_comes_late_is_found(open_gateway: OpenGateway, model_server: FakeModelServer) -> None:
    """A gateway that was started first finds its model server when that is up."""
    # given a gateway without a model server
    model_server.stop()
    gateway = open_gateway(deadline_s=DEADLINE_S)
    check_unavailable(gateway, gateway.value, {"down"})
    # when the server is started, then prices are there
    model_server.start()
    assert recovers(gateway)


def test_a_version_without_a_card_gives_no_price(impatient: Gateway, model_server: FakeModelServer) -> None:
    """A version that nothing is known of is not trusted; what was known before is not mixed with it."""
    # given a server of a version that was never published here
    model_server.version = "99"
    # when cars are valued, then there is no price, and the version is named
    for _ in range(2):
        check_unavailable(impatient, impatient.value, {"no card"})
    assert "'99'" in impatient.value().get_json()["detail"]


def test_the_end_of_a_version_without_a_card_is_noticed(impatient: Gateway, model_server: FakeModelServer) -> None:
    """A server that goes back to a known version is believed again: a wrong version is no way to stop the gateway."""
    # given a server that answered with an unknown version for a while
    model_server.version = "99"
    check_unavailable(impatient, impatient.value, {"no card"})
    # when it is of the known version again, then prices are back
    model_server.version = "1"
    assert impatient.value().status_code == 200


def test_a_card_that_comes_late_is_noticed(impatient: Gateway, model_server: FakeModelServer) -> None:
    """Publishing the missing card is enough."""
    # given a server of an unknown version
    model_server.version = "2"
    check_unavailable(impatient, impatient.value, {"no card"})
    # when its card is published, then prices are that version's
    impatient.publish(market.card("2"))
    assert impatient.value().get_json()["model"]["version"] == "2"


def test_without_any_card_nothing_is_priced(open_gateway: OpenGateway, model_server: FakeModelServer) -> None:
    """A gateway that no model was published to says so, and asks nobody."""
    # given a gateway without a card, when a car is valued, then there is no price
    gateway = open_gateway(publish=False, deadline_s=DEADLINE_S)
    check_unavailable(gateway, gateway.value, {"no card"})
    assert model_server.requests == []


def test_prices_follow_the_version_that_gave_them(impatient: Gateway, model_server: FakeModelServer) -> None:
    """After a switch a reply is stamped with the new version, and so are filters and coefficients."""
    # given a new version, published before any traffic
    impatient.publish(market.card("2", data={**market.card()["data"], "market_as_of": "2024-08-01"}))
    assert impatient.value().get_json()["model"]["version"] == "1"
    # when the model server switches
    model_server.version = "2"
    # then the very next reply is the new version's, with its market's day
    reply = impatient.value().get_json()
    assert (reply["model"]["version"], reply["market_as_of"]) == ("2", "2024-08-01")
    # and so is all else
    for path in ("/api/v1/filters", "/api/v1/coefficients"):
        assert impatient.client.get(path).get_json()["model"]["version"] == "2"


def test_a_new_version_judges_by_its_own_card(impatient: Gateway, model_server: FakeModelServer) -> None:
    """A car that the new version does not know is refused by the new version's card, not priced by the old one's."""
    # given a new version that knows no Golf
    without_golf = [known for known in market.card()["vocabulary"] if known["model"] != "Golf"]
    impatient.publish(market.card("2", vocabulary=without_golf))
    model_server.version = "2"
    # when a Golf is valued
    error = problem(impatient.value(), 422)["errors"][0]
    # then the new card's models are what is known
    assert (error["field"], error["code"], error["known"]) == ("model", "no_market_data", ["Polo"])


def test_a_version_that_changes_at_every_call_gives_no_price(
    impatient: Gateway, model_server: FakeModelServer
) -> None:
    """Two servers of two versions behind one address: the gateway gives up for now, and does not fail."""
    # given a server whose version is another at every call
    impatient.publish(market.card("2"))

    def flap(response: ModelInferResponse) -> None:
        response.model_version = model_server.version
        model_server.version = "1" if model_server.version == "2" else "2"

    model_server.version = "2"
    model_server.misbehave(change(flap))
    # when a car is valued, then there is no price
    check_unavailable(impatient, impatient.value, {"version"})
    # and once it has settled there is one
    model_server.behave()
    assert impatient.value().status_code == 200


def test_a_clients_mistake_is_told_while_the_server_is_down(
    impatient: Gateway, model_server: FakeModelServer
) -> None:
    """What is wrong with a request does not wait for the model server."""
    # given a server that is down, when a wrong car is posted, then its fault is told
    model_server.stop()
    assert problem(impatient.value(mileage_km=-1), 422)["errors"][0]["field"] == "mileage_km"


def test_the_other_pages_serve_on_while_the_server_is_down(
    impatient: Gateway, model_server: FakeModelServer
) -> None:
    """Filters, coefficients and the card need no model server."""
    # given a server that is down
    model_server.stop()
    check_unavailable(impatient, impatient.value, {"down"})
    # when the other pages are asked for, then they answer
    for path in ("/api/v1/filters", "/api/v1/coefficients", "/api/v1/models/1", "/livez", "/readyz"):
        assert impatient.client.get(path).status_code == 200
