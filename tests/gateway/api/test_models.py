"""/api/v1/models: all versions, their cards, and two of them compared."""

import json
import math
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import pytest

from gateway.db.audit import AuditRow
from gateway.db.card import CardRow
from gateway.extensions import db
from tests.gateway import market
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import Gateway, check_documented, faults, problem

MODELS = "/api/v1/models"
ROUTE = f"{MODELS}/{{version}}"
COMPARISON = f"{ROUTE}/comparison/{{other}}"


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


def versions(gateway: Gateway, **query: object) -> Any:
    response = gateway.client.get(MODELS, query_string=query)
    assert response.status_code == 200, response.text
    return check_documented(gateway, response, MODELS)


def test_all_versions_are_listed_the_newest_first(each_gateway: Gateway, model_server: FakeModelServer) -> None:
    """Each with when it was published, its market and its figures; the one that prices is marked."""
    # given two versions, the first of which prices
    each_gateway.publish(market.card("2", figures={**market.card()["figures"], "mae_eur": 1_600.0}))
    each_gateway.value()
    # when they are listed
    reply = versions(each_gateway)
    # then the newer stands first, with what its card says
    assert [(listed["version"], listed["served"]) for listed in reply["versions"]] == [("2", False), ("1", True)]
    assert reply["next"] is None
    newest = reply["versions"][0]
    assert (newest["market_as_of"], newest["synthetic"]) == (market.MARKET_AS_OF, True)
    assert newest["figures"] == {**market.card()["figures"], "mae_eur": 1_600.0}


def test_a_version_of_an_earlier_format_is_listed_without_figures(each_gateway: Gateway) -> None:
    """It was served once and stands in the history, even if its card says too little to be shown."""
    # given a card that was published when cards said less
    with each_gateway.app.app_context():
        published_at = datetime(2024, 1, 1)
        db.session.add(CardRow(version="0", digest="0" * 64, document='{"format": 1}', published_at=published_at))
        db.session.commit()
    # when versions are listed, then it is there
    listed = versions(each_gateway)["versions"][0]
    assert listed == {
        "version": "0", "published_at": "2024-01-01T00:00:00Z", "served": False, "market_as_of": None,
        "synthetic": None, "figures": None,
    }  # fmt: skip


def test_a_long_list_comes_in_pages(each_gateway: Gateway) -> None:
    """Page by page by what each says of the next: all of them, each once, whatever is published meanwhile."""
    # given seven versions
    for number in range(2, 8):
        each_gateway.publish(market.card(str(number)))
    # when they are read in pages of three, while an eighth is published
    pages = [versions(each_gateway, limit=3)]
    each_gateway.publish(market.card("8"))
    while pages[-1]["next"] is not None:
        pages.append(versions(each_gateway, limit=3, before=pages[-1]["next"]))
    # then all seven came
    assert [[listed["version"] for listed in page["versions"]] for page in pages] == [list("765"), list("432"), ["1"]]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"limit": "0"}, {"limit": "out_of_range"}), ({"limit": "101"}, {"limit": "out_of_range"}),
        ({"limit": "9" * 5_000}, {"limit": "too_long"}), ({"limit": "-1"}, {"limit": "out_of_range"}),
        ({"limit": "\u0663"}, {"limit": "out_of_range"}), ({"before": "7"}, {"before": "unknown"}),
        ({"before": "\x00"}, {"before": "format"}), ({"sort": "mae"}, {"sort": "unknown_field"}),
        ({"limit": ["1", "2"]}, {"limit": "duplicate"}),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_meant_is_refused(gateway: Gateway, query: Any, named: dict[str, str]) -> None:
    """What is at fault is named."""
    # given such a query, when versions are asked for, then it is refused
    response = gateway.client.get(MODELS, query_string=query)
    assert faults(response) == named
    check_documented(gateway, response, MODELS)


def test_a_card_is_published_over_http(each_gateway: Gateway) -> None:
    """By a token of scope cards: first 201, the same again 200, another one 409, and the audit log has it once."""
    # given a program that may publish cards
    program = each_gateway.with_token("cards")
    # when it publishes one, again, and another one of the same version
    cards = (market.card("2"), market.card("2"), market.card("2", table_digest="f" * 64))
    responses = [program.put(f"{MODELS}/2", json=card) for card in cards]
    # then the first holds
    assert [response.status_code for response in responses] == [201, 200, 409]
    for response in responses:
        check_documented(each_gateway, response, ROUTE)
    assert each_gateway.client.get(f"{MODELS}/2").get_json()["table_digest"] == "0" * 64
    with each_gateway.app.app_context():
        noted = db.session.scalars(db.select(AuditRow).where(AuditRow.action == "card.put", AuditRow.target == "2"))
        assert [row.actor.partition(":")[0] for row in noted] == ["token"]


def test_an_admin_publishes_a_card_too(gateway: Gateway) -> None:
    """With the session's cookie and the header that proves the page."""
    # given an admin, when he publishes a card, then it is there
    assert gateway.as_role("admin").put(f"{MODELS}/2", json=market.card("2")).status_code == 201


@pytest.mark.parametrize(
    "card",
    [
        {}, market.card("3"), market.card("2", format=1), market.card("2", coverage=2.0), market.card("2", data={}),
        market.card("2", more="\ud800"), market.card("2", limits=["\udfff"]), market.card("2", sale_level=1e999),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_is_no_card_of_the_version_is_refused(gateway: Gateway, card: dict[str, Any]) -> None:
    """It is said why, and nothing is published."""
    # given such a card, when it is put, then it is refused
    response = gateway.with_token("cards").put(f"{MODELS}/2", json=card)
    problem(response, 400)
    check_documented(gateway, response, ROUTE)
    assert [listed["version"] for listed in versions(gateway)["versions"]] == ["1"]


@pytest.mark.parametrize("version", ["a b", "x" * 101, "\u00e4", "%01", "-1"])
def test_a_version_that_cannot_be_in_an_address_is_refused(gateway: Gateway, version: str) -> None:
    """A version names files and addresses: letters, digits, dots, dashes and underscores."""
    # given a card of such a version, when it is put, then it is refused
    response = gateway.with_token("cards").put(f"{MODELS}/{version}", json=market.card(unquote(version)))
    assert "version" in problem(response, 400)["detail"]


def test_a_card_that_is_too_large_is_refused(gateway: Gateway) -> None:
    """Some 8 MB are enough for any market."""
    # given a card of more than that, when it is put, then it is refused
    large = market.card("2", more="x" * (8 * 1024 * 1024))
    problem(gateway.with_token("cards").put(f"{MODELS}/2", json=large), 413)


def compared(gateway: Gateway, version: str, other: str) -> Any:
    response = gateway.client.get(f"{MODELS}/{version}/comparison/{other}")
    assert response.status_code == 200, response.text
    return check_documented(gateway, response, COMPARISON)


def another_card() -> dict[str, Any]:
    """Version 2: better figures, no i3 but an Up, dearer automatics, younger data, another part of the market."""
    card = market.card("2")
    card["figures"]["mae_eur"] = 1_600.5
    card["segments"][0]["mae_eur"] = [700.0, 650.0, 800.0]
    card["segments"][3]["word"] = "electric"
    card["data"] |= {"market_as_of": "2024-08-01", "rows_used": 400}
    card["vocabulary"] = [known for known in card["vocabulary"] if known["make"] != "Aston Martin"]
    up = next(known for known in card["vocabulary"] if known["model"] == "Polo")
    card["vocabulary"].append({**up, "model": "Up"})
    effects = card["coefficients"]["effects"]
    del effects["Aston Martin"]
    effects["Volkswagen"]["Up"] = effects["Volkswagen"]["Polo"]
    # another reference, and knots of its own
    market_effects = card["coefficients"]["market"]
    market_effects["gearbox"] = {"reference": "automatic", "effects": [0.0, -0.2]}
    points = [0.0, 100_000.0, 300_000.0]
    card["coefficients"]["points"]["mileage_km"] = points
    market_effects["mileage_km"] = {"reference": 0.0, "effects": [0.0, -0.4, -0.8]}
    for models in effects.values():
        for of_model in models.values():
            of_model["mileage_km"] = [0.0, -0.4, -0.8]
    return card


def test_two_versions_are_compared(each_gateway: Gateway) -> None:
    """Figures, segments, vocabulary and data side by side, each difference the first less the second."""
    # given another version
    each_gateway.publish(another_card())
    # when it is compared with the first
    reply = compared(each_gateway, "2", "1")
    # then both are told, and what differs
    assert (reply["version"]["version"], reply["other"]["version"]) == ("2", "1")
    assert (reply["version"]["data"]["rows_used"], reply["other"]["data"]["rows_used"]) == (400, 279)
    figures = {pair.pop("figure"): pair for pair in reply["figures"]}
    assert figures["mae_eur"] == {"value": 1_600.5, "other": 1_653.0, "difference": -52.5}
    assert figures["r2"]["difference"] == 0
    assert reply["vocabulary"] == {
        "makes_added": [], "makes_removed": ["Aston Martin"], "models_added": [{"make": "Volkswagen", "model": "Up"}],
        "models_removed": [{"make": "Aston Martin", "model": "Vantage"}],
    }  # fmt: skip
    segments = {(part["by"], part.get("word"), part.get("from")): part for part in reply["segments"]}
    cheap = {pair["figure"]: pair["difference"] for pair in segments["price_eur", None, 0.0]["figures"]}
    assert (cheap["mae_eur"], cheap["bias_percent"]) == (-50.0, 0.0)
    # a part that only one of them has is there, without a difference
    assert segments["fuel", "electric", None]["rows"] == {"value": 30, "other": None, "difference": None}
    assert segments["fuel", "hybrid_petrol", None]["rows"] == {"value": None, "other": 30, "difference": None}


def test_the_markets_effects_are_compared_against_one_reference(gateway: Gateway) -> None:
    """Both against the first version's reference, at its points, the other read between its own."""
    # given versions whose references and knots differ
    gateway.publish(another_card())
    # when they are compared
    features = {feature["feature"]: feature for feature in compared(gateway, "2", "1")["market"]}
    # then a word's effects differ by what they say of the same change
    gearbox = {point["at"]: point for point in features["gearbox"]["points"]}
    assert features["gearbox"]["reference"] == "automatic"
    assert gearbox["automatic"]["difference"] == 0.0
    was = market.card()["coefficients"]["market"]["gearbox"]["effects"]  # automatic, manual
    assert gearbox["manual"]["value"] == pytest.approx(math.expm1(-0.2) * 100, abs=0.006)
    assert gearbox["manual"]["other"] == pytest.approx(math.expm1(was[1] - was[0]) * 100, abs=0.006)
    # and a curve is read on the line between its points: 100,000 km lie half way from 50,000 to 150,000
    mileage = {point["at"]: point for point in features["mileage_km"]["points"]}
    curve = market.card()["coefficients"]["market"]["mileage_km"]["effects"]  # 0, 50,000, 150,000, 300,000
    half_way = (curve[1] + curve[2]) / 2 - curve[0]
    assert mileage[100_000.0]["other"] == pytest.approx(math.expm1(half_way) * 100, abs=0.006)
    assert mileage[300_000.0]["other"] == pytest.approx(math.expm1(curve[3] - curve[0]) * 100, abs=0.006)


def test_a_version_differs_not_from_itself(gateway: Gateway) -> None:
    """Every difference is nought."""
    # given one version, when it is compared with itself, then nothing differs
    reply = compared(gateway, "1", "1")
    pairs = [*reply["figures"], *(pair for part in reply["segments"] for pair in [part["rows"], *part["figures"]]),
             *(point for feature in reply["market"] for point in feature["points"])]  # fmt: skip
    assert {pair["difference"] for pair in pairs} == {0}
    assert not any(reply["vocabulary"].values())


def test_what_is_not_there_is_not_compared(each_gateway: Gateway) -> None:
    """Unknown on either side: 404."""
    # given version 1 alone, when another is compared, then there is none
    for pair in ("1/comparison/2", "2/comparison/1", "%00/comparison/1", "1/comparison/%00"):
        problem(each_gateway.client.get(f"{MODELS}/{pair}"), 404)
