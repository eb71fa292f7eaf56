"""Callers who keep asking gateways for prices, as a proxy would hand their requests on, and what becomes of each."""

import http.client
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.faults.processes import ANSWER_WITHIN_S, JSON, LOOKS_EVERY_S, ServedGateway
from tests.gateway.fake_model_server import LOOPBACK
from tests.gateway.gateways import VALUATIONS

# What may become of a request that gets no whole answer.
REFUSED = "refused"  # nobody listened: nothing of it was sent
CLOSED = "closed"  # sent on a kept connection, which ended without a byte of the answer
UNANSWERED = "unanswered"  # sent on a new connection, which ended without a byte of the answer
CUT = "cut"  # its answer broke off
LOSSES = (REFUSED, CLOSED, UNANSWERED, CUT)
NONE = "none"  # refused by every gateway in turn


class Callers:
    """So many callers who ask for one price after the other, on kept connections, of the gateways in rotation in turn.

    Valuations are POSTs, so a request is tried again only where it is certain that nobody has seen it: where the
    connection was refused, the next gateway is asked. A kept connection of which the end is seen before anything is
    sent is made anew, as every pool of connections does. Whatever else goes wrong is the request's end.

    `answers` are what came of the requests: a status, CLOSED, UNANSWERED, CUT or NONE. `losses` are what came of the
    tries, REFUSED among them.
    """

    def __init__(self, count: int, gateways: Sequence[ServedGateway]) -> None:
        self.answers: Counter[int | str] = Counter()
        self.losses: Counter[str] = Counter()
        self.slowest_s = 0.0
        self._rotation = list(gateways)
        self._asked: Counter[ServedGateway] = Counter()  # requests under way at each
        self._ended = threading.Event()
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._ask_on_and_on, args=(number,)) for number in range(count)]

    def __enter__(self) -> "Callers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def come_to(self, answers: int, within_s: float = 30.0) -> bool:
        """Whether so many more are answered in time."""
        wanted, until_s = self.answers.total() + answers, time.monotonic() + within_s
        while self.answers.total() < wanted and time.monotonic() < until_s:
            time.sleep(LOOKS_EVERY_S)
        return self.answers.total() >= wanted

    @contextmanager
    def without(self, gateway: ServedGateway) -> Iterator[None]:
        """One is taken out of rotation, as a proxy does: nobody asks it any more, and who had asked it has his answer.
        The connections to it stay open, idle.
        """
        with self._changed:
            self._rotation.remove(gateway)
            assert self._changed.wait_for(lambda: not self._asked[gateway], ANSWER_WITHIN_S)
        yield
        with self._changed:
            self._rotation.append(gateway)

    def _ask_on_and_on(self, number: int) -> None:
        connections: dict[int, http.client.HTTPConnection] = {}
        turn = number
        while not self._ended.is_set():
            began_s = time.monotonic()
            answer: int | str = NONE
            for _ in range(2 * len(self._rotation)):
                found = self._ask_one(connections, turn)
                turn += 1
                if found != REFUSED:
                    answer = found
                    break
            with self._changed:
                self.answers[answer] += 1
                self.slowest_s = max(self.slowest_s, time.monotonic() - began_s)
            if answer == NONE:
                time.sleep(LOOKS_EVERY_S)
        for connection in connections.values():
            connection.close()

    def _ask_one(self, connections: dict[int, http.client.HTTPConnection], turn: int) -> int | str:
        """Status, or what was lost."""
        with self._changed:
            gateway = self._rotation[turn % len(self._rotation)]
            self._asked[gateway] += 1
        fresh = http.client.HTTPConnection(LOOPBACK, gateway.port, timeout=ANSWER_WITHIN_S)
        found = ask(connections.setdefault(gateway.port, fresh), gateway.body)
        with self._changed:
            self._asked[gateway] -= 1
            if found in LOSSES:
                self.losses[str(found)] += 1
            self._changed.notify_all()
        return found


def ask(connection: http.client.HTTPConnection, body: bytes) -> int | str:
    """Status, or what was lost."""
    if connection.sock is not None and _has_ended(connection.sock):
        connection.close()
    kept = connection.sock is not None
    loss = REFUSED
    try:
        if not kept:
            connection.connect()
        loss = CLOSED if kept else UNANSWERED
        connection.request("POST", VALUATIONS, body, JSON)
        if not connection.sock.recv(1, socket.MSG_PEEK):
            raise ConnectionResetError
        loss = CUT
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, http.client.HTTPException):
        connection.close()
        return loss


def _has_ended(idle: socket.socket) -> bool:
    """Whether the other side has closed it: between two answers nothing else is to be read."""
    return bool(select.select([idle], [], [], 0)[0])
