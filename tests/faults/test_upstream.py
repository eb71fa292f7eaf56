"""A model server that fails wholly or hangs, and one client who sends nothing but nonsense, at a served gateway."""

import http.client
import json
import threading
from collections.abc import Iterator

import pytest

from tests.faults.callers import Callers
from tests.faults.conftest import WHOLE, Serve
from tests.faults.processes import JSON
from tests.gateway import market
from tests.gateway.fake_model_server import HTML, FakeModelServer, Misbehaviour, close, cut, fail, reset, say, send
from tests.gateway.gateways import GOLF, VALUATIONS

CALLERS = 16
REQUESTS = 3_000 if WHOLE else 400
REQUESTS_ALONE = 100
OUR_MILEAGE_KM = 70_007
MOST_CALLS_A_REQUEST = 1.10
DEADLINE_S = 2.0
# make bench STEPS=overload asks for a tenth of a second; cores with other work on them stand still for longer.
ROOM_S = 1.0
NONSENSE = 1_000
BODIES = (b"", b"{", b"[" * 5_000, b'{"make": 7}', b"\xff\xfe\x00", b'{"mileage_km": 1e999}', b"x" * 60_000, b"null")
LEAST_PRICED = 0.999
SOME: dict[str, Misbehaviour] = {
    "500": fail(500), "closed": close, "reset": reset, "no HTTP": send(b"\x00" * 100), "a web page": say(HTML),
}  # fmt: skip
FAILURES: dict[str, Misbehaviour] = {**SOME, "503": fail(503), "404": fail(404), "cut": cut}


@pytest.fixture
def twin_server() -> Iterator[FakeModelServer]:
    """Another model server of the same version."""
    server = FakeModelServer(market.table())
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("how", FAILURES.values() if WHOLE else SOME.values(), ids=FAILURES if WHOLE else SOME)
@pytest.mark.parametrize("servers", [1, 2])
def test_servers_that_fail_wholly_are_not_asked_more_often_than_we_are(
    serve: Serve, model_server: FakeModelServer, twin_server: FakeModelServer, servers: int, how: Misbehaviour
) -> None:
    """Retries, or a turn to another server of the same version, would make of a failure a flood."""
    # given a gateway under load whose model servers begin to fail at everything
    upstream = [model_server, twin_server][:servers]
    gateway = serve(model_url=",".join(server.url for server in upstream))
    for server in upstream:
        server.misbehave(how)
    # when one asks, whose car shares its call with nobody's
    gateway.body = json.dumps({**GOLF, "mileage_km": OUR_MILEAGE_KM}).encode()
    with Callers(1, [gateway]) as alone:
        assert alone.come_to(REQUESTS_ALONE)
    # then he is told so each time, and there were hardly more calls than requests
    assert set(alone.answers) == {503}, alone.answers
    calls = sum(server.calls_about(OUR_MILEAGE_KM) for server in upstream)
    assert calls / alone.answers.total() <= MOST_CALLS_A_REQUEST
    # and when many ask, the same, probes counted
    before = sum(len(server.requests) for server in upstream)
    with Callers(CALLERS, [gateway]) as callers:
        assert callers.come_to(REQUESTS)
    assert set(callers.answers) == {503}, callers.answers
    calls = sum(len(server.requests) for server in upstream) - before
    assert calls / callers.answers.total() <= MOST_CALLS_A_REQUEST


def test_with_a_server_that_hangs_everyone_is_answered_in_time(serve: Serve, model_server: FakeModelServer) -> None:
    # given a gateway whose model server takes calls and answers none
    gateway = serve(deadline_s=DEADLINE_S)
    assert gateway.value() == 200
    model_server.misbehave(model_server.hang)
    # when many ask
    with Callers(CALLERS, [gateway]) as callers:
        assert callers.come_to(REQUESTS)
    # then all are told so within the deadline
    assert set(callers.answers) == {503}, callers.answers
    assert callers.slowest_s <= DEADLINE_S + ROOM_S
    # and prices are back once it answers
    model_server.behave()
    assert gateway.comes_to_price()


def test_a_client_who_sends_nonsense_harms_nobody_else(serve: Serve) -> None:
    # given a gateway under load
    gateway = serve()
    refused: list[int] = []

    def send_nonsense() -> None:
        for number in range(NONSENSE):
            try:
                refused.append(gateway.ask("POST", VALUATIONS, BODIES[number % len(BODIES)], JSON)[0])
            except (OSError, http.client.HTTPException):
                refused.append(0)  # hung up on, which is an answer too

    with Callers(CALLERS // 2, [gateway]) as callers:
        assert callers.come_to(50)
        # when one client sends a thousand bodies that cannot be read
        sending = threading.Thread(target=send_nonsense)
        sending.start()
        sending.join()
        assert callers.come_to(50)
    # then each of them is refused as his own mistake, and the others have their prices
    assert len(refused) == NONSENSE and set(refused) <= {0, 400, 413, 422}
    assert callers.answers[200] / callers.answers.total() >= LEAST_PRICED, callers.answers
