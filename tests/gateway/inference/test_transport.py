"""The transport: connections are kept and not shared, an exchange has one deadline, and no reply meets another request.
"""

import threading
import time
from collections.abc import Iterator

import pytest

from gateway.inference.client import PATH
from gateway.inference.codec import decode, encode
from gateway.inference.transport import LONGEST_IDLE_S, NoReply, NotHttp, NotReached, Transport
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from tests.gateway import market
from tests.gateway.fake_model_server import (
    LOOPBACK,
    FakeModelServer,
    Misbehaviour,
    Wire,
    after,
    chunks_without_end,
    close,
    closed_port,
    cut,
    drip,
    headers_without_end,
    http,
    send,
    silent_socket,
    then_close,
    until_closed,
    written,
)

# Long enough for two cores that stand still for a second now and then.
DEADLINE_S = 2.0
SLACK_S = 1.0


@pytest.fixture
def transport(model_server: FakeModelServer) -> Iterator[Transport]:
    opened = Transport(model_server.url, PATH)
    yield opened
    opened.close()


def car(number: int) -> Vehicle:
    """One of many cars, each with a price of its own."""
    return Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", 5.0, 1_000.0 + number, 130.0)


def priced(transport: Transport, vehicle: Vehicle, within_s: float = DEADLINE_S) -> float:
    status, content = transport.post(encode([vehicle]), time.monotonic() + within_s)
    assert status == 200
    return decode(content, 1).row(0)["price_eur"]


def price(vehicle: Vehicle) -> float:
    return Scorer(market.table()).score_one(vehicle)["price_eur"]


@pytest.mark.parametrize(
    "url",
    [
        "", "127.0.0.1:8080", "model:8080", "http://", "http:///v2", "https://127.0.0.1:8080", "ftp://127.0.0.1",
        "http://127.0.0.1:99999", "http://127.0.0.1:http", "http://127.0.0.1:8080/v2",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    """A mistake in the settings is told before anything is asked."""
    # given what is no http://host:port, when a transport is made for it, then it is refused
    with pytest.raises(ValueError):
        Transport(url, PATH)


def test_a_connection_is_kept(transport: Transport, model_server: FakeModelServer) -> None:
    """To connect costs a round trip, which one request after the other need not pay."""
    # given a transport, when requests follow each other, then each has its own answer, over one connection
    for number in range(20):
        assert priced(transport, car(number)) == price(car(number))
    assert model_server.connections == 1


def test_a_connection_that_was_idle_for_long_is_not_used(transport: Transport, model_server: FakeModelServer) -> None:
    """The server may be closing it at this moment."""
    # given a connection that was idle
    priced(transport, car(1))
    time.sleep(LONGEST_IDLE_S + 0.1)
    # when there is another request, then it has another connection
    assert priced(transport, car(2)) == price(car(2))
    assert model_server.connections == 2


def test_threads_do_not_share_a_connection(transport: Transport, model_server: FakeModelServer) -> None:
    """Each thread reads its own reply, and there are no more connections than requests at once."""
    # given many threads
    wrong: list[int] = []

    def ask(first: int) -> None:
        for number in range(first, first + 25):
            if priced(transport, car(number), 10.0) != price(car(number)):
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=(1_000 * number,)) for number in range(8)]
    # when they ask at once
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # then each has its own answers
    assert wrong == []
    assert model_server.connections <= 8


def test_a_server_that_ends_connections_is_connected_to_anew(
    transport: Transport, model_server: FakeModelServer
) -> None:
    """What the server announces is heard."""
    # given a server that closes after each reply, when requests follow each other, then all are answered
    model_server.misbehave(then_close)
    for number in range(5):
        assert priced(transport, car(number)) == price(car(number))
    assert model_server.connections == 5


def test_a_kept_connection_that_has_ended_costs_no_request(
    transport: Transport, model_server: FakeModelServer
) -> None:
    """A server that was started anew between two requests is a server that is there."""
    # given kept connections, and a server that cut them
    priced(transport, car(1))
    model_server.stop()
    model_server.start()
    time.sleep(0.05)
    # when there is another request, then it is answered
    assert priced(transport, car(2)) == price(car(2))


@pytest.mark.parametrize("first", ["reply", "promise"])
def test_a_reply_too_many_answers_nobody(transport: Transport, model_server: FakeModelServer, first: str) -> None:
    """What comes on a connection after its reply is never taken for the next one's: that would be another car's price.
    """
    # given a server that sends one reply twice, or a promise of it before, in pieces that are read one by one
    def twice(reply: dict) -> Wire:
        whole = http(written(reply))

        def pieces() -> Iterator[bytes]:
            yield whole if first == "reply" else b"HTTP/1.1 100 Continue\r\n\r\n"
            time.sleep(0.1)
            yield whole

        return Wire(pieces())

    model_server.misbehave(twice)
    # when cars are priced one after the other, then none has the price of the one before
    for number in range(5):
        assert priced(transport, car(number)) == price(car(number))
        time.sleep(0.2)


BROKEN: dict[str, tuple[Misbehaviour, type[Exception]]] = {
    "closed": (close, NoReply),
    "cut": (cut, NoReply),
    "until closed": (until_closed, NoReply),
    "not HTTP": (send(b"220 mail.example ESMTP\r\n"), NotHttp),
    "drip": (drip(3 * DEADLINE_S), TimeoutError),
    "late": (after(2 * DEADLINE_S), TimeoutError),
    "chunks without end": (chunks_without_end, TimeoutError),
    "headers without end": (headers_without_end, TimeoutError),
}


@pytest.mark.parametrize(("how", "error"), BROKEN.values(), ids=BROKEN)
def test_a_reply_that_is_not_whole_is_none(
    transport: Transport, model_server: FakeModelServer, how: Misbehaviour, error: type[Exception]
) -> None:
    """It is told within the deadline, asked for once, and its connection is not used again."""
    # given a kept connection, on which the server breaks off
    priced(transport, car(1))
    model_server.misbehave(how)
    asked = len(model_server.requests)
    # when a car is asked for
    began_s = time.monotonic()
    with pytest.raises(error):
        priced(transport, car(2))
    # then it is told in time, and nobody asked twice
    assert time.monotonic() - began_s < DEADLINE_S + SLACK_S
    assert len(model_server.requests) == asked + 1
    # and the next request has another connection
    model_server.behave()
    assert priced(transport, car(3)) == price(car(3))
    assert model_server.connections == 2


def test_after_the_deadline_nothing_is_asked(transport: Transport, model_server: FakeModelServer) -> None:
    """Neither without a connection nor with one."""
    # given a deadline that has passed, when a car is asked for, then the server hears nothing of it
    with pytest.raises(TimeoutError):
        priced(transport, car(1), within_s=0.0)
    assert model_server.connections == 0
    priced(transport, car(1))
    with pytest.raises(TimeoutError):
        priced(transport, car(1), within_s=-1.0)
    assert len(model_server.requests) == 1


def test_who_does_not_read_is_not_waited_for() -> None:
    """A large request to a server that takes none of it ends with the deadline, too."""
    # given a server that accepts and never reads, when more is sent than fits between, then it is told in time
    with silent_socket() as url:
        began_s = time.monotonic()
        with pytest.raises(TimeoutError):
            Transport(url, PATH).post(b" " * 50_000_000, time.monotonic() + DEADLINE_S)
        assert time.monotonic() - began_s < DEADLINE_S + SLACK_S


@pytest.mark.parametrize("host", [LOOPBACK, "no-such-host.invalid"])
def test_without_a_connection_nothing_was_asked(host: str) -> None:
    """That is an error of its own: to ask again is safe."""
    # given an address where nobody listens, when a car is asked for, then nobody was reached
    with pytest.raises(NotReached):
        Transport(f"http://{host}:{closed_port()}", PATH).post(b"{}", time.monotonic() + DEADLINE_S)
