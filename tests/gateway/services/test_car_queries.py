"""The list of cars: searched, filtered, in any order, page by page."""

import os
import random
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.extensions import db
from gateway.services import car_lists
from gateway.services.car_queries import SORTS
from gateway.services.car_words import words_of
from gateway.services.identity import CUSTOMER, DEALER
from tests.gateway import stock
from tests.gateway.api.test_cars import CARS, offer
from tests.gateway.gateways import Gateway, check_documented, faults

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
KEYS = {
    "created": lambda car: car["created_at"], "price": lambda car: car["price_eur"],
    "mileage": lambda car: car["vehicle"]["mileage_km"],
    "registration": lambda car: car["vehicle"]["first_registration"],
}  # fmt: skip


def pages(client: FlaskClient, **query: Any) -> list[dict[str, Any]]:
    """The cars of all pages."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {**query, **({"cursor": cursor} if cursor else {})}
        answer = client.get(CARS, query_string=asked).get_json()
        assert len(answer["cars"]) <= query.get("limit", 25)
        found += answer["cars"]
        cursor = answer["next"]
    return found


@pytest.mark.parametrize("most_found", [1_000, 20], ids=["picked", "walked"])
def test_pages_together_are_the_list(
    each_gateway: Gateway, most_found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law: in every order, for every search and by either way, each car that fits comes once, where it belongs."""
    # given cars of which many tie in each order, and either of the two ways to search them
    monkeypatch.setattr(car_lists, "MOST_FOUND", most_found)
    with each_gateway.app.app_context():
        stock.fill(120)
        db.session.rollback()
    dealer = each_gateway.as_role(DEALER)
    everything = pages(dealer, limit=100)
    assert len(everything) == 120
    chance = random.Random(1)
    for sort in SORTS if WHOLE else SORTS[1::2]:
        for search, state, make, model in (
            (None, None, None, None), ("nice", None, "BMW", None), ("customer nice golf", "sold", None, None),
            (None, "offered", "Volkswagen", "Golf"),
        ):  # fmt: skip
            # when all pages are read, of whatever size
            asked = (("q", search), ("state", state), ("make", make), ("model", model))
            query = {name: value for name, value in asked if value}
            found = pages(dealer, sort=sort, limit=chance.randint(20, 60), **query)
            # then they are the cars that fit, in this order
            key = KEYS[sort.removeprefix("-")]
            values = [key(car) for car in found]
            assert values == sorted(values, reverse=sort.startswith("-"))
            fitting = {car["id"] for car in everything if fits(car, search, state, make, model)}
            assert {car["id"] for car in found} == fitting
            assert len({car["id"] for car in found}) == len(found)


def fits(car: dict[str, Any], search: str | None, state: str | None, make: str | None, model: str | None) -> bool:
    text = f"{car['vehicle']['make']} {car['vehicle']['model']} {car['note']} {car['contact']['name']}"
    has = [any(word.startswith(part) for word in words_of(text)) for part in words_of(search or "")]
    named = make in (None, car["vehicle"]["make"]) and model in (None, car["vehicle"]["model"])
    return all(has) and named and state in (None, car["state"])


def test_a_make_and_a_model_are_those_of_this_name_alone(each_gateway: Gateway) -> None:
    """And not others whose words begin so; a model has a make."""
    # given a Golf, and a Polo whose note speaks of a Golf
    dealer = each_gateway.as_role(DEALER)
    golf, polo = offer(each_gateway.client), offer(each_gateway.client, model="Polo", note="no Golf")
    # when they are asked for by make and model, then those alone are found, with a search beside it too
    for query, expected in (
        ({"make": "Volkswagen"}, [polo, golf]), ({"make": "Volkswagen", "model": "Golf"}, [golf]),
        ({"make": "Volkswagen", "model": "Golf", "q": "polo"}, []), ({"make": "Volkswagen", "q": "golf"}, [polo, golf]),
        ({"make": "Volks"}, []), ({"make": "volkswagen"}, []), ({"make": "BMW"}, []), ({"make": "?!"}, []),
    ):  # fmt: skip
        found = check_documented(each_gateway, dealer.get(CARS, query_string=query), CARS)["cars"]
        assert [car["id"] for car in found] == [car["id"] for car in expected], query
    assert faults(dealer.get(CARS, query_string={"model": "Golf"})) == {"make": "missing"}


def test_a_car_is_found_by_the_beginnings_of_its_words(each_gateway: Gateway) -> None:
    """Make, model, year, fuel, contact and note, in any case and without accents; all words must be there."""
    # given two cars
    dealer = each_gateway.as_role(DEALER)
    golf = offer(each_gateway.client, note="Fährt gut; zwei Schlüssel", contact={"name": "Zoë Öz", "email": "zo@x.de"})
    bmw = offer(each_gateway.client, make="BMW", model="i3", fuel="electric", gearbox="automatic", power_hp=170)
    # when they are searched, then those are found that have all the words
    for search, expected in (
        ("golf", [golf]), ("GOL", [golf]), ("volks go", [golf]), ("2020", [bmw, golf]), ("elec", [bmw]),
        ("zoe oz", [golf]), ("zo@x.de", [golf]), ("fahrt schlussel", [golf]), ("eva", [bmw]), ("golf eva", []),
        ("olf", []), ("?!", [bmw, golf]), ("", [bmw, golf]), ("golf-zwei", [golf]), ("%", [bmw, golf]),
    ):  # fmt: skip
        response = dealer.get(CARS, query_string={"q": search})
        found = check_documented(each_gateway, response, CARS)["cars"]
        assert [car["id"] for car in found] == [car["id"] for car in expected], search


def test_a_cursor_is_good_for_its_list_alone(gateway: Gateway) -> None:
    """In another order, state or search it would leave cars out without a word."""
    # given the cursor of a list
    dealer = gateway.as_role(DEALER)
    for _ in range(3):
        offer(gateway.client, price_eur=9_000)
    query = {"sort": "price", "limit": "1", "q": "golf"}
    cursor = dealer.get(CARS, query_string=query).get_json()["next"]
    assert dealer.get(CARS, query_string={**query, "cursor": cursor, "limit": "2"}).status_code == 200
    # when it is used for another, or is none, then it is refused
    for changes in ({"sort": "-price"}, {"sort": "mileage"}, {"state": "offered"}, {"q": "polo"},
                    {"make": "Volkswagen"},
                    {"cursor": cursor[:-2]}, {"cursor": "x"}, {"cursor": "ä"}, {"cursor": "W10"}, {"cursor": "MQ"},
                    {"cursor": ""}, {"cursor": "W" * 300}):  # fmt: skip
        response = dealer.get(CARS, query_string={**query, "cursor": cursor, **changes})
        assert faults(response) == {"cursor": "unknown"}, changes


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", {"limit": "out_of_range"}), ("limit=101", {"limit": "out_of_range"}),
        ("limit=ten", {"limit": "out_of_range"}), ("limit=", {"limit": "out_of_range"}),
        ("sort=colour", {"sort": "unknown"}), ("state=stolen&sort=", {"sort": "unknown", "state": "unknown"}),
        ("page=2", {"page": "unknown_field"}), (f"q={'x' * 101}", {"q": "too_long"}),
    ],
)  # fmt: skip
def test_a_query_with_a_mistake_is_refused(gateway: Gateway, query: str, expected: dict[str, str]) -> None:
    # given a query with mistakes, when it is asked, then each is named
    assert faults(gateway.as_role(DEALER).get(f"{CARS}?{query}")) == expected


def test_a_customer_pages_through_his_own(each_gateway: Gateway) -> None:
    """By the same orders and searches, among others' cars."""
    # given a customer with three cars among others
    customer = each_gateway.as_role(CUSTOMER)
    own = []
    for mileage_km in (3_000, 1_000, 2_000):
        own.append(offer(customer, mileage_km=mileage_km, note="mine")["id"])
        offer(each_gateway.client, mileage_km=1_500, note="mine")
    # when he pages, then he sees his, in order
    assert [car["id"] for car in pages(customer, limit=1, sort="mileage", q="mine")] == [own[1], own[2], own[0]]
    assert [car["id"] for car in pages(customer, limit=2)] == own[::-1]
    assert pages(customer, state="sold") == []
    # and by price he sorts nothing: by the order he would see what the house asks for a car that was his
    assert faults(customer.get("/api/v1/cars?sort=-price")) == {"sort": "not_allowed"}
