"""Gateways that end and start under load: nobody who was listened to goes without his answer."""

import pytest

from tests.faults.conftest import WHOLE, Serve
from tests.faults.processes import Callers

CALLERS = 8
ROUNDS = 10 if WHOLE else 1
ANSWERS = 400 if WHOLE else 100


def test_sigterm_under_load_loses_no_request(serve: Serve) -> None:
    """Whoever was connected has his answer, whole; who comes later is refused at once, and can go elsewhere."""
    for _ in range(ROUNDS):
        # given a gateway under load
        gateway = serve()
        with Callers(CALLERS, [gateway]) as callers:
            assert callers.come_to(ANSWERS)
            # when it is told to end
            gateway.terminate()
            assert gateway.wait() == 0
        # then no answer but prices was given, none was cut off, and none was made that nobody got
        assert set(callers.answers) <= {200, "none"}, callers.answers
        assert gateway.priced() == callers.answers[200]


@pytest.mark.timeout(900)
def test_a_rolling_restart_loses_no_request(serve: Serve) -> None:
    """Two gateways on one database, replaced one after the other."""
    # given two gateways under load
    first = serve()
    second = serve(database_url=first.database_url)
    with Callers(CALLERS, [first, second]) as callers:
        assert callers.come_to(ANSWERS)
        # when each is ended and started again, the second after the first is ready
        for _ in range(ROUNDS):
            for gateway in (first, second):
                gateway.terminate()
                assert gateway.wait() == 0
                assert callers.come_to(ANSWERS)
                gateway.start()
                assert callers.come_to(ANSWERS)
    # then every request had its price, and every price its asker
    assert set(callers.answers) == {200}, callers.answers
    assert first.priced() + second.priced() == callers.answers[200]


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
    # then at most one request of each caller was cut off, and none answered with anything but a price
    assert callers.answers["cut"] <= CALLERS
    assert set(callers.answers) <= {200, "cut"}, callers.answers
