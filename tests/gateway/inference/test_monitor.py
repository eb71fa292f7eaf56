"""The monitor: the circuit opens by the probe alone, refuses at once, and closes by itself."""

import time
from collections.abc import Callable, Iterator

import pytest

from gateway.errors import ModelUnavailable
from gateway.inference.client import InferenceClient
from gateway.inference.monitor import ModelMonitor
from model.schema.vehicle import Vehicle
from tests.gateway.fake_model_server import FakeModelServer, Misbehaviour, Reply, Wire, cut, fail, replace, say
from tests.gateway.waiting import until

DEADLINE_S = 1.5
INTERVAL_S = 0.1
GOLF = Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", 4.3, 48_500.0, 150.0)

Watch = Callable[..., ModelMonitor]


@pytest.fixture
def watch(model_server: FakeModelServer) -> Iterator[Watch]:
    """Starts a monitor of the model server."""
    client = InferenceClient(model_server.url, DEADLINE_S)
    started: list[ModelMonitor] = []

    def start(probe: Callable[[], Vehicle] = lambda: GOLF, interval_s: float = INTERVAL_S) -> ModelMonitor:
        monitor = ModelMonitor(client, probe, interval_s)
        monitor.start()
        started.append(monitor)
        return monitor

    yield start
    for monitor in started:
        monitor.stop()
    client.close()


def ask(monitor: ModelMonitor, cars: int = 2) -> str | None:
    """Price some cars, as many as no probe; the cause if there is no price."""
    try:
        monitor.infer([GOLF] * cars, time.monotonic() + DEADLINE_S)
    except ModelUnavailable as error:
        return error.cause
    return None


def is_refused_unasked(monitor: ModelMonitor, model_server: FakeModelServer) -> bool:
    """Whether two cars are refused without a call; the probe's own calls are of one car."""
    before = calls_for_two(model_server)
    return ask(monitor) is not None and calls_for_two(model_server) == before


def calls_for_two(model_server: FakeModelServer) -> int:
    return sum(request["inputs"][0]["shape"] == [2, 1] for request in list(model_server.requests))


def for_two(how: Misbehaviour) -> Misbehaviour:
    """Wrong for requests of two cars, sound for the probe."""

    def other(reply: Reply) -> Reply | Wire:
        return how(reply) if reply["outputs"][0]["shape"] == [2, 1] else reply

    return other


FAILURES: dict[str, Misbehaviour] = {
    "error": fail(500),
    "unloaded": fail(404),
    "garbage": say(b"<!doctype html>"),
    "down": cut,
}


def test_without_a_probe_the_circuit_stays_closed(watch: Watch, model_server: FakeModelServer) -> None:
    """Nobody would close it again."""
    # given a monitor without an interval, and a server that fails
    monitor = watch(interval_s=0.0)
    model_server.misbehave(fail(500))
    # when it is asked again and again, then each request reaches the server, and the state follows
    for _ in range(20):
        assert ask(monitor) == "error"
    assert calls_for_two(model_server) == 20
    assert (monitor.state.available, monitor.state.cause) == (False, "error")
    model_server.behave()
    assert ask(monitor) is None
    assert (monitor.state.available, monitor.state.version, monitor.state.cause) == (True, "1", None)


@pytest.mark.parametrize("cause", ["error", "garbage"])
def test_a_server_that_fails_the_probe_opens_the_circuit(
    watch: Watch, model_server: FakeModelServer, cause: str
) -> None:
    """While the probe has no answer nothing is sent on, and the refusal says why; the next good probe closes it."""
    # given a server that answered and now fails at everything
    monitor = watch()
    assert until(lambda: monitor.state.available)
    model_server.misbehave(FAILURES[cause])
    # when that is found out, then cars are refused at once, for the probe's own reason
    assert until(lambda: is_refused_unasked(monitor, model_server))
    began_s = time.monotonic()
    assert ask(monitor) == cause
    assert time.monotonic() - began_s < DEADLINE_S
    assert (monitor.state.available, monitor.state.version) == (False, "1")
    # and when the server answers again, so does the monitor
    model_server.behave()
    assert until(lambda: ask(monitor) is None)
    assert monitor.state.available


@pytest.mark.parametrize("cause", ["down", "unloaded"])
def test_a_server_that_is_starting_is_asked(watch: Watch, model_server: FakeModelServer, cause: str) -> None:
    """A call that fails at once costs nothing, and so the first one after the start has its price."""
    # given a server that is away, or has not loaded its model, and a probe that has found that out
    monitor = watch(interval_s=60.0)
    assert until(lambda: monitor.state.available)
    model_server.stop() if cause == "down" else model_server.misbehave(FAILURES[cause])
    assert ask(monitor) == cause
    assert until(lambda: monitor.state.cause == cause)
    # when it is there again, then the next request is answered, and waits for no probe
    model_server.start() if cause == "down" else model_server.behave()
    assert ask(monitor) is None
    assert monitor.state.available


def test_a_hung_server_is_said_to_hang(watch: Watch, model_server: FakeModelServer) -> None:
    """Once a probe has waited in vain, nobody else waits."""
    # given a server that hangs
    monitor = watch()
    assert until(lambda: monitor.state.available)
    model_server.misbehave(model_server.hang)
    # when the probe has timed out, then the next refusals come at once
    assert until(lambda: ask(monitor) == "hung")
    began_s = time.monotonic()
    assert [ask(monitor) for _ in range(20)] == ["hung"] * 20
    assert time.monotonic() - began_s < DEADLINE_S
    # and when it answers again, so does the monitor
    model_server.behave()
    assert until(lambda: ask(monitor) is None)


@pytest.mark.parametrize("how", [*FAILURES.values(), replace("support", None, None)], ids=[*FAILURES, "bad rows"])
def test_no_request_opens_the_circuit(watch: Watch, model_server: FakeModelServer, how: Misbehaviour) -> None:
    """A request that the server cannot stand is that request's own trouble: others go on, whoever sends it how often.
    """
    # given a server that fails at two cars together, and at nothing else
    monitor = watch()
    assert until(lambda: monitor.state.available)
    model_server.misbehave(for_two(how))
    # when such requests come again and again, then each is tried, and one car is priced at any time
    for number in range(1, 20):
        ask(monitor, cars=2)
        assert ask(monitor, cars=1) is None
        assert calls_for_two(model_server) == number


def test_a_failure_makes_the_monitor_look_at_once(watch: Watch, model_server: FakeModelServer) -> None:
    """A server that goes down is known long before the next look is due."""
    # given a monitor that looks every hour, and a server that fails
    monitor = watch(interval_s=3_600.0)
    assert until(lambda: monitor.state.available)
    model_server.misbehave(fail(500))
    # when one request has failed, then it is found out
    assert ask(monitor) == "error"
    assert until(lambda: is_refused_unasked(monitor, model_server))


def test_failing_requests_do_not_multiply_probes(watch: Watch, model_server: FakeModelServer) -> None:
    """However many requests fail, there are no more than some ten looks a second."""
    # given a server that fails at two cars together
    monitor = watch(interval_s=3_600.0)
    assert until(lambda: monitor.state.available)
    model_server.misbehave(for_two(fail(500)))
    asked = len(model_server.requests)
    # when requests fail for half a second
    until_s = time.monotonic() + 0.5
    failed = 0
    while time.monotonic() < until_s:
        failed += ask(monitor) == "error"
    # then there were a few looks
    assert failed > 20
    assert len(model_server.requests) - asked - failed <= 10


def test_without_a_card_the_circuit_stays_closed(watch: Watch, model_server: FakeModelServer) -> None:
    """Then no car is known to be good, which says nothing of the server."""

    def no_card() -> Vehicle:
        raise ModelUnavailable("no card", "no model has been published to this gateway yet")

    # given a monitor that knows no car to ask about
    monitor = watch(no_card)
    assert until(lambda: monitor.state.cause == "no card")
    # when cars are asked for, then the server is asked
    for number in range(1, 5):
        assert ask(monitor) is None
        assert calls_for_two(model_server) == number


def test_a_card_that_goes_does_not_leave_the_circuit_open(watch: Watch, model_server: FakeModelServer) -> None:
    """An open circuit needs a probe that fails, and there is none any more."""
    # given an open circuit
    cards = [GOLF]

    def probe() -> Vehicle:
        if not cards:
            raise ModelUnavailable("no card", "no model has been published to this gateway yet")
        return cards[0]

    monitor = watch(probe)
    model_server.misbehave(fail(500))
    assert until(lambda: is_refused_unasked(monitor, model_server))
    # when there is no car to ask about any more, then the server is asked again
    cards.clear()
    model_server.behave()
    assert until(lambda: ask(monitor) is None)


def test_a_probe_that_fails_unforeseen_does_not_end_the_probing(watch: Watch, model_server: FakeModelServer) -> None:
    """Nobody else would watch."""
    looks: list[int] = []

    def probe() -> Vehicle:
        looks.append(len(looks))
        if len(looks) < 3:
            raise RuntimeError("the database is away")
        return GOLF

    # given a probe that fails at first, when it is tried again, then the server is found
    monitor = watch(probe)
    assert until(lambda: monitor.state.available)
    assert ask(monitor) is None


def test_every_answer_tells_the_version(watch: Watch, model_server: FakeModelServer) -> None:
    """Requests tell what is served as much as the probe does, and a failure does not make it forgotten."""
    # given a monitor that does not probe
    monitor = watch(interval_s=0.0)
    assert (monitor.state.available, monitor.state.version) == (False, None)
    # when versions answer, then the last one is known
    for version in ("1", "2"):
        model_server.version = version
        assert ask(monitor) is None
        assert (monitor.state.available, monitor.state.version) == (True, version)
    model_server.stop()
    assert ask(monitor) == "down"
    assert (monitor.state.available, monitor.state.version, monitor.state.cause) == (False, "2", "down")
