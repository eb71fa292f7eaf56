"""Sales as feedback: what is kept of one, when it was our own word, and how it is taken back."""

from datetime import date
from typing import Any

import pytest

from gateway.db import moments
from gateway.db.car import CarRow
from gateway.db.transactions import writing
from gateway.services import feedback
from gateway.services.identity import DEALER
from gateway.services.secret_values import new_id
from tests.gateway.gateways import Gateway
from tests.gateway.reporting import events, review, rows, valued


def sold(gateway: Gateway, **changes: Any) -> int:
    """A car that a dealer has sold, with what was said of it; its number."""
    fields = {
        "id": new_id(), "version": 1, "state": "sold", "make": "Volkswagen", "model": "Golf", "fuel": "petrol",
        "gearbox": "manual", "offer_type": "used", "first_registration": "2020-03", "mileage_km": 51_000.0,
        "power_hp": 150.0, "price_eur": 25_000.0, "price_is_own": True, "sale_price_eur": 24_000.0,
        "sold_on": date(2024, 7, 3), "created_at": moments.now(), "updated_at": moments.now(), **changes,
    }  # fmt: skip
    who = gateway.account(DEALER)
    with gateway.app.app_context(), writing() as session:
        car = CarRow(**fields)
        session.add(car)
        session.flush()
        feedback.add_sale(session, who, car)
        return car.sequence


def undo(gateway: Gateway, car: int) -> None:
    with gateway.app.app_context(), writing() as session:
        feedback.withdraw_sale(session, session.get_one(CarRow, car))


def test_a_sale_is_kept_with_its_car_and_valuation(each_gateway: Gateway) -> None:
    """In quarantine, as training would read it, with the price that we had given."""
    # given a valued car, when it is sold
    valuation = valued(each_gateway)
    car = sold(each_gateway, valuation=valuation["id"])
    # then the sale waits for review, and once accepted it is in the feed
    (row,) = rows(each_gateway)
    assert (row.kind, row.state, row.car, row.valuation) == ("sale", "quarantined", car, valuation["id"])
    seen = review(each_gateway, row.id).get_json()
    assert seen["ours"]["price_eur"] == valuation["price_eur"]
    assert seen["residual_percent"] == pytest.approx((24_000 / valuation["price_eur"] - 1) * 100, abs=0.01)
    (event,) = events(each_gateway)["events"]
    assert event["listing"] == {
        "id": row.id, "account": row.pseudonym, "make": "Volkswagen", "model": "Golf", "fuel": "petrol",
        "gearbox": "manual", "offer_type": "used", "first_registration": "2020-03", "mileage_km": 51_000.0,
        "power_hp": 150.0, "price_eur": 24_000.0, "price_kind": "sale", "listed_on": "2024-07-03", "trust": 1.0,
        "own_estimate": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sale_price_eur", "price_is_own", "is_our_word"),
    [(25_000.0, True, False), (24_800.0, False, True), (25_000.0, False, True), (24_000.0, False, False)],
)
def test_a_sale_at_our_own_estimate_says_so(
    gateway: Gateway, sale_price_eur: float, price_is_own: bool, is_our_word: bool
) -> None:
    """A car that stood at our estimate and went for about that tells us what we said; one that was bargained down, or
    stood at its owner's price, tells what the market says.
    """
    # given a car that was never valued on record, when it is sold, then the row says whose word its price was
    sold(gateway, sale_price_eur=sale_price_eur, price_is_own=price_is_own)
    review(gateway, rows(gateway)[0].id)
    assert events(gateway)["events"][0]["listing"]["own_estimate"] is is_our_word


def test_an_undone_sale_is_taken_back(each_gateway: Gateway) -> None:
    """Before its review without a word, after it by an event; again, it changes nothing."""
    # given an accepted sale and one in quarantine
    cars = [sold(each_gateway) for _ in range(2)]
    review(each_gateway, rows(each_gateway)[0].id)
    # when both are undone, twice
    for car in cars * 2:
        undo(each_gateway, car)
    # then the feed says so of the one that it had told of
    assert [row.state for row in rows(each_gateway)] == ["withdrawn"] * 2
    assert [event["kind"] for event in events(each_gateway)["events"]] == ["accepted", "withdrawn"]
    # and a car that is sold again is another sale
    dealer = each_gateway.account(DEALER)
    with each_gateway.app.app_context(), writing() as session:
        feedback.add_sale(session, dealer, session.get_one(CarRow, cars[0]))
    assert [row.state for row in rows(each_gateway)] == ["withdrawn", "withdrawn", "quarantined"]
