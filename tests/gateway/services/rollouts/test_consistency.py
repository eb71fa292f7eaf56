"""Whatever happens to rollouts while cars are valued: a price is that of the version it names, and a model has one."""

import os
import random
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from gateway.inference.split import Split
from gateway.services.identity import OPERATOR
from model.schema.age import age_years
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from tests.gateway import market
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import GOLF, VALUATIONS, Gateway
from tests.gateway.rolling import beside_two, end_rollouts, open_rollout, plan
from tests.gateway.waiting import until

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
CHANGES = 400 if WHOLE else 25
CLIENTS = 4

CARS: list[dict[str, Any]] = [
    {
        **GOLF, "make": make, "model": model, "mileage_km": 12_000 + 7_000 * number, "power_hp": typical[5],
        **dict(zip(("fuel", "gearbox"), typical)),
    }
    for number, ((make, model), (typical, *_)) in enumerate(market.MARKET.items())
]  # fmt: skip


def true_prices() -> Mapping[tuple[str, str], float]:
    """By version and model."""
    found = {}
    for version, table in (("1", market.table()), ("2", market.dearer(1.02))):
        for car in CARS:
            vehicle = Vehicle(
                car["make"], car["model"], car["fuel"], car["gearbox"], "used",
                age_years(car["first_registration"], date.fromisoformat(car["as_of"])), car["mileage_km"],
                car["power_hp"],
            )  # fmt: skip
            found[version, car["model"]] = Scorer(table).score_one(vehicle)["price_eur"]
    return found


class Changes:
    """What is to hold, and since which change: a request is judged if nothing changed while it was answered."""

    def __init__(self) -> None:
        self.number = 0
        self.split = Split(champion="1")


@pytest.mark.timeout(1_200 if WHOLE else 120)
@pytest.mark.parametrize("kept_prices", [0, 100])
def test_a_price_is_that_of_its_version_and_a_model_has_one(
    open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer, kept_prices: int
) -> None:
    """Law: every reply's price is what the version that it names gives, and while nothing changes a model's is one."""
    # given clients that value cars without end, kept and not kept
    # Time enough: where the challenger's answer came too late, the champion's would be right.
    settings: dict[str, Any] = {"kept_prices": kept_prices, "limit_attempts": False, "deadline_s": 30.0}
    gateway = beside_two(open_gateway, model_server, challenger_server, **settings)
    prices, changes, enough = true_prices(), Changes(), threading.Event()
    judged = [0] * CLIENTS  # while nothing changed

    def value_on_and_on(number: int) -> int:
        client, by_luck, answered = gateway.app.test_client(), random.Random(number), 0
        while not enough.is_set():
            car = by_luck.choice(CARS)
            before, split = changes.number, changes.split
            response = client.post(VALUATIONS, json={**car, "keep": by_luck.random() < 0.1})
            assert response.status_code == 200, response.text
            said = response.get_json()
            version = said["model"]["version"]
            assert abs(said["price_eur"] - prices[version, car["model"]]) < 0.01
            answered += 1
            if changes.number == before and before % 2 == 0:
                by_challenger = split.challenger and split.gives_to_challenger(car["make"], car["model"])
                assert version == (split.challenger if by_challenger else split.champion)
                judged[number] += 1
        return answered

    # when rollouts begin, go on, end and are taken back at random
    by_luck = random.Random(11)
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(value_on_and_on, number) for number in range(CLIENTS)]
        try:
            for _ in range(CHANGES):
                changes.number += 1  # odd: something is changing
                change(gateway, by_luck)
                split = gateway.services.prices.split
                changes.split = split if split.champion else Split(champion="1")
                changes.number += 1
                wanted = sum(judged) + 4 * CLIENTS
                assert until(lambda: sum(judged) >= wanted or any(client.done() for client in clients))
        finally:
            enough.set()
        done = [client.result() for client in clients]
    # then all of them had their prices, some while something changed and some while nothing did
    print(f"{CHANGES} changes, {sum(done):,} valuations, {sum(judged):,} of them while nothing changed")
    assert sum(done) > sum(judged) >= 4 * CLIENTS * CHANGES


def change(gateway: Gateway, by_luck: random.Random) -> None:
    what = by_luck.choice(["shadow", "share", "share", "back", "at once", "none"])
    if what == "none":
        end_rollouts(gateway)
    elif what == "at once":
        end_rollouts(gateway)
        with gateway.app.app_context():
            raw = plan(version=by_luck.choice("12"), at_once=True)
            gateway.services.rollouts.begin(raw, OPERATOR)
    elif what == "back":
        open_rollout(gateway, 10, state="rolled_back", open=None)
    else:
        share = 0 if what == "shadow" else by_luck.choice([10, 25, 50, 100])
        open_rollout(gateway, share, shadow_percent=50)
