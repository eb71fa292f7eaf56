"""Comparables, the market's figures, and the filters' counts of what is on offer."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest

from tests.gateway import lives
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import GOLF, VALUATIONS, Gateway, check_documented, faults, problem
from tests.gateway.lives import NEWEST, SOURCE, life

COMPARABLES = f"{VALUATIONS}/comparables"
MARKET = "/api/v1/market"
FILTERS = "/api/v1/filters"
DAY = timedelta(days=1)


def bring(gateway: Gateway, some: list[Any], run: str = "run-1", source: str = SOURCE) -> None:
    query = {"source": source, "run": run, "part": 1, "parts": 1}
    response = gateway.with_token("listings").put(
        "/api/v1/listings", data=lives.lines(some), content_type="application/jsonl", query_string=query
    )
    assert response.get_json()["refused"] == 0, response.text


def comparables(gateway: Gateway, **changes: Any) -> Any:
    response = gateway.client.post(COMPARABLES, json={**GOLF, **changes})
    assert response.status_code == 200, response.text
    return check_documented(gateway, response, COMPARABLES)


def ids(reply: Mapping[str, Any]) -> list[str]:
    return [each["id"] for each in reply["comparables"]]


def test_the_nearest_are_adjusted_to_the_car(each_gateway: Gateway) -> None:
    """Each by the model's own effects: what it costs, times what the model prices the car above or below it."""
    # given listings that differ in this and that
    some = [
        life("same", mileage_km=48_500.0), life("worn", mileage_km=70_000.0, price_eur=18_000.0),
        life("older", first_registration="2018-03", price_eur=15_000.0), life("diesel", fuel="diesel"),
        life("strong", power_hp=190.0, gearbox="automatic"), life("polo", model="Polo"),
    ]  # fmt: skip
    bring(each_gateway, some)
    # when a Golf's comparables are asked for
    reply = comparables(each_gateway)
    # then the nearest is first, and another model is none
    assert ids(reply)[0] == "same" and set(ids(reply)) == {"same", "worn", "older", "diesel", "strong"}
    subject = each_gateway.value().get_json()["price_eur"]
    assert (reply["price_eur"], reply["as_of"], reply["newest_day"]) == (subject, "2024-06-30", "2024-06-30")
    for each in reply["comparables"]:
        # and its adjusted price is to its own as the car's is to what the model says of it
        fields = {name: each["vehicle"][name] for name in each["vehicle"]}
        own = each_gateway.value(**fields).get_json()["price_eur"]
        assert each["adjusted_eur"] == pytest.approx(each["price_eur"] * subject / own, abs=0.02)
        # and the adjustments add up, to the cent
        cents = [Decimal(str(part["effect_eur"])) for part in each["adjustments"]]
        assert Decimal(str(each["price_eur"])) + sum(cents) == Decimal(str(each["adjusted_eur"]))
    effects = {each["id"]: {part["feature"]: part["effect_eur"] for part in each["adjustments"]}
               for each in reply["comparables"]}  # fmt: skip
    assert set(effects["same"].values()) == {0.0}
    assert effects["worn"]["mileage_km"] > 0 and effects["worn"]["age_years"] == 0.0
    assert effects["older"]["age_years"] > 0 and effects["strong"]["power_hp"] < 0
    assert effects["diesel"]["fuel"] < 0 and effects["strong"]["gearbox"] < 0
    assert reply["median_adjusted_eur"] == round(median(each["adjusted_eur"] for each in reply["comparables"]), 2)
    assert reply["like_cars"] == {"on_offer": 3, "gone": 0} and reply["reason"] is None


def test_one_car_is_shown_once_and_gone_ones_are_marked(each_gateway: Gateway) -> None:
    """Listed by two sources it is one; what is gone for a year is none."""
    # given a car that two sources list, one that is gone, and one that was gone long ago
    gone = {"mileage_km": 49_000.0, "last_seen": NEWEST - 60 * DAY, "gone_on": NEWEST - 59 * DAY}
    old = {"mileage_km": 48_000.0, "last_seen": NEWEST - 400 * DAY, "gone_on": NEWEST - 399 * DAY}
    begun = {"first_seen": NEWEST - 500 * DAY}
    here = life("here", last_seen=NEWEST - DAY)
    bring(each_gateway, [here, life("gone", **gone, **begun), life("old", **old, **begun)])
    bring(each_gateway, [life("there", source="other")], source="other")
    # when comparables are asked for, then each car is there once, by whom it was seen last
    reply = comparables(each_gateway)
    assert [(each["id"], each["on_offer"]) for each in reply["comparables"]] == [("gone", False), ("there", True)]
    assert reply["like_cars"] == {"on_offer": 1, "gone": 1}
    assert reply["comparables"][0]["gone_on"] == "2024-05-02"


def test_a_kept_valuation_has_the_same_comparables(each_gateway: Gateway) -> None:
    """As who asks with its fields; one that is not there has none."""
    # given a kept valuation and a market, when its comparables are asked for
    bring(each_gateway, [life(number, mileage_km=40_000.0 + number) for number in range(20)])
    kept = each_gateway.value(keep=True).get_json()["id"]
    response = each_gateway.client.get(f"{VALUATIONS}/{kept}/comparables")
    # then they are those of its car
    told = check_documented(each_gateway, response, f"{VALUATIONS}/{{valuation_id}}/comparables")
    assert told == comparables(each_gateway)
    assert len(response.get_json()["comparables"]) == 12
    problem(each_gateway.client.get(f"{VALUATIONS}/{'x' * 22}/comparables"), 404)


def test_without_like_cars_there_is_a_reason(each_gateway: Gateway) -> None:
    """Before any listings came, and where none is like it."""
    # given no listings, then others
    first = comparables(each_gateway)
    bring(each_gateway, [life(1, power_hp=320.0), life("odd", fuel="hydrogen", mileage_km=48_500.0)])
    second = comparables(each_gateway)
    # when comparables are asked for, then there are none, and it says why
    assert (first["comparables"], first["median_adjusted_eur"], first["newest_day"]) == ([], None, None)
    assert "no listings" in first["reason"] and "Volkswagen Golf" in second["reason"]
    assert second["comparables"] == []


def test_what_cannot_be_valued_has_no_comparables(gateway: Gateway, model_server: FakeModelServer) -> None:
    """The same refusals as of a valuation; without prices none are shown."""
    # given fields that cannot be used, when comparables are asked for, then each is named
    response = gateway.client.post(COMPARABLES, json={**GOLF, "fuel": "coal", "mileage_km": -1})
    assert faults(response) == {"fuel": "unknown", "mileage_km": "out_of_range"}
    # and without the model server there are none
    model_server.stop()
    assert problem(gateway.client.post(COMPARABLES, json=GOLF), 503)


def market_of(gateway: Gateway, **query: str) -> Any:
    response = gateway.client.get(MARKET, query_string=query)
    assert response.status_code == 200, response.text
    return check_documented(gateway, response, MARKET)


def test_figures_are_of_a_model_a_make_or_all(each_gateway: Gateway) -> None:
    """In any spelling; a model that the version does not know is found too."""
    # given listings of several makes and models
    golfs = [life(1), life(2, price_eur=10_000.0, mileage_km=1.0)]
    bring(each_gateway, [*golfs, life(3, model="ID.7"), life(4, make="Lada", model="Niva")])
    # when their figures are asked for, then each has its own
    assert market_of(each_gateway)["supply"]["on_offer"] == 4
    assert market_of(each_gateway, make="VW")["supply"]["on_offer"] == 3
    golf = market_of(each_gateway, make="vw", model="VW golf")
    assert (golf["make"], golf["car_model"], golf["newest_day"]) == ("Volkswagen", "Golf", "2024-06-30")
    assert golf["history"] == [
        {"month": "2024-06", "cars": 2, "low_eur": 12_500.0, "median_eur": 15_000.0, "high_eur": 17_500.0}
    ]
    assert market_of(each_gateway, make="VW", model="id7")["supply"]["on_offer"] == 1
    assert market_of(each_gateway, make="lada")["supply"]["on_offer"] == 1
    # and what the version knows and nobody lists has none, and says so
    polo = market_of(each_gateway, make="VW", model="Polo")
    assert polo["history"] == [] and "Volkswagen Polo" in polo["reason"]


@pytest.mark.parametrize(
    "query, named",
    [({"make": "Volkswagon"}, {"make": "unknown"}), ({"make": "VW", "model": "Gulf"}, {"model": "no_market_data"}),
     ({"model": "Golf"}, {"make": "missing"}), ({"colour": "red"}, {"colour": "unknown_field"})],
)  # fmt: skip
def test_figures_of_nothing_known_are_refused(gateway: Gateway, query: dict[str, str], named: dict[str, str]) -> None:
    # given such a query, when figures are asked for, then it says what is wrong
    assert faults(gateway.client.get(MARKET, query_string=query)) == named


def test_figures_need_no_model(open_gateway: OpenGateway) -> None:
    """Before a model is published the market can be looked at."""
    # given a gateway without a card
    gateway = open_gateway(publish=False)
    assert "no listings" in market_of(gateway)["reason"]
    # when listings come, then there are figures
    bring(gateway, [life(1)])
    assert market_of(gateway, make="VW", model="Golf")["supply"]["on_offer"] == 1


def test_what_is_on_offer_is_counted_in_the_filters(each_gateway: Gateway) -> None:
    """Beside the listings that the version was trained on, for each option; the tag changes with them."""
    # given filters before any listings
    first = each_gateway.client.get(FILTERS)
    assert first.get_json()["on_offer"] == 0
    # when some come: of known variants, of an unknown one of a known model, and of what no option can be
    some = [life(1), life(2, mileage_km=1.0), life(3, fuel="hybrid_petrol"), life(4, model="ID.7"),
            life(5, fuel="hydrogen"), life("gone", gone_on=NEWEST + DAY, mileage_km=5.0)]  # fmt: skip
    bring(each_gateway, some)
    tag = {"If-None-Match": first.headers["ETag"]}
    second = each_gateway.client.get(FILTERS, headers=tag)
    # then they are counted where the version knows their words
    reply = check_documented(each_gateway, second, FILTERS)
    assert reply["on_offer"] == 3
    assert {option["value"]: option["on_offer"] for option in reply["makes"]} == {
        "Aston Martin": 0, "BMW": 0, "Skoda": 0, "Volkswagen": 3,
    }  # fmt: skip
    assert {option["value"]: option["on_offer"] for option in reply["fuels"]} == {
        "petrol": 2, "diesel": 0, "electric": 0, "hybrid_petrol": 1,
    }  # fmt: skip
    # and an option that the version has no listings of under the other choices is none
    golf = each_gateway.client.get(FILTERS, query_string={"make": "VW", "model": "Golf"}).get_json()
    assert {option["value"]: option["on_offer"] for option in golf["fuels"]} == {"petrol": 2, "diesel": 0}
    assert golf["on_offer"] == 3
    # and what has not changed is not sent again
    again = each_gateway.client.get(FILTERS, headers={"If-None-Match": second.headers["ETag"]})
    assert again.status_code == 304


def test_figures_that_have_not_changed_are_not_sent_again(each_gateway: Gateway) -> None:
    # given figures with their tag, when they are asked for again, then they have not changed, until listings come
    bring(each_gateway, [life(1)])
    tag = {"If-None-Match": each_gateway.client.get(MARKET).headers["ETag"]}
    assert each_gateway.client.get(MARKET, headers=tag).status_code == 304
    bring(each_gateway, [life(2, mileage_km=1.0)], run="run-2")
    assert each_gateway.client.get(MARKET, headers=tag).status_code == 200


def test_a_price_needs_no_database(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A valuation goes on while the database is away, listings or not."""
    # given a market and a card in memory
    bring(gateway, [life(1)])
    gateway.value()
    # when there is no database any more
    monkeypatch.setattr("sqlalchemy.engine.Engine.connect", lambda *_: pytest.fail("the database was asked"))
    # then a car is valued as before
    assert gateway.value().status_code == 200
