"""Publishing model cards: once a version, whole, and never changed."""

import threading
from typing import Any

import pytest

from gateway.errors import BadRequest, Conflict
from tests.gateway import market
from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import Gateway


@pytest.fixture
def bare(open_gateway: OpenGateway) -> Gateway:
    """A gateway that nothing was published to."""
    return open_gateway(publish=False)


def test_a_card_is_published_once(bare: Gateway) -> None:
    """The same card again is no change, in whatever order its parts stand."""
    # given a card, when it is published again and again
    first, second = bare.publish(market.card()), bare.publish(market.card())
    reordered = bare.publish(dict(reversed(list(market.card().items()))))
    # then it was new once
    assert (first, second, reordered) == (True, False, False)


def test_a_versions_card_never_changes(bare: Gateway) -> None:
    """The same version with another card is refused, and the first stays."""
    # given a published card
    bare.publish(market.card())
    # when the version comes with another, then it is refused
    with pytest.raises(Conflict, match="version 1 "):
        bare.publish(market.card(table_digest="f" * 64))
    assert bare.client.get("/api/v1/models/1").get_json()["table_digest"] == "0" * 64


def test_cards_that_are_published_at_once_are_one(open_gateway: OpenGateway) -> None:
    """Two promotions of one version at a time: one publishes, and none fails."""
    # given a gateway, and many publishers of one card that begin together
    gateway = open_gateway(publish=False)
    barrier = threading.Barrier(6)
    results: list[object] = []

    def publish() -> None:
        barrier.wait()
        try:
            results.append(gateway.publish(market.card()))
        except Exception as error:  # whatever it is, it is a failure of this law
            results.append(error)

    publishers = [threading.Thread(target=publish) for _ in range(6)]
    for publisher in publishers:
        publisher.start()
    for publisher in publishers:
        publisher.join()
    # then one of them was the first
    assert sorted(results, key=str) == [False] * 5 + [True]


@pytest.mark.parametrize("document", [None, 1, "card", [], {}, {"format": 1}, {"name": "car-price"}], ids=repr)
def test_what_is_no_card_is_refused(bare: Gateway, document: Any) -> None:
    """Other JSON is not published."""
    # given something else, when it is published, then it is refused
    with pytest.raises(BadRequest):
        bare.publish(document)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2}, {"name": "house-price"}, {"schema_digest": "0" * 64}, {"version": ""}, {"version": 1},
        {"version": None}, {"vocabulary": []}, {"vocabulary": {}}, {"vocabulary": [1]}, {"data": []}, {"data": {}},
        {"coefficients": {}}, {"coefficients": []}, {"figures": {}}, {"bounds": {}}, {"bounds": []}, {"coverage": None},
        {"coverage": "0.9"}, {"coverage": 1.5},
    ],
    ids=str,
)  # fmt: skip
def test_a_card_of_another_kind_is_refused(bare: Gateway, changes: dict[str, Any]) -> None:
    """Another format, model, contract or shape is found when it is published, not by a customer."""
    # given a card with such a part, when it is published, then it is refused
    with pytest.raises(BadRequest):
        bare.publish(market.card(**changes))


@pytest.mark.parametrize("part", sorted(market.card()))
def test_a_card_must_be_whole(bare: Gateway, part: str) -> None:
    """Every part of a card is read by some reply."""
    # given a card that lacks a part, when it is published, then it is refused
    card = market.card()
    del card[part]
    with pytest.raises(BadRequest):
        bare.publish(card)


@pytest.mark.parametrize("part", sorted(market.card()["vocabulary"][0]))
def test_each_model_of_a_card_must_be_whole(bare: Gateway, part: str) -> None:
    """So is every part of a model."""
    # given a card one of whose models lacks a part, when it is published, then it is refused
    card = market.card()
    del card["vocabulary"][3][part]
    with pytest.raises(BadRequest):
        bare.publish(card)


@pytest.mark.parametrize("part", ["points", "market", "effects"])
def test_coefficients_of_a_card_must_be_whole(bare: Gateway, part: str) -> None:
    """And of its coefficients."""
    # given a card whose coefficients lack a part, when it is published, then it is refused
    card = market.card()
    del card["coefficients"][part]
    with pytest.raises(BadRequest):
        bare.publish(card)


def test_each_model_of_a_card_must_have_coefficients(bare: Gateway) -> None:
    """A model that can be valued can be explained."""
    # given a card that has no coefficients of one of its models, when it is published, then it is refused
    card = market.card()
    del card["coefficients"]["effects"]["Volkswagen"]["Polo"]
    with pytest.raises(BadRequest):
        bare.publish(card)
