"""Publishing model cards: once a version, whole, and never changed."""

import math
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
        {"format": 1}, {"format": 3}, {"format": "2"}, {"name": "house-price"}, {"schema_digest": "0" * 64},
        {"version": ""}, {"version": 1}, {"version": None}, {"vocabulary": []}, {"vocabulary": {}},
        {"vocabulary": [1]}, {"data": []}, {"data": {}},
        {"coefficients": {}}, {"coefficients": []}, {"figures": {}}, {"bounds": {}}, {"bounds": []}, {"coverage": None},
        {"coverage": "0.9"}, {"coverage": 1.5}, {"intended_use": []}, {"intended_use": [""]}, {"how_to_read": []},
        {"how_to_read": "Effects"}, {"fairness": [1]}, {"fairness": None}, {"limits": [""]}, {"sale_level": None},
        {"sale_level": math.inf}, {"sale_level": "0"}, {"segments": {}}, {"segments": [{}]}, {"market_index": None},
        {"market_index": [{"date": market.MARKET_AS_OF, "log_level": math.nan}]},
        {"market_index": [{"date": "2024-02-30", "log_level": 0.0}]},
        {"market_index": [{"date": "2024-07-02", "log_level": 0.0}]},
        {"market_index": [{"date": "2024-06-01", "log_level": 0.0}] * 2},
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


@pytest.mark.parametrize("part", sorted(market.card()["data"]))
def test_the_data_of_a_card_must_be_whole(bare: Gateway, part: str) -> None:
    """Of its data every part is shown."""
    # given a card that says not all of its data, when it is published, then it is refused
    card = market.card()
    del card["data"][part]
    with pytest.raises(BadRequest, match=f"data.{part}"):
        bare.publish(card)


@pytest.mark.parametrize("day", ["2024-07-02", "2024-13-01", "2024", "", 20240601, None])
def test_the_oldest_listing_is_of_a_day_of_the_market_or_before(bare: Gateway, day: object) -> None:
    """A day that is none, or that the market had not seen, is a mistake of whoever made the card."""
    # given a card with such a day, when it is published, then it is refused
    with pytest.raises(BadRequest, match=r"\(data"):
        bare.publish(market.card(data={**market.card()["data"], "oldest_listing": day}))


@pytest.mark.parametrize("figure", sorted(set(market.card()["figures"]) - {"mae_up_to_100k_eur"}))
@pytest.mark.parametrize("value", [None, "1", math.nan])
def test_the_figures_of_a_card_are_numbers(bare: Gateway, figure: str, value: object) -> None:
    """Each figure is shown with its name, so each must be there."""
    # given a card one of whose figures is no number, when it is published, then it is refused
    with pytest.raises(BadRequest, match=f"figures.{figure}"):
        bare.publish(market.card(figures={**market.card()["figures"], figure: value}))


def test_a_market_of_dear_cars_has_no_figure_of_common_ones(bare: Gateway) -> None:
    """That figure alone may be missing, and then is in no reply."""
    # given a card without it, when it is published, then it is sound
    figures = market.card()["figures"]
    del figures["mae_up_to_100k_eur"]
    assert bare.publish(market.card(figures=figures))
    assert bare.client.get("/api/v1/models/1").get_json()["figures"] == figures


BAND, WORD = market.card()["segments"][0], market.card()["segments"][3]


@pytest.mark.parametrize(
    "segment",
    [
        {**BAND, "word": "diesel"}, {**WORD, "from": 0, "to": 5}, {**WORD, "from": 0}, {**BAND, "to": 0},
        {**BAND, "from": 20_000}, {**BAND, "from": None}, {**BAND, "from": "0"}, {**BAND, "by": ""},
        {**WORD, "word": ""}, {**WORD, "word": "steam"}, {**WORD, "rows": 0}, {**WORD, "rows": 1.5},
        {name: part for name, part in WORD.items() if name != "word"},
        {name: part for name, part in BAND.items() if name != "to"},
        {**WORD, "mae_eur": 750.0}, {**WORD, "mae_eur": [750.0]}, {**WORD, "mae_eur": [750.0, 700.0]},
        {**WORD, "mae_eur": [750.0, 700.0, 800.0, 900.0]}, {**WORD, "mae_eur": [750.0, 760.0, 800.0]},
        {**WORD, "bias_percent": [0.5, -0.5, 0.4]}, {**WORD, "mdape_percent": [8.0, 7.0, math.nan]},
        {**WORD, "mdape_percent": [8.0, -math.inf, 9.0]}, {**WORD, "coverage_percent": [90.0, -1.0, 95.0]},
        {**WORD, "coverage_percent": [99.0, 95.0, 100.5]}, {**WORD, "mean_width_percent": ["41", "40", "42"]},
    ],
    ids=str,
)  # fmt: skip
def test_a_segment_that_is_none_is_refused(bare: Gateway, segment: dict[str, Any]) -> None:
    """A segment is of a word or of a band, and its intervals hold their values."""
    # given a card with such a segment, when it is published, then it is refused
    with pytest.raises(BadRequest, match="segments.0"):
        bare.publish(market.card(segments=[segment]))


@pytest.mark.parametrize("part", sorted(BAND))
def test_each_segment_must_be_whole(bare: Gateway, part: str) -> None:
    # given a card one of whose segments lacks a part, when it is published, then it is refused
    card = market.card()
    del card["segments"][1][part]
    with pytest.raises(BadRequest, match="segments.1"):
        bare.publish(card)


def test_a_card_may_have_nothing_to_say_of_parts_and_days(bare: Gateway) -> None:
    """A market of few cars has no segments, and one of a single day no index."""
    # given such a card, when it is published, then it is sound
    assert bare.publish(market.card(segments=[], fairness=[], market_index=[], sale_level=0))


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
