"""Clocks that are set: deadlines do not notice, limits get over it, and sessions last their seven days by the new one.

The gateway's clock is stepped by libfaketime, which is loaded into its process (Debian: apt-get install faketime).
"""

import json
from pathlib import Path

import pytest

from gateway.app import create_app
from gateway.config import Config
from gateway.services.sessions import LIFETIME
from tests.faults.callers import Callers
from tests.faults.conftest import Serve
from tests.faults.processes import JSON, ServedGateway
from tests.gateway.gateways import PASSWORD, Gateway

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
EMAIL = "ada@example.org"
BEYOND_ITS_LIFE = f"{LIFETIME.days + 1}d"


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


@pytest.fixture
def gateway(serve: Serve, clock: Clock) -> ServedGateway:
    """Its clock can be set, and it knows EMAIL."""
    served = serve(environment=clock.environment)
    Gateway(create_app(Config(database_url=served.database_url))).account("customer", EMAIL)
    return served


def log_in(gateway: ServedGateway, password: str = PASSWORD) -> tuple[int, str]:
    """The status, and what the browser sends along from then on."""
    login = json.dumps({"email": EMAIL, "password": password}).encode()
    status, headers, _ = gateway.exchange("POST", "/api/v1/sessions", login, JSON)
    cookies = [cookie.partition(";")[0] for cookie in headers.get_all("Set-Cookie", [])]
    return status, "; ".join(cookies)


def who_am_i(gateway: ServedGateway, cookies: str) -> int:
    """The status of what is asked in a session; 401 once it has ended."""
    return gateway.ask("GET", "/api/v1/users/me", headers={"Cookie": cookies})[0]


def test_a_clock_that_is_set_costs_no_price_and_locks_nobody_out(gateway: ServedGateway, clock: Clock) -> None:
    # given a gateway under load, with somebody logged in, and a clock that can be set
    status, session = log_in(gateway)
    assert status == 201
    with Callers(4, [gateway]) as callers:
        assert callers.come_to(50)
        # when it jumps a day ahead, where somebody mistypes his password, and is set right again
        for offset in ("+1d", "+0", "-1d", "+0"):
            clock.step(offset)
            assert callers.come_to(50)
            assert log_in(gateway, "not this one")[0] == 401
            # then who was logged in still is
            assert who_am_i(gateway, session) == 200
        # and who mistyped can log in
        assert log_in(gateway)[0] == 201
    # and every price was given all the while
    assert set(callers.answers) == {200}, callers.answers


def test_a_session_lasts_by_the_clock_as_it_stands(gateway: ServedGateway, clock: Clock) -> None:
    """A step beyond its life ends it for as long as the clock stands there: nothing but `prune` takes it away."""
    # given somebody logged in
    _, session = log_in(gateway)
    # when the clock is set back by more than a session's life, then he still is
    clock.step(f"-{BEYOND_ITS_LIFE}")
    assert who_am_i(gateway, session) == 200
    # and when it jumps ahead by more than that, he is not, and can log in anew
    clock.step(f"+{BEYOND_ITS_LIFE}")
    assert who_am_i(gateway, session) == 401
    status, another = log_in(gateway)
    assert (status, who_am_i(gateway, another)) == (201, 200)
    # and when it is set right again, both sessions are there
    clock.step("+0")
    assert [who_am_i(gateway, each) for each in (session, another)] == [200, 200]
