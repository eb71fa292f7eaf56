"""/api/v1/offers/{code}: following and withdrawing an offer without an account."""

import math
import re

import pytest
from sqlalchemy import select

from gateway.db.car import CarRow
from gateway.extensions import db
from gateway.services.car_states import STATES
from gateway.services.identity import DEALER
from gateway.services.offer_codes import LETTERS, code_of
from tests.gateway.api.test_cars import EVA, offer, path, set_state
from tests.gateway.gateways import Gateway, check_documented, problem

OFFERS = "/api/v1/offers"
ROUTE = f"{OFFERS}/{{code}}"


def test_an_offer_is_followed_by_its_code(each_gateway: Gateway) -> None:
    """The page tells how it stands and what happens next, and nothing of who offered it."""
    # given an offer
    dealer, car = each_gateway.as_role(DEALER), offer(each_gateway.client, note="ring twice", price_eur=9_000)
    for state in ("offered", "accepted", "in_stock"):
        dealer.patch(path(car), json={"state": state})
        # when its page is looked at
        response = each_gateway.client.get(f"{OFFERS}/{car['code']}")
        # then it says how it stands
        told = check_documented(each_gateway, response, ROUTE)
        assert (told["state"], told["vehicle"], told["created_at"]) == (state, car["vehicle"], car["created_at"])
        # of its price only as long as that is the seller's business
        assert (told["price_eur"], told["price_is_own"]) == (None if state == "in_stock" else 9_000, True)
        assert told["what_happens_next"].endswith(".")
        assert [word for word in (*EVA.values(), "ring") if word in response.text] == []


def test_a_code_is_understood_as_people_type_it(gateway: Gateway) -> None:
    """In any case, with or without dashes, with O for 0 and I or L for 1."""
    # given an offer, when its code is typed in other ways
    code = offer(gateway.client)["code"]
    ways = [code.lower(), code.replace("-", ""), code.replace("-", " "), code.replace("0", "o").replace("1", "l"),
            code.replace("0", "O").replace("1", "i")]  # fmt: skip
    # then it is found
    assert [gateway.client.get(f"{OFFERS}/{way}").status_code for way in ways] == [200] * len(ways)


@pytest.mark.parametrize("code", ["x", "0000-0000-0000-0000-0000", "ÄÖÜ", "%00", "0" * 3_000, "UUUU" * 5])
def test_a_code_of_no_offer_is_not_there(gateway: Gateway, code: str) -> None:
    for method in ("GET", "DELETE"):
        problem(gateway.client.open(f"{OFFERS}/{code}", method=method), 404)


def test_codes_are_not_guessed_and_not_kept(gateway: Gateway) -> None:
    """A code has 100 random bits, and the database holds its digest alone."""
    # given many codes, and the one of an offer
    codes = {code_of(str(number), None) for number in range(2_000)}
    code = offer(gateway.client)["code"]
    # when they are compared, then all differ, in every place
    assert len(codes) == 2_000
    assert all(re.fullmatch(f"([{LETTERS}]{{4}}-){{4}}[{LETTERS}]{{4}}", each) for each in codes)
    places = zip(*(each.replace("-", "") for each in codes), strict=True)
    assert sum(math.log2(len(set(place))) for place in places) == 100
    # and what is kept tells none
    with gateway.app.app_context():
        kept = db.session.scalars(select(CarRow)).one()
        assert kept.code_hash is not None and len(kept.code_hash) == 64
        assert code.replace("-", "") not in str(vars(kept))


@pytest.mark.parametrize("state", STATES)
def test_an_offer_is_withdrawn_by_its_code(each_gateway: Gateway, state: str) -> None:
    """While it is offered or accepted, as often as one likes; what the dealership has decided since, stays."""
    # given an offer in each state
    car = offer(each_gateway.client)
    set_state(each_gateway, car, state)
    # when it is withdrawn, twice
    answers = [each_gateway.client.delete(f"{OFFERS}/{car['code']}") for _ in range(2)]
    # then it is, or it is too late
    now = each_gateway.client.get(f"{OFFERS}/{car['code']}").get_json()["state"]
    if state in ("offered", "accepted", "withdrawn"):
        assert [check_documented(each_gateway, answer, ROUTE)["state"] for answer in answers] == ["withdrawn"] * 2
        assert now == "withdrawn"
        history = each_gateway.as_role(DEALER).get(f"{path(car)}/history").get_json()["events"]
        assert [event["who"] for event in history if event["action"] == "withdraw"] == ["customer"] * (
            state != "withdrawn"
        )
    else:
        for answer in answers:
            problem(answer, 409)
        assert now == state
