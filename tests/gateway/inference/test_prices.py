"""Several model servers: who is asked for the champion's price, by what each of them answered."""

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.errors import ModelUnavailable
from gateway.inference.client import InferenceClient
from gateway.inference.codec import Columns
from gateway.inference.lane import Lane
from gateway.inference.monitor import ModelMonitor
from gateway.inference.prices import Prices
from gateway.inference.split import BUCKETS, Split, bucket
from model.schema.features import FEATURES
from model.schema.vehicle import Vehicle
from tests.gateway.fake_model_server import FakeModelServer, Misbehaviour, after, close, cut, fail, reset, send
from tests.gateway.waiting import until

GOLF = Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", 4.3, 48_500.0, 150.0)
OURS = replace(GOLF, mileage_km=70_007.0)  # which no probe asks about
INTERVAL_S = 0.05
DEADLINE_S, LATE_S = 1.5, 3.0


def _lane(server: FakeModelServer) -> Lane:
    client = InferenceClient(server.url, DEADLINE_S)
    return Lane(client, ModelMonitor(client, lambda: GOLF, INTERVAL_S), most_waiting=10, most_kept=0)


@pytest.fixture
def prices(model_server: FakeModelServer, challenger_server: FakeModelServer) -> Iterator[Prices]:
    """Of version 1 behind the first address and version 2 behind the second, both known."""
    made = Prices([_lane(model_server), _lane(challenger_server)])
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("wait", [False, True])
def test_columns_have_as_long_as_any_call(prices: Prices, model_server: FakeModelServer, wait: bool) -> None:
    """A batch has no end of its own, and its calls have."""
    # given cars in columns, and a deadline that never comes
    columns = Columns([[getattr(GOLF, feature.name)] * 100 for feature in FEATURES], wait)
    # when they are priced, then they are, and by a server that hangs they are not for ever
    assert len(prices.price(columns, math.inf)) == 100
    model_server.misbehave(after(LATE_S))
    with pytest.raises(ModelUnavailable):
        prices.price(columns, math.inf)


def version(prices: Prices) -> str:
    return prices.price([GOLF], prices.deadline()).version


def both_serve_the_champion(prices: Prices, model_server: FakeModelServer) -> None:
    """Version 2, which is served behind the second address already."""
    prices.split = Split(champion="2")
    model_server.version = "2"
    assert until(lambda: prices.lanes[0].state.version == "2")


def test_without_a_rollout_the_first_address_prices(prices: Prices) -> None:
    # given two model servers, both of which are known when start() returns
    assert [lane.state.version for lane in prices.lanes] == ["1", "2"]
    # when prices are asked for, then the first gives them, and nobody else where it fails
    assert [version(prices), prices.state.version] == ["1", "1"]


def test_the_first_address_prices_even_while_it_is_down(prices: Prices, model_server: FakeModelServer) -> None:
    """A version that nobody chose is no stand-in."""
    # given a first server that goes down, when a price is asked for, then there is none
    model_server.stop()
    assert until(lambda: not prices.lanes[0].state.available)
    with pytest.raises(ModelUnavailable):
        version(prices)


def test_the_champion_prices_wherever_it_is_served(
    prices: Prices, model_server: FakeModelServer, challenger_server: FakeModelServer
) -> None:
    # given version 2 as the champion, when a price is asked for, then it is of 2
    prices.split = Split(champion="2")
    assert version(prices) == "2"
    # and when the servers change places, then it follows, as soon as they were looked at
    model_server.version, challenger_server.version = "2", "1"
    assert until(lambda: [lane.state.version for lane in prices.lanes] == ["2", "1"])
    assert version(prices) == "2"


def test_of_two_that_serve_the_champion_one_may_go(
    prices: Prices, model_server: FakeModelServer, challenger_server: FakeModelServer
) -> None:
    """The moment in which it goes costs nobody his price."""
    # given a champion that is served by both
    both_serve_the_champion(prices, model_server)
    # when the first goes, then every price is there, those of the first moments too
    model_server.stop()
    assert [version(prices) for _ in range(20)] == ["2"] * 20
    assert until(lambda: not prices.lanes[0].state.available)
    # and when it is there again and the other goes, the same
    model_server.start()
    assert until(lambda: prices.lanes[0].state.available)
    challenger_server.stop()
    assert [version(prices) for _ in range(20)] == ["2"] * 20


NO_REPLY: dict[str, Misbehaviour] = {
    "closed": close, "reset": reset, "cut": cut, "no HTTP": send(b"\x00" * 100), "failed": fail(500),
}  # fmt: skip


@pytest.mark.parametrize("how", NO_REPLY.values(), ids=NO_REPLY)
def test_servers_that_fail_wholly_are_asked_again_for_one_request_in_ten(
    prices: Prices, model_server: FakeModelServer, challenger_server: FakeModelServer, how: Misbehaviour
) -> None:
    """It may be at work already, and whatever ails it may ail them all: two calls a request would be a flood."""
    # given a champion that is served by both, both of which fail once they are asked
    both_serve_the_champion(prices, model_server)
    for server in (model_server, challenger_server):
        server.misbehave(how)
    # when prices are asked for, then there are none, and hardly more calls
    for _ in range(50):
        with pytest.raises(ModelUnavailable):
            prices.price([OURS], prices.deadline())
    assert 0 < sum(server.calls_about(OURS.mileage_km) for server in (model_server, challenger_server)) <= 55


@pytest.mark.parametrize("how", [close, reset, cut])
def test_a_reply_that_a_server_broke_off_as_it_went_costs_nobody_his_price(
    prices: Prices, model_server: FakeModelServer, how: Misbehaviour
) -> None:
    """Good times have saved for such a moment."""
    # given a champion that is served by both, and has priced for a while
    both_serve_the_champion(prices, model_server)
    assert [version(prices) for _ in range(20)] == ["2"] * 20
    # when one breaks off a reply, then the other is asked
    model_server.misbehave(how)
    assert version(prices) == "2"


def test_nobody_stands_in_for_a_champion_that_fails(prices: Prices, model_server: FakeModelServer) -> None:
    # given a champion that answers errors, when a price is asked for, then the challenger is not asked
    prices.split = Split(champion="1", challenger="2", share_percent=10, withheld="2")
    model_server.misbehave(fail(500))
    with pytest.raises(ModelUnavailable):
        version(prices)


def test_a_version_that_was_put_in_the_champions_place_prices(
    prices: Prices, model_server: FakeModelServer, challenger_server: FakeModelServer
) -> None:
    """As on one lane: who updates a model server without a rollout has the new version served."""
    # given a champion that nobody serves any more, and a version that was taken back
    prices.split = Split(champion="1", withheld="2")
    model_server.version = "3"
    assert until(lambda: prices.lanes[0].state.version == "3")
    # when prices are asked for, then by what stands in its place, never by what was taken back
    assert version(prices) == "3"
    model_server.stop()
    assert until(lambda: not prices.lanes[0].state.available)
    with pytest.raises(ModelUnavailable):
        version(prices)
    # and where nothing was taken back, by whoever answers
    prices.split = Split(champion="1")
    assert version(prices) == "2"


def test_who_serves_a_version_is_told_by_the_answers(prices: Prices, challenger_server: FakeModelServer) -> None:
    # given two servers, when versions are looked for, then they are found where they are served
    assert prices.serving("2") is prices.lanes[1]
    assert prices.serving("3") is None
    # and a server that is down is still the one
    challenger_server.stop()
    assert until(lambda: not prices.lanes[1].state.available)
    assert prices.serving("2") is prices.lanes[1]


def test_models_are_split_evenly_and_a_higher_share_only_adds(prices: Prices) -> None:
    """Law: whoever asks, and in whatever process, a model's version is one, and going up takes no model back."""
    models = [(f"Make {number % 40}", f"Model {number}") for number in range(4_000)]
    taken: set[tuple[str, str]] = set()
    for share in (0, 1, 10, 50, 100):
        split = Split("1", "2", share)
        now = {model for model in models if split.gives_to_challenger(*model)}
        assert taken <= now
        assert abs(len(now) / len(models) - share / 100) < 0.03
        taken = now
    # other challengers get others, so that it is not always the same models that try what is new
    two, three = ({model for model in models if Split("1", of, 10).gives_to_challenger(*model)} for of in ("2", "3"))
    assert len(two & three) < 0.3 * len(two)
    # and it is the same on every machine
    assert (bucket("2\x00Volkswagen\x00Golf"), bucket("2\x00BMW\x00320")) == (8271, 6500)
    assert all(0 <= bucket(str(number)) < BUCKETS for number in range(100))
