"""A model server that fails wholly or hangs, and one client who sends nothing but nonsense, at a served gateway."""

import http.client
import threading

import pytest

from tests.faults.conftest import WHOLE, Serve
from tests.faults.processes import JSON, Callers
from tests.gateway.fake_model_server import FakeModelServer, fail
from tests.gateway.gateways import VALUATIONS

CALLERS = 16
REQUESTS = 3_000 if WHOLE else 400
MOST_CALLS_A_REQUEST = 1.10
DEADLINE_S = 2.0
# make bench STEPS=overload asks for a tenth of a second; cores with other work on them stand still for longer.
ROOM_S = 1.0
NONSENSE = 1_000
BODIES = (b"", b"{", b"[" * 5_000, b'{"make": 7}', b"\xff\xfe\x00", b'{"mileage_km": 1e999}', b"x" * 60_000, b"null")
LEAST_PRICED = 0.999


@pytest.mark.parametrize("status", [500, 503, 404] if WHOLE else [500])
def test_a_server_that_fails_wholly_is_not_asked_more_often_than_we_are(
    serve: Serve, model_server: FakeModelServer, status: int
) -> None:
    """Retries would make of a failure a flood."""
    # given a gateway under load whose model server begins to fail at everything
    gateway = serve()
    model_server.misbehave(fail(status))
    before = len(model_server.requests)
    # when many ask
    with Callers(CALLERS, [gateway]) as callers:
        assert callers.come_to(REQUESTS)
    # then all are told so, and there were hardly more calls than requests, probes counted
    assert set(callers.answers) == {503}, callers.answers
    calls = len(model_server.requests) - before
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
