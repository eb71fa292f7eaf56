"""Gateways that end and start under load: nobody who was listened to goes without his answer.

With -s they print what came of the requests, and of the tries that got no answer.
"""

import pytest

from tests.faults.callers import CLOSED, CUT, NONE, UNANSWERED, Callers
from tests.faults.conftest import WHOLE, Serve
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import GOLF

CALLERS = 8
ROUNDS = 10 if WHOLE else 1
ANSWERS = 400 if WHOLE else 100


@pytest.mark.timeout(900)
def test_a_rolling_restart_in_the_order_of_a_deployment_loses_nothing(serve: Serve) -> None:
    """What the Deployment's preStop pause is for: SIGTERM comes to a gateway that nobody asks any more."""
    # given two gateways on one database, under load
    first = serve()
    second = serve(database_url=first.database_url)
    with Callers(CALLERS, [first, second]) as callers:
        assert callers.come_to(ANSWERS)
        # when each is taken out of rotation, ended, started again and put back
        for _ in range(ROUNDS):
            for gateway in (first, second):
                with callers.without(gateway):
                    gateway.terminate()
                    assert gateway.ends()
                    assert callers.come_to(ANSWERS)
                    gateway.start()
                assert callers.come_to(ANSWERS)
                # then no connection was refused or broke, and nothing had to be tried again
                assert not callers.losses, callers.losses
    # and every request had its price
    assert set(callers.answers) == {200}, callers.answers
    assert first.answered() + second.answered() == callers.answers


def test_sigterm_under_load_loses_no_request(serve: Serve, model_server: FakeModelServer) -> None:
    """Without a word before it. Whoever has got a connection has his answer, whole; who comes later is refused, and can
    go elsewhere.
    """
    for _ in range(ROUNDS):
        # given a gateway under load
        gateway = serve()
        before = cars_priced(model_server)
        with Callers(CALLERS, [gateway]) as callers:
            assert callers.come_to(ANSWERS)
            # when it is told to end
            gateway.terminate()
            assert gateway.ends()
        print(dict(callers.answers), dict(callers.losses))
        # then no answer but prices was given, and nothing that was sent was lost
        assert set(callers.answers) == {200, NONE}, callers.answers
        # and each answer that was given was got, and no other car was priced
        assert gateway.answered() == {200: callers.answers[200]}
        assert cars_priced(model_server) - before == callers.answers[200]


@pytest.mark.timeout(900)
def test_a_rolling_restart_by_bare_sigterm_loses_no_request(serve: Serve, model_server: FakeModelServer) -> None:
    """As above, with another gateway for whoever is refused."""
    # given two gateways on one database, under load
    first = serve()
    second = serve(database_url=first.database_url)
    before = cars_priced(model_server)
    with Callers(CALLERS, [first, second]) as callers:
        assert callers.come_to(ANSWERS)
        # when each is ended and started again, the second after the first is ready
        for _ in range(ROUNDS):
            for gateway in (first, second):
                gateway.terminate()
                assert gateway.ends()
                assert callers.come_to(ANSWERS)
                gateway.start()
                assert callers.come_to(ANSWERS)
    print(dict(callers.answers), dict(callers.losses))
    # then whoever was refused had his price elsewhere, and nothing that was sent was lost
    assert set(callers.answers) == {200}, callers.answers
    # and nothing was priced twice
    assert first.answered() + second.answered() == {200: callers.answers[200]}
    assert cars_priced(model_server) - before == callers.answers[200]


def test_a_gateway_that_is_killed_costs_what_it_was_at_work_on_and_no_more(serve: Serve) -> None:
    # given two gateways under load
    first = serve()
    second = serve(database_url=first.database_url)
    with Callers(CALLERS, [first, second]) as callers:
        assert callers.come_to(ANSWERS)
        # when one is killed
        first.kill()
        assert callers.come_to(ANSWERS)
        first.start()
        assert callers.come_to(ANSWERS)
    # then at most one request of each caller was lost, and none answered with anything but a price
    assert callers.answers[CUT] + callers.answers[CLOSED] + callers.answers[UNANSWERED] <= CALLERS, callers.answers
    assert set(callers.answers) <= {200, CUT, CLOSED, UNANSWERED}, callers.answers


def cars_priced(model_server: FakeModelServer) -> int:
    """How many of the callers' cars reached it. (A probe asks for another one.)"""
    mileages = [
        mileage_km
        for body in list(model_server.requests)
        for tensor in body["inputs"]
        if tensor["name"] == "mileage_km"
        for mileage_km in tensor["data"]
    ]
    return mileages.count(GOLF["mileage_km"])
