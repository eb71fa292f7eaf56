"""Clocks that are set: deadlines do not notice, sessions and limits get over it.

The gateway's clock is stepped by libfaketime, which is loaded into its process (Debian: apt-get install faketime).
"""

import json
from pathlib import Path

import pytest

from gateway.app import create_app
from gateway.config import Config
from tests.faults.conftest import Serve
from tests.faults.processes import JSON, Callers, ServedGateway
from tests.gateway.gateways import PASSWORD, Gateway

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
EMAIL = "ada@example.org"


class Clock:
    """What a process that was started with its environment takes for the time, as an offset from ours."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.step("+0")
        self.environment = {
            "LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1",
            # As real clocks have it: what counts on from the start is never set.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip

    def step(self, offset: str) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(offset)
        new.replace(self._file)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    if not LIBRARIES:
        pytest.skip("libfaketime is not installed (Debian: faketime)")
    return Clock(tmp_path / "clock")


def log_in(gateway: ServedGateway, password: str = PASSWORD) -> int:
    login = json.dumps({"email": EMAIL, "password": password}).encode()
    return gateway.ask("POST", "/api/v1/sessions", login, JSON)[0]


def test_a_clock_that_is_set_costs_no_price_and_locks_nobody_out(serve: Serve, clock: Clock) -> None:
    # given a gateway under load, with an account, and a clock that can be set
    gateway = serve(environment=clock.environment)
    app = create_app(Config(database_url=gateway.database_url))
    Gateway(app).account("customer", EMAIL)
    with Callers(4, [gateway]) as callers:
        assert callers.come_to(50)
        # when it jumps a day ahead, where somebody mistypes his password, and is set right again
        for offset in ("+1d", "+0", "-1d", "+0"):
            clock.step(offset)
            assert callers.come_to(50)
            assert log_in(gateway, "not this one") == 401
        # then he can log in
        assert log_in(gateway) == 201
    # and every price was given all the while
    assert set(callers.answers) == {200}, callers.answers
