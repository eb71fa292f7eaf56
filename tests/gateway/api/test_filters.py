"""GET /api/v1/filters: what can still be chosen, each list given the choices in all the others."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway import market
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import Gateway, check_documented, faults, problem
from tests.gateway.waiting import until

FILTERS = "/api/v1/filters"
FACETS = {"fuel": "fuels", "gearbox": "gearboxes", "offer_type": "offer_types"}


def filters(gateway: Gateway, **chosen: str) -> Any:
    response = gateway.client.get(FILTERS, query_string=chosen)
    assert response.status_code == 200, response.text
    return check_documented(gateway, response, FILTERS)


def options(reply: dict[str, Any], facet: str) -> dict[str, int]:
    return {option["value"]: option["listings"] for option in reply[facet]}


def listings(**chosen: str) -> int:
    """Counted by hand: the market's listings that agree with these choices."""
    names = ("make", "model", "fuel", "gearbox", "offer_type")
    return sum(
        count
        for pair, (_, _, variants) in market.MARKET.items()
        for *words, count in variants
        if all(dict(zip(names, (*pair, *words), strict=True))[name] == word for name, word in chosen.items())
    )


def test_without_a_choice_all_is_offered(gateway: Gateway) -> None:
    """The whole market: makes by name, words by how common they are, no models before a make."""
    # given nothing chosen, when the filters are asked for
    reply = filters(gateway)
    # then all listings are there
    assert reply["listings"] == listings() == 279
    assert list(options(reply, "makes").items()) == [
        ("Aston Martin", 3), ("BMW", 86), ("Skoda", 30), ("Volkswagen", 160),
    ]  # fmt: skip
    assert reply["models"] == []
    assert options(reply, "fuels") == {"petrol": 148, "diesel": 124, "electric": 6, "hybrid_petrol": 1}
    assert [option["value"] for option in reply["fuels"]] == ["petrol", "diesel", "electric", "hybrid_petrol"]
    assert reply["fuels"][3]["label"] == "Petrol hybrid"
    assert reply["age_years"] == {"min": 0.0, "max": 12.0}
    assert reply["typical"] is None
    assert reply["model"] == {"name": "car-price", "version": "1"}


def test_a_make_narrows_the_rest_and_can_still_be_changed(gateway: Gateway) -> None:
    """Choosing a make offers its models and words; the makes stay all there."""
    # given a make, when the filters are asked for
    reply = filters(gateway, make="BMW")
    # then its own models, fuels and numbers remain, and every make
    assert options(reply, "models") == {"320": 80, "i3": 6}
    assert options(reply, "fuels") == {"diesel": 55, "petrol": 25, "electric": 6}
    assert options(reply, "makes") == options(filters(gateway), "makes")
    assert reply["power_hp"] == {"min": 150.0, "max": 252.0}
    assert reply["listings"] == 86


def test_a_model_has_a_typical_car(gateway: Gateway) -> None:
    """With make and model chosen, the form can be filled in for the typical car."""
    # given a model, when the filters are asked for
    reply = filters(gateway, make="VW", model="golf")
    # then it is there in full, and the make's other models still can be chosen
    assert reply["typical"] == {
        "fuel": "petrol", "gearbox": "manual", "offer_type": "used", "age_years": 5.0, "mileage_km": 60_000.0,
        "power_hp": 130.0,
    }  # fmt: skip
    assert options(reply, "models") == {"Golf": 120, "Polo": 40}
    assert reply["mileage_km"] == {"min": 0.0, "max": 250_000.0}


def test_a_fuel_narrows_the_makes(gateway: Gateway) -> None:
    """Makes that have no such car are not offered; the other fuels are."""
    # given a fuel, when the filters are asked for
    reply = filters(gateway, fuel="Elektro")
    # then one make has it
    assert options(reply, "makes") == {"BMW": 6}
    assert options(reply, "fuels") == options(filters(gateway), "fuels")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pair=st.sampled_from([None, *sorted(market.MARKET)]),
    model_too=st.booleans(),
    words=st.fixed_dictionaries({}, optional={name: st.sampled_from(words) for name, words in market.WORDS.items()}),
)
def test_each_list_agrees_with_the_choices_in_the_others(
    gateway: Gateway, pair: tuple[str, str] | None, model_too: bool, words: dict[str, str]
) -> None:
    """Every option, if chosen instead, leaves as many listings as it says; one that is not offered leaves none."""
    # given any choices
    chosen = dict(words)
    if pair is not None:
        chosen |= {"make": pair[0], **({"model": pair[1]} if model_too else {})}
    # when the filters are asked for
    reply = filters(gateway, **chosen)
    # then the counts are those of the listings
    assert reply["listings"] == listings(**chosen)
    for name, facet in FACETS.items():
        expected = {word: listings(**{**chosen, name: word}) for word in market.WORDS[name]}
        assert options(reply, facet) == {word: count for word, count in expected.items() if count}
    makes = {make for make, _ in market.MARKET}
    of_make = {make: listings(**{**words, "make": make}) for make in makes}
    assert options(reply, "makes") == {make: count for make, count in of_make.items() if count}
    if "make" in chosen:
        models = {model for make, model in market.MARKET if make == chosen["make"]}
        of_model = {model: listings(**{**chosen, "model": model}) for model in models}
        assert options(reply, "models") == {model: count for model, count in of_model.items() if count}
    else:
        assert reply["models"] == []


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        ({"make": "Volkswagn"}, {"make": "unknown"}),
        ({"make": "Volkswagen", "model": "Passat"}, {"model": "no_market_data"}),
        ({"model": "Golf"}, {"make": "missing"}),
        ({"fuel": "steam", "gearbox": "none at all"}, {"fuel": "unknown", "gearbox": "unknown"}),
        ({"offer_type": "stolen", "colour": "red"}, {"offer_type": "unknown", "colour": "unknown_field"}),
        ({"make": "\x00"}, {"make": "format"}),
        ({"make": "x" * 5_000}, {"make": "too_long"}),
        ({"mileage_km": "1"}, {"mileage_km": "unknown_field"}),
    ],
)
def test_a_choice_that_is_none_is_refused(gateway: Gateway, chosen: dict[str, str], named: dict[str, str]) -> None:
    """Each choice at fault is named; none is left out in silence."""
    # given such choices, when the filters are asked for, then they are named
    response = gateway.client.get(FILTERS, query_string=chosen)
    assert faults(response) == named
    check_documented(gateway, response, FILTERS)


def test_a_misspelt_make_comes_with_the_nearest(gateway: Gateway) -> None:
    """As in a valuation."""
    # given a misspelt make, when the filters are asked for, then the nearest is offered
    error = problem(gateway.client.get(FILTERS, query_string={"make": "Volkswagn"}), 422)["errors"][0]
    assert error["suggestions"] == ["Volkswagen"]


def test_an_empty_choice_is_no_choice(gateway: Gateway) -> None:
    """A form's empty field chooses nothing."""
    # given empty fields, when the filters are asked for, then all is offered
    assert filters(gateway, make="", model="", fuel="") == filters(gateway)


def test_what_has_not_changed_is_not_sent_again(gateway: Gateway) -> None:
    """A client that has the reply is told so in a few bytes, until another version is served."""
    # given a reply with its tag
    first = gateway.client.get(FILTERS, query_string={"make": "BMW"})
    tag = first.headers["ETag"]
    # when it is asked for again
    again = gateway.client.get(FILTERS, query_string={"make": "BMW"}, headers={"If-None-Match": tag})
    # then it has not changed
    assert (again.status_code, again.data) == (304, b"")
    # and other choices, or another version's, have
    other = gateway.client.get(FILTERS, query_string={"make": "Skoda"}, headers={"If-None-Match": tag})
    assert other.status_code == 200
    gateway.publish(market.card("2"))
    newer = gateway.client.get(FILTERS, query_string={"make": "BMW"}, headers={"If-None-Match": tag})
    assert (newer.status_code, newer.get_json()["model"]["version"]) == (200, "2")


@pytest.mark.parametrize("told_by", ["a price", "a probe"])
def test_a_promotion_changes_them_with_the_version(
    open_gateway: Any, model_server: FakeModelServer, told_by: str
) -> None:
    """The first request after an answer of the new version has its vocabulary, whoever got that answer."""
    # given choices of version 1 with their tag, while the model server changes to version 2, which knows no BMW
    gateway = open_gateway(probe_interval_s=0.05)
    gateway.value()
    first = gateway.client.get(FILTERS)
    card = market.card("2")
    card["vocabulary"] = [known for known in card["vocabulary"] if known["make"] != "BMW"]
    gateway.publish(card)
    model_server.version = "2"
    # when somebody is told a price by it, or a probe is
    if told_by == "a price":
        gateway.value()
    else:
        gateway.services.prices.start()
        assert until(lambda: gateway.services.prices.state.version == "2")
    # then the choices are another version's, and so is their tag
    tag = first.headers["ETag"]
    second = gateway.client.get(FILTERS, headers={"If-None-Match": tag})
    assert second.status_code == 200 and second.headers["ETag"] != tag
    assert "BMW" in options(first.get_json(), "makes") and "BMW" not in options(second.get_json(), "makes")
    assert second.get_json()["model"]["version"] == "2"


def test_a_cache_asks_before_it_answers(gateway: Gateway) -> None:
    """No reply is used again unasked, the short one included: a promotion may have come."""
    # given a reply, and a second one that has not changed
    first = gateway.client.get(FILTERS)
    second = gateway.client.get(FILTERS, headers={"If-None-Match": first.headers["ETag"]})
    # when their headers are read, then both say so
    assert (first.status_code, second.status_code) == (200, 304)
    for response in (first, second):
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["ETag"] == first.headers["ETag"]
    # and both are documented
    documented = gateway.spec["paths"][FILTERS]["get"]["responses"]
    assert {"ETag", "Cache-Control"} <= set(documented["200"]["headers"]) and "304" in documented


def test_without_a_card_there_is_nothing_to_choose(open_gateway: Any) -> None:
    """No model published yet: said so, with when to come back."""
    # given a gateway without a card, when the filters are asked for, then it is said
    gateway = open_gateway(publish=False)
    response = gateway.client.get(FILTERS)
    assert "published" in problem(response, 503)["detail"]
    assert response.headers["Retry-After"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=60) | st.dictionaries(st.sampled_from(["make", "model", "fuel"]), st.text()))
@pytest.mark.parametrize("path", [FILTERS, "/api/v1/coefficients"])
def test_no_query_makes_the_gateway_fail(gateway: Gateway, path: str, query: str | dict[str, str]) -> None:
    """Whatever stands behind the question mark, the reply is a documented one."""
    # given any query, when it is asked, then it is answered or refused in good order
    if isinstance(query, str):
        response = gateway.client.get(path, environ_overrides={"QUERY_STRING": query.encode().decode("latin-1")})
    else:
        response = gateway.client.get(path, query_string=query)
    assert response.status_code in (200, 422)
    check_documented(gateway, response, path)
