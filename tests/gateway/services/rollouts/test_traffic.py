"""Which version prices what: by the model alone, and by the champion where the challenger does not."""

import json
import time
from typing import Any

import pytest

from gateway.extensions import db
from gateway.services.rollouts import records
from gateway.services.rollouts.figures import Counts
from tests.gateway import market
from tests.gateway.api.calls import CAR, CONTACT
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer, Reply, after, change, fail, replace, say
from tests.gateway.gateways import VALUATIONS, Gateway, faults
from tests.gateway.rolling import GOLF, OCTAVIA, POLO, beside_one_without_polos, beside_two, open_rollout

CARS = (POLO, OCTAVIA, GOLF)


@pytest.fixture
def two(open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer) -> Gateway:
    """A gateway beside version 1, the champion, and version 2, which prices everything 2% higher."""
    return beside_two(open_gateway, model_server, challenger_server, deadline_s=5.0)


def version_of(gateway: Gateway, **changes: Any) -> str:
    response = gateway.value(**changes)
    assert response.status_code == 200, response.text
    return response.get_json()["model"]["version"]


def know_nothing(reply: Reply) -> None:
    """As a version answers that has not this model, whatever its card says."""
    for tensor in reply["outputs"]:
        tensor["data"] = [0.0 if tensor["name"] == "support" else None] * len(tensor["data"])


def counted(gateway: Gateway) -> dict[str, Counts]:
    """What the open rollout's versions did by now."""
    with gateway.app.app_context():
        gateway.services.watch.tell()
        row = records.newest(db.session())
        assert row is not None
        return dict(records.counts_of(db.session(), row))


def test_a_model_is_priced_by_one_version_whoever_asks(two: Gateway) -> None:
    """As the share goes up, more models change, each once, and all that follows from a valuation with it."""
    for share, versions in ((0, "111"), (10, "211"), (50, "221"), (100, "222")):
        # given a share of the models, when cars are valued, by Flask and without it
        open_rollout(two, share)
        for keep in (False, True):
            found = [version_of(two, **{**car, "keep": keep}) for car in CARS]
            # then those of its models have the challenger's prices, and no other
            assert "".join(found) == versions
        # and their comparables are of the same version
        for car, version in zip(CARS, versions, strict=True):
            golf = two.value(**car, keep=True).get_json()
            comparables = two.client.get(f"{VALUATIONS}/{golf['id']}/comparables").get_json()
            assert (comparables["model"]["version"], comparables["price_eur"]) == (version, golf["price_eur"])


def test_the_prices_are_those_of_the_version_they_name(two: Gateway) -> None:
    # given a Polo's price by the champion, when the challenger has its model, then it costs 2% more
    open_rollout(two, 0)
    before = two.value(**POLO).get_json()
    open_rollout(two, 10)
    now = two.value(**POLO).get_json()
    assert now["price_eur"] / before["price_eur"] == pytest.approx(1.02, abs=1e-5)
    assert (before["model"]["version"], now["model"]["version"]) == ("1", "2")


def test_what_is_not_somebodys_valuation_keeps_to_the_champion(two: Gateway) -> None:
    """Batches, V2, filters, coefficients and the house's own cars; what a seller is told is as his valuation."""
    # given a challenger that has everything
    open_rollout(two, 100)
    # when batches, V2 and the rest are asked for
    polo = {**CAR, **POLO}
    batch = two.with_token("valuations").post(
        f"{VALUATIONS}/batch", data=json.dumps(polo) + "\n", content_type="application/x-ndjson", buffered=True
    )
    # then they are the champion's
    assert "price_eur" in batch.text
    assert [two.metric("gateway_valuations_total", version=version) for version in "12"] == [1, 0]
    assert two.data_scientist.get("/v2/models/car-price").get_json()["versions"] == ["1"]
    for route in ("filters", "coefficients?make=Volkswagen&model=Polo"):
        assert two.client.get(f"/api/v1/{route}").get_json()["model"]["version"] == "1"
    dealer, customer = two.as_role("dealer"), two.as_role("customer")
    own = dealer.post("/api/v1/cars", json=polo).get_json()
    offered = customer.post("/api/v1/cars", json={**polo, "contact": CONTACT}).get_json()
    assert offered["estimate_eur"] / own["estimate_eur"] == pytest.approx(1.02, abs=1e-4)


@pytest.mark.parametrize(
    "how", ["down", "error", "garbage", "late", "another version", "unknown", "impossible"],
)
def test_where_the_challenger_has_no_price_the_champion_answers(
    two: Gateway, challenger_server: FakeModelServer, how: str
) -> None:
    """In time, and it is held against the challenger."""
    # given a challenger that has the model, and fails
    open_rollout(two, 10)
    assert version_of(two, **POLO) == "2"
    if how == "down":
        challenger_server.stop()
    elif how == "another version":
        two.publish(market.card("3"))
        challenger_server.version = "3"
    else:
        challenger_server.misbehave({
            "error": fail(500), "garbage": say(b"?"), "late": after(3.0), "unknown": change(know_nothing),
            "impossible": replace("price_eur", -1.0),
        }[how])  # fmt: skip
    # when cars are valued, both ways
    began_s = time.monotonic()
    for keep in (False, True):
        assert version_of(two, **POLO, keep=keep) == "1"
    assert time.monotonic() - began_s < 2 * 5.0 + 2.0
    # then each is counted against the challenger
    counts = counted(two)
    assert (counts["2"].requests, counts["1"].requests) == (3, 2)
    refused = how == "unknown"
    assert (counts["2"].errors, counts["2"].refusals) == ((0, 2) if refused else (2, 0))
    assert two.metric("gateway_challenger_answers_total", outcome="priced") == 1
    assert two.metric("gateway_challenger_answers_total", outcome="refusal" if refused else "error") == 2


def test_a_refusal_of_the_challengers_card_is_the_champions_price(
    open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer
) -> None:
    # given a challenger whose card knows no Polo
    gateway = beside_one_without_polos(open_gateway, model_server, challenger_server)
    open_rollout(gateway, 10)
    # when a Polo is valued, then by the champion
    assert version_of(gateway, **POLO) == version_of(gateway, **POLO, keep=True) == "1"
    assert counted(gateway)["2"] == Counts(requests=2, refusals=2)
    # and what the champion refuses is refused, and nothing of it is held against the challenger
    assert faults(gateway.value(model="Quattroporte")) == {"model": "no_market_data"}
    assert counted(gateway)["2"] == Counts(requests=2, refusals=2)


def test_a_model_that_only_the_challenger_knows_waits_until_it_is_the_champion(
    open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer
) -> None:
    """What can be valued does not hang on chance."""
    # given a champion whose card knows no Polo
    gateway = open_gateway(model_url=f"{model_server.url},{challenger_server.url}", publish=False)
    card = market.card("1")
    card["vocabulary"] = [known for known in card["vocabulary"] if known["model"] != "Polo"]
    gateway.publish(card)
    gateway.publish(market.card("2"))
    gateway.services.prices.look()
    # when a Polo is valued at any share, then there is no market data
    open_rollout(gateway, 100)
    assert faults(gateway.value(**POLO)) == {"model": "no_market_data"}
    # and once the challenger is the champion, there is
    open_rollout(gateway, 100, state="done", open=None)
    assert version_of(gateway, **POLO) == "2"


def test_slow_prices_are_counted(two: Gateway, challenger_server: FakeModelServer) -> None:
    # given a challenger that takes longer than the limit says
    open_rollout(two, 10, limits='{"slow_s": 0.1}')
    challenger_server.misbehave(after(0.15))
    # when cars are valued, then it still answers, and each is slow
    assert [version_of(two, **POLO, mileage_km=km) for km in (10_000, 20_000)] == ["2", "2"]
    version_of(two, **GOLF)
    counts = counted(two)
    assert (counts["2"].slow, counts["1"].slow) == (2, 0)


def test_the_kept_prices_of_both_are_kept_apart(
    open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer
) -> None:
    """And given again as long as the share stays."""
    # given a gateway that keeps prices
    gateway = beside_two(open_gateway, model_server, challenger_server, kept_prices=100)
    for share, version in ((0, "1"), (10, "2"), (0, "1")):
        open_rollout(gateway, share)
        # when a car is valued twice, then twice by the version of the share
        assert [version_of(gateway, **POLO) for _ in range(2)] == [version] * 2
    # and each server was asked for it once
    asked = [
        sum(request["inputs"][1]["data"] == ["Polo"] for request in server.requests)
        for server in (model_server, challenger_server)
    ]
    assert asked == [1, 1]
