"""GET /api/v1/coefficients: what each value of each feature is worth, at a model's typical car or in the market."""

from typing import Any

import pytest

from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from tests.gateway import market
from tests.gateway.gateways import Gateway, check_documented, faults, problem

COEFFICIENTS = "/api/v1/coefficients"
FEATURES = ["fuel", "gearbox", "offer_type", "age_years", "mileage_km", "power_hp"]


def coefficients(gateway: Gateway, **query: str) -> Any:
    response = gateway.client.get(COEFFICIENTS, query_string=query)
    assert response.status_code == 200, response.text
    return check_documented(gateway, response, COEFFICIENTS)


def test_a_models_effects_are_those_of_the_prices(gateway: Gateway) -> None:
    """Each point is what the model would say of the typical car with that one value changed."""
    # given the typical Golf, and the model's prices
    typical = {"fuel": "petrol", "gearbox": "manual", "offer_type": "used",
               "age_years": 5.0, "mileage_km": 60_000.0, "power_hp": 130.0}  # fmt: skip
    scorer = Scorer(market.table())
    base = scorer.score_one(Vehicle("Volkswagen", "Golf", **typical))["price_eur"]  # type: ignore[arg-type]
    # when its coefficients are asked for
    reply = coefficients(gateway, make="VW", model="golf")
    # then base and typical car are its own
    assert (reply["make"], reply["car_model"], reply["typical"]) == ("Volkswagen", "Golf", typical)
    assert reply["base_eur"] == pytest.approx(base, abs=0.01)
    # and so is every point, in euros and per cent
    assert [feature["feature"] for feature in reply["features"]] == FEATURES
    for feature in reply["features"]:
        for point in feature["points"]:
            car = Vehicle("Volkswagen", "Golf", **{**typical, feature["feature"]: point["value"]})  # type: ignore
            price = scorer.score_one(car)["price_eur"]
            assert point["effect_eur"] == pytest.approx(price - base, abs=price * 1e-5)  # cards round the log to 1e-5
            assert point["effect_percent"] == pytest.approx((price / base - 1) * 100, abs=0.005 + price / base * 1e-3)


def test_euros_are_the_per_cent_of_the_base(gateway: Gateway) -> None:
    """The two columns say one thing."""
    # given a model's coefficients
    reply = coefficients(gateway, make="BMW", model="i3")
    # when euros and per cent are compared, then the base lies between them
    points = [point for feature in reply["features"] for point in feature["points"]]
    assert len(points) == sum(map(len, market.card()["coefficients"]["points"].values()))
    for point in points:
        assert point["effect_eur"] == pytest.approx(reply["base_eur"] * point["effect_percent"] / 100, rel=1e-2, abs=2)


def test_kinds_labels_and_units_are_told(gateway: Gateway) -> None:
    """What a chart needs to be drawn and read."""
    # given a model's coefficients, when two features are looked at
    features = {feature["feature"]: feature for feature in coefficients(gateway, make="BMW", model="320")["features"]}
    # then words are levels with labels, numbers are curves with units
    fuel, mileage = features["fuel"], features["mileage_km"]
    assert (fuel["kind"], fuel["label"], fuel["unit"]) == ("levels", "Fuel", None)
    assert [point["label"] for point in fuel["points"]] == ["Diesel", "Electric", "Petrol hybrid", "Petrol"]
    assert (mileage["kind"], mileage["label"], mileage["unit"]) == ("curve", "Mileage", "km")
    assert [point["label"] for point in mileage["points"]] == ["0", "50,000", "150,000", "300,000"]


def test_a_curve_may_have_any_number_of_points(gateway: Gateway) -> None:
    """However fine a version's axes are, and flat over whatever stretch: a label and an effect a point."""
    # given a version whose mileages are many, uneven and large, and change nothing beyond the first
    knots = [step * 40_000.25 for step in range(41)]
    logs = [0.0] + [-0.3] * 40
    card = market.card("2")
    card["coefficients"]["points"]["mileage_km"] = knots
    card["coefficients"]["market"]["mileage_km"] = {"reference": 0.0, "effects": logs}
    for models in card["coefficients"]["effects"].values():
        for effects in models.values():
            effects["mileage_km"] = logs
    gateway.publish(card)
    # when its coefficients are asked for
    reply = coefficients(gateway, make="BMW", model="i3")
    # then each point is there, in words that a person reads
    points = next(feature["points"] for feature in reply["features"] if feature["feature"] == "mileage_km")
    assert [point["value"] for point in points] == knots
    assert [points[0]["label"], points[1]["label"], points[40]["label"]] == ["0", "40,000.2", "1,600,010"]
    assert {point["effect_percent"] for point in points[1:]} == {-25.92}


def test_the_markets_effects_have_no_euros(gateway: Gateway) -> None:
    """Over all models there is no base, so there are per cents alone, against a reference."""
    # given no make and model, when the coefficients are asked for
    reply = coefficients(gateway)
    # then they are the market's
    assert (reply["make"], reply["car_model"], reply["base_eur"]) == (None, None, None)
    assert reply["typical"]["fuel"] == "petrol"
    for feature in reply["features"]:
        assert {point["effect_eur"] for point in feature["points"]} == {None}
        reference = reply["typical"][feature["feature"]]
        assert [p["effect_percent"] for p in feature["points"] if p["value"] == reference] == [0.0]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"make": "Volkswagen"}, {"model": "missing"}),
        ({"model": "Golf"}, {"make": "missing"}),
        ({"make": "", "model": ""}, {"make": "missing", "model": "missing"}),
        ({"make": "Volkswagn", "model": "Golf"}, {"make": "unknown"}),
        ({"make": "Volkswagen", "model": "Passat"}, {"model": "no_market_data"}),
        ({"make": "Volkswagen", "model": "Golf", "mdel": "Golf"}, {"mdel": "unknown_field"}),
        ({"version": "7"}, {"version": "unknown"}),
        ({"version": ""}, {"version": "missing"}),
        ({"version": "1", "sort": "x"}, {"sort": "unknown_field"}),
        ({"make": "\ufffd", "model": "\x1b"}, {"model": "format"}),
    ],
)
def test_a_car_that_is_none_is_refused(gateway: Gateway, query: dict[str, str], named: dict[str, str]) -> None:
    """One without the other, or unknown: named."""
    # given such a query, when the coefficients are asked for, then it is refused
    response = gateway.client.get(COEFFICIENTS, query_string=query)
    assert faults(response) == named
    check_documented(gateway, response, COEFFICIENTS)


def test_another_versions_effects_can_be_asked_for(gateway: Gateway) -> None:
    """Any published version's, whichever is served."""
    # given a second version, in which a Golf is worth more
    card = market.card("2")
    card["coefficients"]["effects"]["Volkswagen"]["Golf"]["base_eur"] = 30_000.0
    gateway.value()  # so that the first is known to be served
    gateway.publish(card)
    # when both are asked for, then each says its own
    golf = {"make": "Volkswagen", "model": "Golf"}
    served, second = coefficients(gateway, **golf), coefficients(gateway, **golf, version="2")
    assert (served["model"]["version"], second["model"]["version"]) == ("1", "2")
    assert second["base_eur"] == 30_000.0 > served["base_eur"]
    # and so for the market
    assert coefficients(gateway, version="2")["model"]["version"] == "2"


def test_without_a_card_there_are_none(open_gateway: Any) -> None:
    """No model published yet: said so."""
    # given a gateway without a card, when the coefficients are asked for, then it is said
    gateway = open_gateway(publish=False)
    problem(gateway.client.get(COEFFICIENTS), 503)
