"""However a run ends, nothing of it stays."""

import http.client
import os
import signal
import sys

import pytest

from tests.local.harness import Checkout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_in_order(checkout: Checkout, number: int) -> None:
    """Each of the polite signals ends the servers, and their own children, and is no failure."""
    run = checkout.start("FAKE_WORKER=1")
    run.wait_for("Dealership AI is ready")

    run.signal(number)

    assert run.end() == 0
    assert checkout.survivors() == []


@pytest.mark.parametrize(("lent", "moment"), [
    ("own_checkout", "[2/9] Environments"), ("checkout", "Dealership AI is ready"),
])
def test_ctrl_c_under_make_ends_without_an_error(request: pytest.FixtureRequest, lent: str, moment: str) -> None:
    """On a terminal Ctrl-C reaches make too; at no time it must look like a failure."""
    checkout: Checkout = request.getfixturevalue(lent)
    run = checkout.start(terminal=True, make=True)
    run.wait_for(moment)

    run.type("\x03")
    run.end()

    assert "Stopped." in run.output
    assert "***" not in run.output
    assert checkout.survivors() == []


def test_a_second_ctrl_c_waits_for_nobody(checkout: Checkout) -> None:
    """A server that does not end by itself is killed at once when asked again."""
    run = checkout.start("FAKE_MLSERVER=stubborn")
    run.wait_for("Dealership AI is ready")

    run.signal(signal.SIGINT)
    run.wait_for("Stopping")
    run.signal(signal.SIGINT)

    assert run.end() == 0
    assert "MLServer did not end by itself and was killed" in run.output
    assert checkout.survivors() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_a_killed_supervisor_takes_its_servers_along(checkout: Checkout) -> None:
    """SIGKILL leaves no time to end anything; the kernel does it."""
    run = checkout.start()
    run.wait_for("Dealership AI is ready")

    run.signal(signal.SIGKILL)

    assert run.end() == -signal.SIGKILL
    assert checkout.survivors() == []


def test_a_run_after_a_killed_one_comes_up(checkout: Checkout) -> None:
    """The lock of a killed run is nobody's."""
    run = checkout.start()
    run.wait_for("Dealership AI is ready")
    run.signal(signal.SIGKILL)
    run.end()
    assert checkout.survivors() == []

    checkout.serve_and_stop()


def test_a_server_that_ends_is_started_again(checkout: Checkout) -> None:
    """The user is told, and the service is back without their doing."""
    run = checkout.start()
    run.wait_for("Dealership AI is ready")

    connection = http.client.HTTPConnection("127.0.0.1", checkout.ports[0], timeout=5)
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.request("GET", "/fall")
        connection.getresponse()

    run.wait_for("the gateway ended (exit code 9); starting it again in 1 s")
    run.wait_for("the gateway is up again")
    run.signal(signal.SIGINT)
    assert run.end() == 0


def test_ctrl_c_at_the_question_stops(checkout: Checkout, tmp_path: os.PathLike[str]) -> None:
    """A question can be left as well as answered."""
    file = os.path.join(tmp_path, "undated.csv")
    with open(file, "w") as listings:
        listings.write("make\n")
    run = checkout.start(f"DATA={file}", terminal=True)
    run.wait_for("When were they listed")

    run.type("\x03")

    assert run.end() == 0
    assert "goes on from here" in run.output
