"""What is told of a request that gets no whole answer: the restarts are judged by it."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.faults.callers import CLOSED, CUT, REFUSED, UNANSWERED, ask
from tests.faults.processes import ANSWER_WITHIN_S, BODY
from tests.gateway.fake_model_server import LOOPBACK, closed_port

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LONGEST_REQUEST = 65_536


@contextmanager
def answering(*connections: list[bytes]) -> Iterator[http.client.HTTPConnection]:
    """A server that takes so many connections, and gives so many answers on each before it closes it."""
    with socket.create_server((LOOPBACK, 0)) as listening:

        def serve() -> None:
            for answers in connections:
                with suppress(OSError), listening.accept()[0] as taken:
                    for answer in answers:
                        request = b""
                        while not request.endswith(BODY):
                            request += taken.recv(LONGEST_REQUEST)
                        taken.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        connection = http.client.HTTPConnection(LOOPBACK, listening.getsockname()[1], timeout=ANSWER_WITHIN_S)
        yield connection
        connection.close()
        serving.join()


def test_where_nobody_listens_it_is_refused() -> None:
    assert ask(http.client.HTTPConnection(LOOPBACK, closed_port()), BODY) == REFUSED


@pytest.mark.parametrize(
    ("answers", "found"),
    [([WHOLE, b""], [200, CLOSED]), ([b""], [UNANSWERED]), ([WHOLE[:9]], [CUT]), ([WHOLE[:-1]], [CUT])],
)
def test_a_connection_that_ends_is_told_by_how_far_it_came(answers: list[bytes], found: list[int | str]) -> None:
    with answering(answers) as connection:
        assert [ask(connection, BODY) for _ in found] == found


def test_an_end_that_is_seen_before_anything_is_sent_costs_nothing() -> None:
    # given a kept connection that the other side has closed
    with answering([WHOLE], [WHOLE]) as connection:
        assert ask(connection, BODY) == 200
        assert connection.sock.recv(1, socket.MSG_PEEK) == b""
        # when the next request is sent, then it goes by a new one
        assert ask(connection, BODY) == 200
