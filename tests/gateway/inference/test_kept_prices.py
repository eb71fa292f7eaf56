"""Kept prices: given again by the version that gave them and by no other, and no more of them than agreed."""

import threading
from dataclasses import replace
from random import Random
from typing import Any

from gateway.inference.codec import Priced, unpriced
from gateway.inference.kept_prices import KeptPrices
from model.schema.vehicle import Vehicle
from tests.gateway import market
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer, fail
from tests.gateway.gateways import problem

GOLF = Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", 4.3, 48_500.0, 150.0)


def car(number: int) -> Vehicle:
    return replace(GOLF, mileage_km=float(number))


def priced(version: str = "1", price_eur: float = 9_000.0) -> Priced:
    return Priced(version, {"price_eur": [price_eur]})


def test_a_price_is_found_by_version_and_vehicle() -> None:
    """Another version, or a car that differs in anything, is another price."""
    # given a kept price
    kept, price = KeptPrices(10), priced()
    kept.keep(price, GOLF)
    # when it is looked for, then by its version and its car alone
    assert kept.find("1", replace(GOLF)) is price
    assert kept.find("2", GOLF) is None
    assert kept.find(None, GOLF) is None
    others: dict[str, Any] = {
        "make": "VW", "model": "Polo", "fuel": "diesel", "gearbox": "automatic", "offer_type": "new",
        "age_years": 4.300000000000001, "mileage_km": 48_501.0, "power_hp": 149.0,
    }  # fmt: skip
    for name, value in others.items():
        assert kept.find("1", replace(GOLF, **{name: value})) is None


def test_what_was_used_last_is_kept() -> None:
    """The price that nobody asked for longest makes room."""
    # given as many prices as may be kept, the oldest of which was asked for
    kept = KeptPrices(3)
    for number in range(3):
        kept.keep(priced(), car(number))
    assert kept.find("1", car(0)) is not None
    # when there is another
    kept.keep(priced(), car(3))
    # then the one that was not asked for has gone
    assert [kept.find("1", car(number)) is not None for number in range(4)] == [True, False, True, True]


def test_none_is_kept_where_none_may_be() -> None:
    """A bound of 0 switches it off."""
    # given no room, when a price comes, then it is not kept
    kept = KeptPrices(0)
    kept.keep(priced(), GOLF)
    assert kept.find("1", GOLF) is None


def test_threads_find_their_own_prices() -> None:
    """Under many threads each finds the price of the car that it looks for, or none."""
    # given more cars than room, and many threads that keep and look
    kept = KeptPrices(50)
    wrong: list[object] = []

    def work(seed: int) -> None:
        random = Random(seed)
        for _ in range(2_000):
            number = random.randrange(100)
            found = kept.find("1", car(number))
            if found is None:
                kept.keep(priced(price_eur=float(number)), car(number))
            elif found.row(0)["price_eur"] != number:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    # when they have ended
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # then none was wrong, and there are no more than agreed
    assert wrong == []
    assert sum(kept.find("1", car(number)) is not None for number in range(100)) == 50


def test_a_car_asked_for_again_is_not_sent_again(open_gateway: OpenGateway, model_server: FakeModelServer) -> None:
    """The same question to the same version has the same answer, in all its parts."""
    # given a gateway that keeps prices
    gateway = open_gateway(kept_prices=10)
    # when two cars are valued again and again
    first = [gateway.value().get_json(), gateway.value(mileage_km=9).get_json()]
    again = [gateway.value().get_json(), gateway.value(mileage_km=9).get_json()]
    # then the server was asked for each once, and the answers are the same
    assert len(model_server.requests) == 2
    assert again == first
    # and what does not change the vehicle is answered by what is kept, and answered for itself
    assert gateway.value(asking_price_eur=1).get_json()["deal"] is not None
    assert len(model_server.requests) == 2


def test_without_room_each_car_is_sent(open_gateway: OpenGateway, model_server: FakeModelServer) -> None:
    """Zero kept prices is none."""
    # given a gateway that keeps none, when a car is valued twice, then the server is asked twice
    gateway = open_gateway(kept_prices=0)
    for _ in range(2):
        assert gateway.value().status_code == 200
    assert len(model_server.requests) == 2


def test_a_new_version_gives_prices_of_its_own(open_gateway: OpenGateway, model_server: FakeModelServer) -> None:
    """Once a new version is known, no price of the old one is shown any more; not even to a car that was asked for."""
    # given a price kept of version 1, and a server that has switched
    gateway = open_gateway(kept_prices=10)
    gateway.publish(market.card("2"))
    assert gateway.value().get_json()["model"]["version"] == "1"
    model_server.version = "2"
    # when another car makes the switch known, and the first is asked for again
    assert gateway.value(mileage_km=9).get_json()["model"]["version"] == "2"
    reply = gateway.value().get_json()
    # then its price is the new version's
    assert reply["model"]["version"] == "2"
    # and back again, the old price holds again
    asked = len(model_server.requests)
    model_server.version = "1"
    assert gateway.value(mileage_km=99).get_json()["model"]["version"] == "1"
    assert gateway.value().get_json()["model"]["version"] == "1"
    assert len(model_server.requests) == asked + 1


def test_while_the_server_is_away_nothing_kept_is_given(
    open_gateway: OpenGateway, model_server: FakeModelServer
) -> None:
    """Nobody knows which version would answer now."""
    # given a kept price, and a server that fails
    gateway = open_gateway(kept_prices=10)
    assert gateway.value().status_code == 200
    model_server.misbehave(fail(500))
    problem(gateway.value(mileage_km=9), 503)
    # when the kept car is asked for, then it has no price until the server answers again
    problem(gateway.value(), 503)
    model_server.behave()
    assert gateway.value().status_code == 200


def test_kept_prices_stay_what_they_were() -> None:
    """What is kept is the version's own answer, also where that is that it has no price."""
    # given a car without a price, when it is kept, then it is found without one
    kept, none = KeptPrices(1), unpriced("1", 1)
    kept.keep(none, GOLF)
    assert kept.find("1", GOLF) is none
