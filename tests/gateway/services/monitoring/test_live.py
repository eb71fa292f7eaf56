"""How good a version proves to be, by the API and as metrics."""

import math
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from gateway.db.monitoring import InputCountRow
from gateway.extensions import db
from tests.gateway import market
from tests.gateway.api.calls import CAR
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import VALUATIONS, Gateway, check_documented, problem
from tests.gateway.rolling import POLO, beside_two, open_rollout

LEVEL = math.exp(market.card()["sale_level"])
NUMBERS = ("age_years", "mileage_km", "power_hp")
TENTHS = {"edges": [40_000.0, 50_000.0], "shares": [0.4, 0.3, 0.3]}


def live(gateway: Gateway, version: str = "1") -> Any:
    response = gateway.with_token("cards").get(f"/api/v1/models/{version}/live")
    return check_documented(gateway, response, "/api/v1/models/{version}/live")


def sell(gateway: Gateway, factor: float, **changes: Any) -> None:
    """Take a Golf in at a price of its own, or at ours, and sell it at so many times what ours says of a sale."""
    dealer = gateway.as_role("dealer")
    car = dealer.post("/api/v1/cars", json={**CAR, **changes}).get_json()
    price = {"sale_price_eur": round(car["estimate_eur"] * LEVEL * factor), "sold_on": date.today().isoformat()}
    assert dealer.post(f"/api/v1/cars/{car['id']}/sale", json=price).status_code == 200


def test_sales_tell_how_far_the_price_was_off(each_gateway: Gateway) -> None:
    # given a version of which nothing was sold, when it is looked at, then nothing is told
    sales = live(each_gateway)["sales"]
    assert (sales["sales"], sales["median_error"], sales["inside_percent"]) == (0, None, None)
    # when cars are sold around the price, one far off, and one at our word
    for factor in (0.98, 1.0, 1.04, 1.5):
        sell(each_gateway, factor, price_eur=9_999)
    sell(each_gateway, 1 / LEVEL)
    # then the errors are those, at the card's level of sales
    sales = live(each_gateway)["sales"]
    assert (sales["sales"], sales["at_our_word"], sales["inside_percent"]) == (4, 1, 75.0)
    assert sales["median_error"] == pytest.approx((abs(math.log(0.98)) + math.log(1.04)) / 2, abs=2e-4)
    assert sales["mean_error"] == pytest.approx((-math.log(0.98) + math.log(1.04) + math.log(1.5)) / 4, abs=2e-4)
    assert sales["bias"] == pytest.approx(math.log(1.04) / 2, abs=2e-4)
    assert sales["card_error_percent"] == 8.4
    # and of another version nothing is said
    each_gateway.publish(market.card("2"))
    assert live(each_gateway, "2")["sales"]["sales"] == 0


def test_inputs_are_counted_over_all_processes(open_gateway: OpenGateway, database_url: str) -> None:
    # given two processes on one database, and a card that tells how its numbers lie
    card = market.card(distributions={name: TENTHS for name in NUMBERS})
    gateways = [open_gateway(database_url=database_url, publish=False) for _ in range(2)]
    gateways[0].publish(card)
    # when cars are valued in both, by Flask and without it, and told of, one of them in two parts
    for gateway in gateways:
        for number in range(110):
            assert gateway.value(mileage_km=45_000 if number % 2 else 60_000, keep=number < 2).status_code == 200
            if number in (50, 109):
                tell(gateway)
                tell(gateway)
    # then they are added up
    with gateways[0].app.app_context():
        rows = db.session.scalars(select(InputCountRow).where(InputCountRow.feature == "mileage_km")).all()
    assert {(row.version, row.value): row.cars for row in rows} == {("1", "1"): 110, ("1", "2"): 110}
    # and the index says that there were none below 40,000 km
    inputs = {each["feature"]: each for each in live(gateways[1])["inputs"]}
    assert list(inputs) == [*NUMBERS, "fuel", "make"]
    assert inputs["mileage_km"]["cars"] == 220
    assert inputs["mileage_km"]["psi"] > 0.2
    assert inputs["make"]["against"] == "the card's listings by variant"
    # and the metrics are of the version that prices
    with gateways[0].app.app_context():
        gateways[0].services.observer.measure()
    assert gateways[0].metric("gateway_input_psi", version="1", feature="mileage_km") == inputs["mileage_km"]["psi"]


def tell(gateway: Gateway) -> None:
    with gateway.app.app_context():
        gateway.services.observer.tell()


def test_what_the_card_does_not_say_is_said(gateway: Gateway) -> None:
    # given an earlier card, and few cars, when the version is looked at
    gateway.value()
    tell(gateway)
    inputs = {each["feature"]: each for each in live(gateway)["inputs"]}
    # then there is no index, and why
    assert inputs["power_hp"]["psi"] is inputs["fuel"]["psi"] is None
    assert "card does not say" in inputs["power_hp"]["reason"]
    assert "fewer than 200 cars" in inputs["fuel"]["reason"]
    assert inputs["fuel"]["cars"] == 1


def test_files_of_cars_are_no_inputs(gateway: Gateway) -> None:
    """They are a dealer's stock, and not what people ask about."""
    gateway.with_token("valuations").post(
        f"{VALUATIONS}/batch", data="make\nBMW\n", content_type="text/csv", buffered=True
    )
    tell(gateway)
    assert {each["cars"] for each in live(gateway)["inputs"]} == {0}


def test_both_versions_of_a_rollout_are_measured(
    open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer
) -> None:
    """And none that prices no more."""
    # given a rollout, when both are measured
    gateway = beside_two(open_gateway, model_server, challenger_server)
    open_rollout(gateway, 10)
    sell(gateway, 1.1, price_eur=9_999)
    gateway.value(**POLO)
    tell(gateway)
    with gateway.app.app_context():
        gateway.services.observer.measure()
    # then each has its figures
    age = (date.today() - date.fromisoformat(market.MARKET_AS_OF)).days
    for version in "12":
        assert gateway.metric("gateway_market_age_days", version=version) == age
        assert gateway.metric("gateway_card_error_median_percent", version=version) == 8.4
    assert gateway.metric("gateway_live_sales", version="1") == 1
    assert gateway.metric("gateway_live_error_median_percent", version="1") == pytest.approx(9.53, abs=0.05)
    # and when it ends, the other's are gone
    open_rollout(gateway, 10, state="rolled_back", open=None)
    with gateway.app.app_context():
        gateway.services.observer.measure()
    (metric,) = gateway.services.metrics.market_age.collect()
    assert [sample.labels["version"] for sample in metric.samples] == ["1"]


def test_a_version_that_is_not_known_is_not_there(gateway: Gateway) -> None:
    problem(gateway.with_token("cards").get("/api/v1/models/9/live"), 404)
