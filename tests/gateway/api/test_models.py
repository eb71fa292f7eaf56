"""GET /api/v1/models/{version}: a version's card."""

import json
from datetime import datetime

import pytest

from gateway.db.card import CardRow
from gateway.extensions import db
from tests.gateway import market
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import Gateway, check_documented, problem

ROUTE = "/api/v1/models/{version}"


def test_a_versions_card_is_shown(gateway: Gateway) -> None:
    """Its figures, data and limits as published; vocabulary and coefficients have routes of their own."""
    # given a published card, when it is asked for
    shown = check_documented(gateway, gateway.client.get("/api/v1/models/1"), ROUTE)
    # then it is that card
    published = market.card()
    for name in set(published) - {"format", "segments", "bounds", "vocabulary", "coefficients"}:
        assert shown[name] == published[name]
    assert not {"vocabulary", "coefficients"} & set(shown)


def test_segments_of_words_have_labels(gateway: Gateway) -> None:
    """The words are written as everywhere else in the API; the rest of a segment is as published."""
    # given a card with segments of words and of bands, when it is asked for
    shown = check_documented(gateway, gateway.client.get("/api/v1/models/1"), ROUTE)["segments"]
    # then words have their labels
    assert [segment["label"] for segment in shown if "word" in segment] == ["Petrol hybrid", "Asking"]
    assert all("label" not in segment for segment in shown if "from" in segment)
    # and everything else is the card's
    bare = [{name: part for name, part in segment.items() if name != "label"} for segment in shown]
    assert bare == market.card()["segments"]


def test_a_card_of_an_earlier_format_is_not_shown(gateway: Gateway) -> None:
    """A gateway that was upgraded still keeps the cards it was given before: they lack what a reader is to see."""
    # given a card that was published when cards said less
    earlier = {name: part for name, part in market.card("0").items() if name not in ("segments", "intended_use")}
    with gateway.app.app_context():
        document, published_at = json.dumps({**earlier, "format": 1}), datetime(2024, 1, 1)
        db.session.add(CardRow(version="0", digest="0" * 64, document=document, published_at=published_at))
        db.session.commit()
    # when it is asked for, then it is said why there is none
    answer = problem(gateway.client.get("/api/v1/models/0"), 404)
    assert "earlier format" in answer["detail"]


def test_the_version_that_prices_is_marked(gateway: Gateway, model_server: FakeModelServer) -> None:
    """Of all cards one is of the version that answers now."""
    # given two versions, the second of which is served
    gateway.publish(market.card("2"))
    model_server.version = "2"
    gateway.value()
    # when both cards are asked for, then the second is marked
    served = [gateway.client.get(f"/api/v1/models/{version}").get_json()["served"] for version in "12"]
    assert served == [False, True]


def test_many_versions_stay_readable(gateway: Gateway) -> None:
    """Old cards are still found when there are more than are kept in memory."""
    # given more versions than that
    for number in range(2, 9):
        gateway.publish(market.card(str(number)))
    # when each is asked for, twice, then each is there
    for number in [*range(1, 9), *range(1, 9)]:
        assert gateway.client.get(f"/api/v1/models/{number}").get_json()["version"] == str(number)


@pytest.mark.parametrize("version", ["2", "01", "latest", "%00", "%ED%A0%80", "..%2F1", "x" * 5_000, "1 OR 1=1"])
def test_an_unknown_version_is_not_found(gateway: Gateway, version: str) -> None:
    """Whatever stands for a version, what was not published is 404."""
    # given version 1 alone, when another is asked for, then there is none
    response = gateway.client.get(f"/api/v1/models/{version}")
    problem(response, 404)
