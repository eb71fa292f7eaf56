"""/api/v1/cars: cars that are offered or in stock, and who may do what with them."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from gateway.db import moments
from gateway.db.car import CarEventRow, CarRow, CarWordRow
from gateway.db.idempotency import IdempotencyRow
from gateway.db.transactions import writing
from gateway.extensions import db
from gateway.services import persons
from gateway.services.car_states import MOVES, SOLD, STATES
from gateway.services.identity import ADMIN, CUSTOMER, DEALER
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import GOLF, VALUATIONS, Gateway, check_documented, faults, problem

CARS = "/api/v1/cars"
ONE = f"{CARS}/{{car_id}}"
VEHICLE = {name: value for name, value in GOLF.items() if name != "as_of"}
EVA = {"name": "Eva Muster", "email": "eva@example.org"}
UNKNOWN = "0123456789012345678901"
SALE = {"sale_price_eur": 17_500, "sold_on": "2024-05-31"}


def offer(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    """A Golf, offered or taken in by this client, with these fields changed; one that is Ellipsis is left out."""
    response = send(client, **changes)
    assert response.status_code == 201, response.text
    return response.get_json()


def send(client: FlaskClient, headers: dict[str, str] | None = None, **changes: Any) -> TestResponse:
    fields = {**VEHICLE, "contact": EVA, **changes}
    body = {name: value for name, value in fields.items() if value is not ...}
    return client.post(CARS, json=body, headers=headers)


def path(car: dict[str, Any]) -> str:
    return f"{CARS}/{car['id']}"


def listed(client: FlaskClient, **query: Any) -> list[str]:
    """The ids of a page of the list."""
    response = client.get(CARS, query_string=query)
    assert response.status_code == 200, response.text
    return [car["id"] for car in response.get_json()["cars"]]


def set_state(gateway: Gateway, car: dict[str, Any], state: str) -> None:
    with gateway.app.app_context(), writing() as session:
        session.execute(update(CarRow).where(CarRow.id == car["id"]).values(state=state))


@pytest.fixture
def dealer(each_gateway: Gateway) -> FlaskClient:
    return each_gateway.as_role(DEALER)


def test_anybody_offers_a_car_for_our_estimate(each_gateway: Gateway, dealer: FlaskClient) -> None:
    """Without an account: the price is a valuation's, which is kept; a code is all that one needs."""
    # given somebody without an account, when he offers a car and names no price
    response = send(each_gateway.client)
    # then it is offered at our estimate
    car = check_documented(each_gateway, response, CARS)
    worth = each_gateway.value(as_of=...).get_json()["price_eur"]
    assert (response.status_code, car["state"], car["price_is_own"]) == (201, "offered", False)
    assert car["price_eur"] == car["estimate_eur"] == worth
    assert "contact" not in car and "note" not in car
    # and the valuation is kept
    assert each_gateway.client.get(f"{VALUATIONS}/{car['valuation']}").get_json()["price_eur"] == worth
    # and the dealer reads who offers it
    told = check_documented(each_gateway, dealer.get(path(car)), ONE)
    assert told["contact"] == {**EVA, "phone": None}
    assert told == {**{name: value for name, value in car.items() if name != "code"}, "contact": told["contact"],
                    "note": None}  # fmt: skip


def test_an_offer_is_estimated_at_the_buying_price(open_gateway: OpenGateway) -> None:
    """Where the operator has set a margin, we pay the market's price less it; stock is worth the whole."""
    # given a margin of 12.5 per cent
    gateway = open_gateway(buying_margin_percent=12.5)
    valued = gateway.value(as_of=...).get_json()
    # when a car is offered, and one taken into stock, then both prices are named as what they are
    assert valued["buying_price_eur"] == pytest.approx(valued["price_eur"] * 0.875, abs=0.006)
    assert offer(gateway.client)["price_eur"] == valued["buying_price_eur"]
    assert offer(gateway.as_role(DEALER))["price_eur"] == valued["price_eur"]


def test_who_sells_at_our_price_is_paid_the_bonus(open_gateway: OpenGateway) -> None:
    """On top of the buying price, and only to him: not at a price of his own, and not of a car that is ours."""
    # given a margin and a bonus
    gateway = open_gateway(buying_margin_percent=12.5, selling_bonus_eur=250.0)
    buying = gateway.value(as_of=...).get_json()["buying_price_eur"]
    # when a car is offered at our price, then the bonus is in it, and not in what it is worth
    car = offer(gateway.client)
    assert (car["price_eur"], car["estimate_eur"]) == (pytest.approx(buying + 250), buying)
    # and at another price, or from the house, there is none
    assert offer(gateway.client, price_eur=9_000)["price_eur"] == 9_000
    stock = offer(gateway.as_role(DEALER))
    assert stock["price_eur"] == stock["estimate_eur"]


def test_without_a_margin_no_buying_price_is_named(gateway: Gateway) -> None:
    # given no margin, when a car is valued, then its buying price is null
    assert gateway.value().get_json()["buying_price_eur"] is None


def test_a_price_of_ones_own_needs_no_model(each_gateway: Gateway, model_server: FakeModelServer) -> None:
    """While the model server is down cars are offered at their owners' prices; who wants ours is asked to come back."""
    # given a model server that is down
    model_server.stop()
    # when cars are offered with and without a price, then the one is taken
    car = offer(each_gateway.client, price_eur=12_000)
    assert (car["price_eur"], car["price_is_own"]) == (12_000, True)
    assert (car["estimate_eur"], car["valuation"]) == (None, None)
    # and the other is not
    assert "Retry-After" in send(each_gateway.client).headers
    problem(send(each_gateway.client), 503)


def test_a_car_without_market_data_needs_a_price(gateway: Gateway) -> None:
    """We cannot say what it is worth, and take it all the same if its owner does."""
    # given a model that nobody has listed, when it is offered without and with a price
    assert faults(send(gateway.client, model="Quattroporte")) == {"model": "no_market_data"}
    car = offer(gateway.client, model="Quattroporte", price_eur=30_000)
    # then only the latter is taken
    assert (car["vehicle"]["model"], car["valuation"]) == ("Quattroporte", None)


def test_a_dealer_takes_a_car_of_the_house_in(each_gateway: Gateway, dealer: FlaskClient) -> None:
    """It is in stock at once, needs no contact and has no code."""
    # given a dealer, when he enters a car
    car = offer(dealer, contact=...)
    # then it is in stock
    assert (car["state"], car["code"]) == ("in_stock", None)
    assert check_documented(each_gateway, dealer.get(path(car)), ONE)["contact"] is None


def test_what_the_house_asks_is_not_the_sellers_business(each_gateway: Gateway, dealer: FlaskClient) -> None:
    """Once his car is taken in he sees how it stands, and neither what it is to cost nor what it was sold for."""
    # given a customer's offer that was taken in, repriced and sold
    customer = each_gateway.as_role(CUSTOMER)
    car = offer(customer, price_eur=9_000)
    assert customer.get(path(car)).get_json()["price_eur"] == 9_000
    for change in ({"state": "in_stock"}, {"price_eur": 14_900}):
        assert dealer.patch(path(car), json=change).status_code == 200
    sale = {"sale_price_eur": 14_500, "sold_on": "2024-06-30"}
    assert dealer.post(f"{path(car)}/sale", json=sale).status_code == 200
    # when he looks, by his account or by his code
    told = check_documented(each_gateway, customer.get(path(car)), ONE)
    listed_car = customer.get("/api/v1/cars").get_json()["cars"][0]
    status = check_documented(each_gateway, customer.get(f"/api/v1/offers/{car['code']}"), "/api/v1/offers/{code}")
    history = customer.get(f"{path(car)}/history").get_json()["events"]
    # then the prices of the house are in none of it
    assert (told["state"], status["state"]) == ("sold", "sold")
    assert listed_car == told and (told["price_eur"], told["sale_price_eur"], status["price_eur"]) == (None, None, None)
    assert [event["changes"].keys() for event in history[1:]] == [{"state"}, {"state"}]
    assert not {"14900", "14500"} & set(str([told, status, history]).replace(".", " ").split())
    # and no names of who works there
    assert {event["who_name"] for event in history} == {None}
    # and the dealer sees them all
    assert dealer.get(path(car)).get_json()["sale_price_eur"] == 14_500
    assert len(dealer.get(f"{path(car)}/history").get_json()["events"]) == 4


def test_a_customers_account_is_the_way_to_reach_him(each_gateway: Gateway) -> None:
    """What he does not say of himself is taken from his account."""
    # given a customer, when he offers cars with no contact, and with a phone alone
    who = each_gateway.account(CUSTOMER, "me@example.org")
    customer = each_gateway.logged_in(who)
    cars_of_his = [offer(customer, contact=...), offer(customer, contact={"phone": "+49 170 123456"})]
    # then he is reached by his account's
    contacts = [customer.get(path(car)).get_json()["contact"] for car in cars_of_his]
    assert contacts == [
        {"name": "Customer", "email": "me@example.org", "phone": None},
        {"name": "Customer", "email": "me@example.org", "phone": "+49 170 123456"},
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"contact": ...}, {"contact": "missing"}),
        ({"contact": {"name": "Eva"}}, {"contact": "missing"}),
        ({"contact": {"email": "eva@example.org"}}, {"contact": "missing"}),
        ({"contact": "Eva"}, {"contact": "type"}),
        ({"contact": {**EVA, "email": "eva"}}, {"contact.email": "format"}),
        ({"contact": {**EVA, "email": "eva@example..org"}}, {"contact.email": "format"}),
        ({"contact": {**EVA, "email": ["eva@example.org"]}}, {"contact.email": "type"}),
        ({"contact": {**EVA, "phone": "call me"}}, {"contact.phone": "format"}),
        ({"contact": {**EVA, "phone": "1234"}}, {"contact.phone": "format"}),
        ({"contact": {**EVA, "name": "E" * 81}}, {"contact.name": "too_long"}),
        ({"contact": {**EVA, "name": "E\u0007"}}, {"contact.name": "format"}),
        ({"contact": {**EVA, "fax": "1"}}, {"contact.fax": "unknown_field"}),
        ({"price_eur": 0}, {"price_eur": "out_of_range"}),
        ({"price_eur": "much"}, {"price_eur": "type"}),
        ({"note": "x" * 2_001}, {"note": "too_long"}),
        ({"note": "a\u0000b"}, {"note": "format"}),
        ({"note": 1}, {"note": "type"}),
        ({"state": "sold"}, {"state": "unknown_field"}),
        ({"mileage_km": -1, "price_eur": -1, "fuel": "water"},
         {"mileage_km": "out_of_range", "price_eur": "out_of_range", "fuel": "unknown"}),
    ],
)  # fmt: skip
def test_all_that_is_wrong_with_an_offer_is_named(gateway: Gateway, changes: Any, expected: dict[str, str]) -> None:
    """Nothing is stored of it."""
    # given an offer with mistakes, when it is sent, then each is named
    assert faults(send(gateway.client, **changes)) == expected
    assert listed(gateway.as_role(DEALER)) == []


def test_an_offer_that_is_sent_again_is_one_offer(each_gateway: Gateway, dealer: FlaskClient) -> None:
    """By its Idempotency-Key: the first answer is given again, code and all, even while the model server is down."""
    # given an offer with a key
    first = send(each_gateway.client, {"Idempotency-Key": "a-key"})
    # when it is sent again
    again = send(each_gateway.client, {"Idempotency-Key": "a-key"})
    # then the answer is the same and there is one car
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert len(listed(dealer)) == 1
    # and the key with another car is refused, and another key is another car
    problem(send(each_gateway.client, {"Idempotency-Key": "a-key"}, mileage_km=1), 409)
    assert send(each_gateway.client, {"Idempotency-Key": "b-key"}).get_json()["code"] != first.get_json()["code"]
    # and what is kept of the answer has neither code nor key nor a person in it
    with each_gateway.app.app_context():
        kept = db.session.scalars(select(IdempotencyRow)).first()
        assert kept is not None
        secrets = ("a-key", first.get_json()["code"], first.get_json()["code"].replace("-", ""), *EVA.values())
        assert [secret for secret in secrets if secret in kept.reply + kept.key] == []


@pytest.mark.parametrize("key", ["", "k" * 201, "schlüssel"])
def test_a_key_that_is_none_is_refused(gateway: Gateway, key: str) -> None:
    assert faults(send(gateway.client, {"Idempotency-Key": key})) == {"Idempotency-Key": "format"}


def test_an_edit_is_saved(each_gateway: Gateway, dealer: FlaskClient) -> None:
    """Whatever is changed is read back changed, and found by its new words."""
    # given an offer
    car = offer(each_gateway.client)
    edits: list[dict[str, Any]] = [
        {"price_eur": 11_111}, {"note": "two keys\nand a towbar"}, {"state": "accepted"}, {"mileage_km": 60_000},
        {"model": "Polo", "power_hp": 95}, {"contact": {"name": "Ada Lang", "phone": "030 123456"}},
        {"state": "in_stock", "price_eur": 12_500},
    ]  # fmt: skip
    before = dealer.get(path(car)).get_json()
    for edit in edits:
        # when it is edited
        response = dealer.patch(path(car), json=edit)
        # then the reply is the car as it is now, with the edit and one version further
        told = check_documented(each_gateway, response, ONE)
        assert response.status_code == 200
        assert dealer.get(path(car)).get_json() == told
        assert told["version"] == before["version"] + 1
        flat = {**told, **told["vehicle"]}
        flat["contact"] = {name: part for name, part in told["contact"].items() if part is not None}
        assert {name: flat[name] for name in edit} == edit
        before = told
    assert listed(dealer, q="ada polo towbar 2020") == [car["id"]]
    assert listed(dealer, q="eva") == listed(dealer, q="golf") == []


def test_another_vehicle_is_valued_again(each_gateway: Gateway, dealer: FlaskClient) -> None:
    """An estimate is of the car as it is; an own price stays, until it is taken back."""
    # given an offer at our estimate
    car = offer(each_gateway.client)
    # when its mileage is mended, then the price follows
    mended = dealer.patch(path(car), json={"mileage_km": 90_000}).get_json()
    assert mended["price_eur"] == each_gateway.value(as_of=..., mileage_km=90_000).get_json()["price_eur"]
    assert mended["valuation"] != car["valuation"]
    # and an own price stays where it is
    dealer.patch(path(car), json={"price_eur": 9_000})
    own = dealer.patch(path(car), json={"power_kw": 100}).get_json()
    assert (own["price_eur"], own["vehicle"]["power_hp"]) == (9_000, 136.0)
    assert own["estimate_eur"] not in (mended["estimate_eur"], None)
    # and without one it is our estimate again
    assert dealer.patch(path(car), json={"price_eur": None}).get_json()["price_eur"] == own["estimate_eur"]


def test_without_a_model_an_edit_goes_as_far_as_it_can(
    each_gateway: Gateway, dealer: FlaskClient, model_server: FakeModelServer
) -> None:
    """What needs no estimate is saved; what does is refused whole."""
    # given an offer at our estimate and one at its owner's price, and a model server that is down by now
    ours, own = offer(each_gateway.client), offer(each_gateway.client, price_eur=8_000)
    model_server.stop()
    # when both become another vehicle, then the one is refused and as it was
    problem(dealer.patch(path(ours), json={"mileage_km": 1_000, "note": "x"}), 503)
    assert dealer.get(path(ours)).get_json()["version"] == 1
    # and the other has no estimate any more
    told = dealer.patch(path(own), json={"mileage_km": 1_000}).get_json()
    assert (told["price_eur"], told["estimate_eur"], told["valuation"]) == (8_000, None, None)
    # and a note can be written to each
    assert dealer.patch(path(ours), json={"note": "x"}).get_json()["note"] == "x"


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ({"colour": "red"}, {"colour": "unknown_field"}), ({"make": None}, {"make": "missing"}),
        ({"state": "stolen"}, {"state": "unknown"}), ({"state": None}, {"state": "unknown"}),
        ({"sale_price_eur": 1}, {"sale_price_eur": "unknown_field"}),
        ({"contact": {"name": ""}}, {"contact.name": "missing"}),
    ],
)  # fmt: skip
def test_an_edit_with_a_mistake_changes_nothing(gateway: Gateway, edit: Any, expected: dict[str, str]) -> None:
    # given an offer, when an edit has a mistake, then it is named and nothing has changed
    car, dealer = offer(gateway.client), gateway.as_role(DEALER)
    assert faults(dealer.patch(path(car), json={"note": "x", **edit})) == expected
    assert dealer.get(path(car)).get_json()["version"] == 1


def test_states_follow_each_other_as_declared(gateway: Gateway) -> None:
    """Every other change of state is a conflict that says what is possible."""
    # given a car in each state
    dealer, car = gateway.as_role(DEALER), offer(gateway.client)
    for before, after in product(STATES, STATES):
        set_state(gateway, car, before)
        # when it is to be brought to each, then that goes only where it may
        response = dealer.patch(path(car), json={"state": after})
        if after == before or after in MOVES[before]:
            assert (response.status_code, response.get_json()["state"]) == (200, after)
        else:
            detail = problem(response, 409)["detail"]
            assert all(possible in detail for possible in MOVES[before])
            assert dealer.get(path(car)).get_json()["state"] == before
    assert all(SOLD not in moves for moves in MOVES.values())


def test_who_edits_what_somebody_else_changed_is_told(each_gateway: Gateway, dealer: FlaskClient) -> None:
    """With the ETag that he has read in If-Match, nobody overwrites what he has not seen."""
    # given a car that two people have read
    car = offer(each_gateway.client)
    tag = dealer.get(path(car)).headers["ETag"]
    # when both write, then the second is told, and what the first wrote is there
    assert dealer.patch(path(car), json={"note": "first"}, headers={"If-Match": tag}).status_code == 200
    problem(dealer.patch(path(car), json={"note": "second"}, headers={"If-Match": tag}), 412)
    problem(dealer.delete(path(car), headers={"If-Match": tag}), 412)
    assert dealer.get(path(car)).get_json()["note"] == "first"
    # and with what is there now, or any, he may
    now = dealer.get(path(car)).headers["ETag"]
    assert dealer.patch(path(car), json={"note": "third"}, headers={"If-Match": f'"x", {now}'}).status_code == 200
    assert dealer.delete(path(car), headers={"If-Match": "*"}).status_code == 204


def test_what_changes_nothing_is_no_change(gateway: Gateway) -> None:
    # given an offer, when it is edited to what it is, then its version stays
    dealer, car = gateway.as_role(DEALER), offer(gateway.client, note="x", price_eur=9_000)
    for nothing in ({}, {"note": "x"}, {"state": "offered"}, {"price_eur": 9_000}):
        assert dealer.patch(path(car), json=nothing).get_json()["version"] == 1
    assert len(dealer.get(f"{path(car)}/history").get_json()["events"]) == 1


def test_another_customers_car_is_not_there(each_gateway: Gateway) -> None:
    """For customers there are their own cars alone, by whichever route, and for nobody there are none."""
    # given a customer's car and another customer
    owner, other = each_gateway.as_role(CUSTOMER), each_gateway.as_role(CUSTOMER)
    car, foreign = offer(owner), offer(each_gateway.client)
    # when each looks, then the owner sees his own
    assert listed(owner) == listed(owner, q="golf") == listed(owner, state="offered", sort="mileage") == [car["id"]]
    assert owner.get(path(car)).status_code == owner.get(f"{path(car)}/history").status_code == 200
    # and to the other it is not there
    assert listed(other) == []
    for client, one in ((other, car), (owner, foreign), (owner, {"id": UNKNOWN}), (owner, {"id": "%00"})):
        problem(client.get(path(one)), 404)
        problem(client.get(f"{path(one)}/history"), 404)
        problem(client.patch(path(one), json={"note": "x"}), 404)
    # and who is no dealer may not do what is the dealer's, on any car
    calls = [("DELETE", path(car)), ("POST", f"{path(car)}/restore"), ("POST", f"{path(car)}/sale"),
             ("DELETE", f"{path(car)}/sale")]  # fmt: skip
    for method, url in calls:
        problem(owner.open(url, method=method, json=SALE), 403)
        problem(each_gateway.client.open(url, method=method, json=SALE), 401)
    problem(each_gateway.client.get(CARS), 401)
    assert owner.get(path(car)).get_json()["version"] == 1


def test_a_customer_changes_his_own_offer_while_it_is_one(each_gateway: Gateway, dealer: FlaskClient) -> None:
    """Price, mileage, contact and note while it is offered; withdrawing also when it is accepted; nothing else."""
    # given a customer's offer
    customer = each_gateway.as_role(CUSTOMER)
    car = offer(customer)
    # when he changes what is his to change, then it is saved
    contact = {"name": "E", "phone": "030 12345"}
    edit = {"price_eur": 10_000, "mileage_km": 50_000, "note": "new tyres", "contact": contact}
    told = check_documented(each_gateway, customer.patch(path(car), json=edit), ONE)
    assert (told["price_eur"], told["vehicle"]["mileage_km"], told["note"]) == (10_000, 50_000, "new tyres")
    assert told == dealer.get(path(car)).get_json()
    # and he may not become unreachable, change the car for another, or take it in
    assert faults(customer.patch(path(car), json={"contact": None})) == {"contact": "missing"}
    assert faults(customer.patch(path(car), json={"model": "Polo"})) == {"model": "unknown_field"}
    problem(customer.patch(path(car), json={"state": "in_stock"}), 403)
    # and once it is accepted he can withdraw it, and nothing more
    dealer.patch(path(car), json={"state": "accepted"})
    problem(customer.patch(path(car), json={"price_eur": 99_000}), 409)
    assert customer.patch(path(car), json={"state": "withdrawn"}).get_json()["state"] == "withdrawn"
    # and not what was taken in
    set_state(each_gateway, car, "in_stock")
    problem(customer.patch(path(car), json={"state": "withdrawn"}), 409)


def test_a_deleted_car_is_gone_and_can_be_brought_back(each_gateway: Gateway, dealer: FlaskClient) -> None:
    """For a time; after it, it is as if there had never been one."""
    # given an offer that is deleted
    car = offer(each_gateway.client)
    before = dealer.get(path(car)).get_json()
    assert dealer.delete(path(car)).status_code == 204
    # when it is looked for, then it is nowhere
    for response in (dealer.get(path(car)), dealer.delete(path(car)), dealer.patch(path(car), json={}),
                     dealer.get(f"{path(car)}/history"), dealer.post(f"{path(car)}/sale", json=SALE),
                     each_gateway.client.get(f"/api/v1/offers/{car['code']}")):  # fmt: skip
        problem(response, 404)
    assert listed(dealer) == listed(dealer, q="golf") == listed(dealer, state="offered") == []
    # and when it is restored, then it is what it was, and a second time changes nothing
    back = check_documented(each_gateway, dealer.post(f"{path(car)}/restore"), f"{ONE}/restore")
    changing = ("version", "updated_at")
    assert [back[name] for name in before if name not in changing] == [
        before[name] for name in before if name not in changing
    ]
    assert dealer.post(f"{path(car)}/restore").get_json() == back
    assert listed(dealer, q="golf") == [car["id"]]
    # and when the time is over, then it is not
    dealer.delete(path(car))
    with each_gateway.app.app_context(), writing() as session:
        session.execute(update(CarRow).values(deleted_at=moments.now() - timedelta(hours=24, seconds=1)))
    problem(dealer.post(f"{path(car)}/restore"), 404)


def test_a_car_is_sold_once(each_gateway: Gateway, dealer: FlaskClient) -> None:
    """With price and date, from the stock alone; sent again, it is answered again."""
    # given a car in stock
    car, key = offer(dealer), {"Idempotency-Key": "sale-1"}
    # when it is sold
    response = dealer.post(f"{path(car)}/sale", json=SALE, headers=key)
    sold = check_documented(each_gateway, response, f"{ONE}/sale")
    # then that is what it is, for whoever looks
    assert (response.status_code, sold["state"]) == (200, "sold")
    told = dealer.get(path(car)).get_json()
    assert (told["state"], told["sale_price_eur"], told["sold_on"]) == ("sold", 17_500, "2024-05-31")
    assert listed(dealer, state="sold") == [car["id"]] and listed(dealer, state="in_stock") == []
    # and the same request is answered the same way, another one refused
    assert dealer.post(f"{path(car)}/sale", json=SALE, headers=key).get_json() == sold
    problem(dealer.post(f"{path(car)}/sale", json={**SALE, "sale_price_eur": 1}, headers=key), 409)
    problem(dealer.post(f"{path(car)}/sale", json=SALE), 409)
    # and it can be undone
    back = check_documented(each_gateway, dealer.delete(f"{path(car)}/sale"), f"{ONE}/sale")
    assert (back["state"], back["sale_price_eur"], back["sold_on"]) == ("in_stock", None, None)
    problem(dealer.delete(f"{path(car)}/sale"), 409)
    # but not when the time is over
    assert dealer.post(f"{path(car)}/sale", json=SALE).status_code == 200
    with each_gateway.app.app_context(), writing() as session:
        session.execute(update(CarEventRow).values(at=moments.now() - timedelta(hours=24, seconds=1)))
    problem(dealer.delete(f"{path(car)}/sale"), 409)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sold_on": (date.today() + timedelta(days=1)).isoformat()}, {"sold_on": "in_future"}),
        ({"sold_on": "2020-02-29"}, {"sold_on": "too_early"}), ({"sold_on": "2021-02-29"}, {"sold_on": "format"}),
        ({"sold_on": None}, {"sold_on": "missing"}), ({"sale_price_eur": 0}, {"sale_price_eur": "out_of_range"}),
        ({"sale_price_eur": None}, {"sale_price_eur": "missing"}), ({"buyer": "x"}, {"buyer": "unknown_field"}),
    ],
)  # fmt: skip
def test_a_sale_that_cannot_be_is_refused(gateway: Gateway, changes: Any, expected: dict[str, str]) -> None:
    # given a car in stock of March 2020, when its sale has a mistake, then it is named and the car not sold
    dealer = gateway.as_role(DEALER)
    car = offer(dealer)
    assert faults(dealer.post(f"{path(car)}/sale", json={**SALE, **changes})) == expected
    assert dealer.get(path(car)).get_json()["state"] == "in_stock"


def test_every_change_is_in_the_history(each_gateway: Gateway) -> None:
    """Who, when and what, the newest last; of a contact or note only that it changed."""
    # given a car with a long life
    who = each_gateway.account(ADMIN)
    admin = each_gateway.logged_in(who)
    car = offer(each_gateway.client, note="quick sale")
    admin.patch(path(car), json={"price_eur": 9_999, "contact": {"name": "Ada Lang", "email": "ada@example.org"}})
    admin.patch(path(car), json={"state": "in_stock"})
    admin.post(f"{path(car)}/sale", json=SALE)
    admin.delete(f"{path(car)}/sale")
    admin.delete(path(car))
    admin.post(f"{path(car)}/restore")
    # when its history is read
    response = admin.get(f"{path(car)}/history")
    events = check_documented(each_gateway, response, f"{ONE}/history")["events"]
    # then all of it is there
    assert [(event["who"], event["action"]) for event in events] == [
        ("customer", "offer"), (who.id, "edit"), (who.id, "in_stock"), (who.id, "sell"), (who.id, "undo sale"),
        (who.id, "delete"), (who.id, "restore"),
    ]  # fmt: skip
    assert [event["who_name"] for event in events] == [None, *["Admin"] * 6]
    edit = events[1]["changes"]
    assert edit["price_eur"] == [car["price_eur"], 9_999]
    assert edit["contact"] == [None, None]
    assert events[3]["changes"]["sale_price_eur"] == [None, 17_500]
    # and nothing of a person
    assert [word for word in ("Eva", "eva@", "Ada", "ada@", "quick") if word in response.text] == []


def test_a_person_is_forgotten_and_his_cars_stay(each_gateway: Gateway, dealer: FlaskClient) -> None:
    """An account's erasure leaves the cars, without a word of the person, not even to search by."""
    # given two cars of a customer, one sold since, and one of somebody else
    who = each_gateway.account(CUSTOMER, "me@example.org")
    customer = each_gateway.logged_in(who)
    sold, offered = (offer(customer, contact=EVA, note="ring the bell twice") for _ in range(2))
    other = offer(each_gateway.client)
    set_state(each_gateway, sold, "sold")
    with each_gateway.app.app_context():
        assert who.account is not None
        data = persons.export(who.account)["cars"]
        # when he is forgotten
        with writing() as session:
            persons.erase(session, who, who.account)
        words = set(db.session.scalars(select(CarWordRow.word).where(CarWordRow.car.in_([1, 2]))))
    # then what we knew was told before, all of it
    assert [(each["id"], each["note"], each["contact"]["name"]) for each in data] == [
        (sold["id"], "ring the bell twice", "Eva Muster"), (offered["id"], "ring the bell twice", "Eva Muster"),
    ]  # fmt: skip
    assert [event["action"] for event in data[1]["history"]] == ["offer"]
    # and nothing of it is left on the cars
    states = {}
    for car in (sold, offered):
        told = dealer.get(path(car)).get_json()
        assert (told["contact"], told["note"]) == (None, None)
        states[car["id"]] = told["state"]
    assert list(states.values()) == ["sold", "withdrawn"]
    assert {"golf", "volkswagen"} <= words
    assert words & {"eva", "muster", "example", "ring", "bell"} == set()
    assert listed(dealer, q="muster") == [other["id"]]
    problem(customer.get("/api/v1/cars"), 401)  # his account is gone, and its session with it
    assert dealer.get(f"{path(sold)}/history").get_json()["events"][-1]["action"] == "forget"
