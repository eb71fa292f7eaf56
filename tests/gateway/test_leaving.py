"""A leaving gateway's last connections; with the real server in test_serving.py, under load in tests/faults."""

import socket
import sys

import pytest

from gateway.leaving import take_no_more_connections
from tests.ports import LOOPBACK

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's listeners can be told to take no more")


@pytest.fixture
def listener() -> socket.socket:
    return socket.create_server((LOOPBACK, 0))


def test_what_the_kernel_has_taken_is_accepted_and_no_more(listener: socket.socket) -> None:
    """Who is let in can talk as ever, and who is not finds out by himself: nothing that he sent is lost."""
    # given a listener, and a caller whom the kernel has connected and nobody has accepted
    address = listener.getsockname()
    with listener, socket.create_connection(address, 5) as waiting:
        # when no more connections are to be taken, then nobody gets one
        take_no_more_connections(address[1])
        with pytest.raises(TimeoutError):
            socket.create_connection(address, 0.3)
        # and who has one is accepted, and answered
        accepted, _ = listener.accept()
        with accepted:
            waiting.sendall(b"x" * 100_000)
            assert len(accepted.recv(100_000, socket.MSG_WAITALL)) == 100_000
            accepted.sendall(b"answer")
            assert waiting.recv(6) == b"answer"


def test_other_listeners_take_connections_as_ever(listener: socket.socket) -> None:
    """As that of the metrics."""
    # given two listeners, when one is to take no more
    with listener, socket.create_server((LOOPBACK, 0)) as other:
        take_no_more_connections(listener.getsockname()[1])
        # then the other one does
        socket.create_connection(other.getsockname(), 5).close()
