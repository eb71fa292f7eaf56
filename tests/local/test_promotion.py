"""make promote and make rollback, with a run beside them and without; every program is a fake but local's own."""

import json
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.local.harness import PATIENCE_SECONDS, Checkout, Process

UNGATED = "ARGS=--ungated"


@pytest.fixture
def run(checkout: Checkout) -> Process:
    """A run that serves version 1."""
    process = checkout.start()
    process.wait_for("Dealership AI is ready")
    wait_until(lambda: bool(said(checkout)))
    checkout.forget_calls()
    return process


def said(checkout: Checkout) -> dict:
    """What the run says of its model servers."""
    try:
        return json.loads((checkout.var / "run" / "model-servers.json").read_text())
    except OSError:
        return {}


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/models/car-price/ready", timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def serving(checkout: Checkout) -> str:
    settings = json.loads((checkout.var / "serving" / "model-settings.json").read_text())
    return settings["parameters"]["version"]


def test_another_version_takes_over(checkout: Checkout, run: Process) -> None:
    """Tried, switched to, recorded, in this order; then the old server ends, and its place is the next one's."""
    # given a run, when another version is promoted
    code, output = checkout.run("VERSION=2", "REASON=it is better", UNGATED, command="promote")
    # then it was tried before the gateway was switched, and recorded after that
    assert code == 0, output
    steps = [call.split(" --serving-dir")[0] for call in checkout.calls("dealership-")]
    reason = "--by command --reason it is better"
    assert steps == [
        f"dealership-model promote --version 2 --ungated {reason} --trial",
        f"dealership-gateway card put {checkout.var}/serving-trial/card.json",
        "dealership-gateway rollout begin 2 --at-once --reason it is better",
        f"dealership-model promote --version 2 --ungated {reason}",
        f"dealership-gateway promotion put {checkout.var}/serving/promotion.json",
    ]
    # and the second place has it, the first is free, until the next one takes it
    first, second = checkout.ports[2], checkout.ports[5]
    assert said(checkout)["main"]["port"] == second and answers(second) and not answers(first)
    assert checkout.run("REASON=too dear", command="rollback")[0] == 0
    assert serving(checkout) == "1"
    assert said(checkout)["main"]["port"] == first and answers(first) and not answers(second)
    assert not (checkout.var / "serving-trial").exists()


@pytest.mark.parametrize(
    ("version", "expected_code", "told"),
    [("refused", 5, "worse by 3%"), ("broken", 1, "ended while starting"), ("unwanted", 1, "it has no card")],
)
def test_what_fails_changes_nothing(
    checkout: Checkout, run: Process, version: str, expected_code: int, told: str
) -> None:
    """The old one serves on, what was started is ended, and the reason and the exit code are told."""
    # given a run, when a version is promoted that is refused, does not start, or that the gateway does not take
    code, output = checkout.run(f"VERSION={version}", command="promote")
    # then that is said, and all is as before
    assert code == expected_code and told in output and "Version 1 serves on" in output
    assert serving(checkout) == "1" and answers(checkout.ports[2])
    wait_until(lambda: said(checkout)["second"] is None)
    assert not answers(checkout.ports[5])
    if version == "unwanted":
        assert checkout.calls("dealership-gateway rollout begin")[-1].startswith("dealership-gateway rollout begin 1 ")
    # and another one takes over after that
    assert checkout.run("VERSION=2", command="promote")[0] == 0
    assert serving(checkout) == "2"


def test_a_promotion_that_was_killed_is_put_away(checkout: Checkout, run: Process) -> None:
    # given a promotion that is killed while its server starts, or serves already
    killed = checkout.start("VERSION=2", command="promote")
    wait_until(lambda: said(checkout)["second"] is not None)
    killed.signal(signal.SIGKILL)
    killed.end()
    # when another version is promoted, then that one takes over
    assert checkout.run("VERSION=3", command="promote")[0] == 0
    assert serving(checkout) == "3" and said(checkout)["main"]["version"] == "3"


def test_a_run_that_was_killed_comes_up_with_what_was_promoted(checkout: Checkout, run: Process) -> None:
    # given a run that is killed while a version is tried
    killed = checkout.start("VERSION=2", command="promote")
    wait_until(lambda: said(checkout)["second"] is not None)
    run.signal(signal.SIGKILL)
    run.end()
    code = killed.end()
    # when it is started again, then it serves what the promotion has come to, in the first place
    again = checkout.start()
    again.wait_for("Dealership AI is ready")
    wait_until(lambda: bool(said(checkout)))
    assert said(checkout)["main"]["version"] == serving(checkout) == ("2" if code == 0 else "1")
    assert answers(checkout.ports[2]) and not answers(checkout.ports[5])
    assert checkout.run("VERSION=3", command="promote")[0] == 0


def test_without_a_run_the_next_one_serves_it(checkout: Checkout) -> None:
    """Nothing is started, and a later run trains and promotes nothing of its own in its place."""
    # given what a run has left
    checkout.serve_and_stop()
    # when a version is promoted
    code, output = checkout.run("VERSION=7", command="promote")
    # then the next run serves it
    assert code == 0 and "`make run` serves it" in output
    assert checkout.run("VERSION=refused", command="promote")[0] == 5
    checkout.forget_calls()
    output = checkout.serve_and_stop()
    assert serving(checkout) == "7" and checkout.calls("dealership-model ") == []
    assert "version 7 is the champion, as before" in output


def test_two_promotions_do_not_meet(checkout: Checkout, run: Process) -> None:
    # given one under way, when another one is begun, then it is told to wait
    first = checkout.start("VERSION=2", command="promote")
    wait_until(lambda: said(checkout)["second"] is not None)
    code, output = checkout.run("VERSION=3", command="promote")
    assert code == 1 and "under way" in output
    assert first.end() == 0 and serving(checkout) == "2"


def test_a_canary_is_served_beside_the_champion(checkout: Checkout, run: Process) -> None:
    """As long as promotion has its folder there, over a new start as well; nothing else is tried meanwhile."""
    # given the files of a canary
    write_settings(checkout.var / "serving-challenger", "2")
    # then it is served beside the champion
    wait_until(lambda: answers(checkout.ports[5]))
    code, output = checkout.run("VERSION=3", command="promote")
    assert code == 1 and "A canary of version 2 is under way" in output
    # and when the run is started anew, both are
    run.signal(signal.SIGINT)
    assert run.end() == 0
    again = checkout.start()
    again.wait_for("Dealership AI is ready")
    wait_until(lambda: answers(checkout.ports[5]))
    # and when promotion makes it the champion, it takes over
    write_settings(checkout.var / "serving", "2")
    (checkout.var / "serving-challenger" / "model-settings.json").unlink()
    wait_until(lambda: not answers(checkout.ports[2]))
    assert answers(checkout.ports[5]) and said(checkout)["main"]["port"] == checkout.ports[5]


def write_settings(folder: Path, version: str) -> None:
    folder.mkdir(exist_ok=True)
    draft = folder / "draft"
    draft.write_text(json.dumps({"parameters": {"uri": f"/{version}", "version": version}}))
    draft.replace(folder / "model-settings.json")


def test_a_version_must_be_named(checkout: Checkout) -> None:
    assert "make promote VERSION=2" in checkout.run(command="promote")[1]
