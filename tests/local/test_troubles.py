"""What stands in the way of a run is told with its way out."""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local import python_version
from tests.local.harness import HERE, Checkout

Listings = Callable[[str], Path]


def test_a_taken_port_is_named_with_its_holder_and_a_free_one(checkout: Checkout) -> None:
    """The user learns which port, who has it and what to type."""
    port = checkout.ports[0]
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        code, output = checkout.run()

    assert code == 1
    assert f"PORT={port} (the gateway and its web app): taken by" in output
    assert "make run PORT=" in output
    if sys.platform == "linux":
        assert f"process {os.getpid()} (" in output


def test_one_port_for_two_servers_is_refused(checkout: Checkout) -> None:
    """Two servers cannot share a port."""
    code, output = checkout.run(f"METRICS_PORT={checkout.ports[0]}")

    assert code == 1
    assert "PORT is the same port" in output


@pytest.mark.parametrize(("setting", "said"), [
    ("PORT=eighty", "a port is a number from 1 to 65535"),
    ("PORT=70000", "a port is a number from 1 to 65535"),
    ("MARKET_DATE=07/2021", "MARKET_DATE=2021-07-01"),
    ("MARKET_DATE=2999-01-01", "a day to come"),
    ("DATA=nowhere.csv", "there is no file"),
    ("MARKET_DATE=2021-07-01", "name it too"),
])
def test_a_setting_that_cannot_be_meant_is_refused(checkout: Checkout, setting: str, said: str) -> None:
    """Before anything is done, with the name of the setting."""
    code, output = checkout.run(setting)

    assert code == 1
    assert setting.split("=")[0] in output and said in output
    assert checkout.calls("dealership") == []


def test_a_missing_market_date_is_told_where_nobody_can_be_asked(checkout: Checkout, listings: Listings) -> None:
    """Without a terminal the message shows what to type."""
    code, output = checkout.run(f"DATA={listings('make')}")

    assert code == 1
    assert "MARKET_DATE=2021-07-01" in output


def test_data_that_cannot_be_used_leaves_the_kept_market(checkout: Checkout, listings: Listings) -> None:
    """A refused file is not kept: the next plain run serves what was served before."""
    kept = listings("listed_on,make")
    checkout.serve_and_stop(f"DATA={kept}")

    code, output = checkout.run(f"DATA={listings('colour')}")

    assert code == 1
    assert "no column that could be the make" in output
    assert f"keeping {kept}" in checkout.serve_and_stop()


def test_a_server_that_dies_at_its_start_is_shown(checkout: Checkout) -> None:
    """The run ends with what the server said and how it ended, and takes the other server along."""
    code, output = checkout.run("FAKE_MLSERVER=dies")

    assert code == 1
    assert "cannot load the model" in output
    assert "MLServer ended while starting (exit code 7)" in output
    assert checkout.survivors() == []


def test_an_unreachable_registry_is_told(own_checkout: Checkout) -> None:
    """A failure of the installer comes as its tail, its meaning and its log."""
    code, output = own_checkout.run(f"FAKE_UV_OUTPUT={HERE}/outputs/uv_no_network.txt")

    assert code == 1
    assert "A package registry cannot be reached" in output
    assert f"{own_checkout.var}/logs/environments.log" in output


def test_a_second_run_on_the_same_state_is_refused(checkout: Checkout) -> None:
    """One state, one run; the second says where the first one is."""
    first = checkout.start()
    first.wait_for("Dealership AI is ready")

    code, output = checkout.run()

    assert code == 1
    assert f"already runs on {checkout.var} (process {first.pid}" in output


def test_another_python_is_refused_with_the_way_to_choose() -> None:
    """3.11 and 3.12 are fine, all others are told what to type."""
    assert python_version.complaint((3, 11)) is None
    assert python_version.complaint((3, 12)) is None
    for other in ((2, 7), (3, 10), (3, 13)):
        assert "make run PYTHON=python3.1" in (python_version.complaint(other) or "")
