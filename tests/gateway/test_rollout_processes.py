"""Two gateway processes on one database: a bad challenger is gone from both in a minute, and nobody lost a price."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.services.identity import OPERATOR
from tests.gateway import market
from tests.gateway.conftest import OpenGateway
from tests.gateway.databases import BOTH, POSTGRESQL
from tests.gateway.fake_model_server import FakeModelServer, Reply, after, change, fail
from tests.gateway.gateways import GOLF, VALUATIONS, Gateway
from tests.gateway.processes import Served
from tests.gateway.rolling import OCTAVIA, POLO, beside_two, plan

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
WITHIN_S = 60  # the bar, from the first bad answer to the last of any process
A_SECOND = 20  # valuations, of all clients
CARS = [{**GOLF, **car} for car in (POLO, OCTAVIA, {})]


def three_times_as_dear(reply: Reply) -> None:
    """Sums and ranges hold, so that nothing is wrong with the answer but what it says."""
    for tensor in reply["outputs"]:
        if tensor["name"] != "support":
            tensor["data"] = [3 * value for value in tensor["data"]]


BAD = {"differences": change(three_times_as_dear), "errors": fail(500), "slow": after(0.4)}


@dataclass
class Answer:
    at_s: float
    status: int
    version: str


@pytest.fixture(params=BOTH if WHOLE else [POSTGRESQL])
def database_url(request: pytest.FixtureRequest) -> str:
    """Of both kinds where all is verified."""
    return request.getfixturevalue(f"{request.param}_databases").new()


@pytest.fixture
def house(
    open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer, database_url: str
) -> Gateway:
    """A gateway on the same database, by which the rollouts are begun; it prices nothing."""
    return beside_two(open_gateway, model_server, challenger_server, database_url=database_url)


@pytest.fixture
def processes(
    house: Gateway, model_server: FakeModelServer, challenger_server: FakeModelServer, database_url: str
) -> Iterator[list[Served]]:
    settings = {
        "GATEWAY_MODEL_URL": f"{model_server.url},{challenger_server.url}", "GATEWAY_PROBE_INTERVAL_S": "1",
        "GATEWAY_KEPT_PRICES": "0",
    }  # fmt: skip
    served = [Served(database_url, **settings) for _ in range(2)]
    for each in served:
        each.start()
    yield served
    for each in served:
        each.kill()


class Clients:
    """Value cars at a steady pace, at both processes in turn, and note every answer."""

    def __init__(self, processes: list[Served]) -> None:
        self._processes = processes
        self._enough = threading.Event()
        self.answers: list[Answer] = []

    def __enter__(self) -> "Clients":
        self._pool = ThreadPoolExecutor(4)
        self._running = [self._pool.submit(self._value_on_and_on, number) for number in range(4)]
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for each in self._running:
            each.result()
        self._pool.shutdown()

    def _value_on_and_on(self, number: int) -> None:
        turn = number
        while not self._enough.wait(4 / A_SECOND):
            turn += 1
            car = {**CARS[turn % len(CARS)], "mileage_km": 10_000 + turn}
            answer = self._processes[turn % 2].ask("POST", VALUATIONS, json.dumps(car))
            version = json.loads(answer[1])["model"]["version"] if answer and answer[0] == 200 else ""
            self.answers.append(Answer(time.monotonic(), answer[0] if answer else 0, version))

    def last_s(self, version: str) -> float:
        return max((each.at_s for each in self.answers if each.version == version), default=0.0)


def wait_for(what: Callable[[], bool], within_s: float) -> bool:
    until_s = time.monotonic() + within_s
    while not what():
        if time.monotonic() > until_s:
            return False
        time.sleep(0.1)
    return True


def state(house: Gateway) -> Any:
    with house.app.app_context():
        return house.services.rollouts.current()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", BAD if WHOLE else ["differences"])
def test_a_bad_challenger_is_taken_back_within_a_minute(
    house: Gateway, processes: list[Served], challenger_server: FakeModelServer, kind: str
) -> None:
    # given a challenger that has half of the models in both processes, and does well
    with house.app.app_context():
        raw = plan(shares=[50], bake_s=3_600, shadow_percent=50)
        house.services.rollouts.begin(raw, OPERATOR)
    with Clients(processes) as clients:
        assert wait_for(lambda: sum(each.version == "2" for each in clients.answers) > 20, 30)
        # when it turns bad
        bad_since_s = time.monotonic()
        challenger_server.misbehave(BAD[kind])
        assert wait_for(lambda: state(house)["state"] == "rolled_back", WITHIN_S)
        judged_s = time.monotonic() - bad_since_s
        time.sleep(2)  # the others look every second
        until_s = time.monotonic()
        assert wait_for(lambda: len([each for each in clients.answers if each.at_s > until_s]) > 20, 30)
    # then its alarm took it back, and neither process has asked it for a price since
    found = state(house)
    assert (found["alarm"]["kind"], found["ended_by"]) == (kind, "rollout")
    after_s = [each for each in clients.answers if each.at_s > until_s]
    assert {each.version for each in after_s} == {"1"}
    # and within the time, and nobody lost a price
    took_s = clients.last_s("2") - bad_since_s
    print(f"{kind}: judged {judged_s:.1f} s after the first bad answer, its last price after {took_s:.1f} s")
    assert max(judged_s, took_s) < WITHIN_S
    assert {each.status for each in clients.answers} == {200}


@pytest.mark.skipif(not WHOLE, reason="with DEALERSHIP_VERIFY=1")
@pytest.mark.timeout(300)
def test_a_process_that_is_killed_goes_on_as_before(
    house: Gateway, processes: list[Served], challenger_server: FakeModelServer
) -> None:
    """From its first answer on."""
    # given an open rollout, when a process is killed and started again, three times
    with house.app.app_context():
        house.services.rollouts.begin(plan(shares=[10], bake_s=3_600), OPERATOR)
    assert wait_for(lambda: version(processes[0], 0) == "2", 10)
    for _ in range(3):
        processes[0].kill()
        processes[0].start()
        # then the models' versions are the same at once
        assert [version(processes[0], car) for car in (0, 1, 2)] == ["2", "1", "1"]
    # and the champion that is switched to is so too
    with house.app.app_context():
        house.services.rollouts.take_back({"reason": "enough"}, OPERATOR)
        house.services.rollouts.begin(plan(at_once=True), OPERATOR)
    processes[0].kill()
    processes[0].start()
    assert [version(processes[0], car) for car in (0, 1, 2)] == ["2", "2", "2"]


@pytest.mark.timeout(300)
def test_a_switch_loses_no_request(
    house: Gateway, processes: list[Served], model_server: FakeModelServer, challenger_server: FakeModelServer
) -> None:
    """The old server may go five seconds after the switch; each answer is of the version that it names."""
    with Clients(processes) as clients:
        assert wait_for(lambda: len(clients.answers) > 20, 30)
        # given two versions under load, when the new one is switched to and the old server goes
        with house.app.app_context():
            house.services.rollouts.begin(plan(at_once=True), OPERATOR)
        switched_s = time.monotonic()
        time.sleep(5)
        model_server.stop()
        gone_s = time.monotonic()
        assert wait_for(lambda: len([each for each in clients.answers if each.at_s > gone_s]) > 60, 30)
        # and when the next version comes up where the old one was, and is switched to
        house.publish(market.card("3"))
        model_server.version = "3"
        model_server.start()
        with house.app.app_context():
            house.services.rollouts.begin(plan(version="3", at_once=True), OPERATOR)
        time.sleep(5)
        challenger_server.stop()
        gone_s = time.monotonic()
        assert wait_for(lambda: len([each for each in clients.answers if each.at_s > gone_s]) > 60, 30)
    # then no request failed, and all followed within seconds
    assert {each.status for each in clients.answers} == {200}
    print(f"{len(clients.answers)} valuations; the old version's last {clients.last_s('1') - switched_s:.1f} s later")
    assert {each.version for each in clients.answers if each.at_s > gone_s} == {"3"}


def version(process: Served, car: int) -> str:
    answer = process.ask("POST", VALUATIONS, json.dumps(CARS[car]))
    assert answer is not None and answer[0] == 200, answer
    return json.loads(answer[1])["model"]["version"]
