"""Natural batching: while calls are under way those who come wait, and go together in the next one.

Nobody waits for others to come: without a call under way a request is sent at once. There is no thread of its own:
one of those who wait sends the call for all of its batch, and hands each his part.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from gateway.errors import ModelUnavailable, Overloaded
from gateway.inference.codec import Cars, Priced

MOST_VEHICLES = 64  # in one call, unless one request has more; larger batches gain little per car
# While one call is priced the next is written and the last one read. The server prices one at a time.
MOST_CALLS = 2
# Who has less time left does not send for others: his call would end before it began.
LEAST_TO_LEAD_S = 0.02
MOST_FAILED = 2  # at the start of a batch that is asked one by one

Call = Callable[[Cars, float], Priced]


class Coalescer:
    """Brings the vehicles of waiting requests together into one call. Safe to share between threads."""

    def __init__(self, call: Call, most_waiting: int) -> None:
        """call prices vehicles before a deadline; most_waiting requests may wait for it, more are refused at once."""
        self._call = call
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._waiting: deque[_Request] = deque()
        self._calls = 0

    def price(self, vehicles: Cars, deadline: float) -> Priced:
        """The prices of these vehicles. Raises Overloaded, or ModelUnavailable, also where others' call failed."""
        request = _Request(vehicles, deadline)
        with self._lock:
            if self._calls < MOST_CALLS and not self._waiting:
                self._calls += 1
                request.batch = [request]
            elif len(self._waiting) >= self._most_waiting:
                raise Overloaded
            else:
                self._waiting.append(request)
        if not request.batch:
            self._wait(request)
        if request.batch:
            self._lead(request.batch, deadline)
        return request.result()

    def _wait(self, request: "_Request") -> None:
        """Until the request is answered, or it is its turn to send, or its time is out."""
        if request.woken.acquire(timeout=max(request.deadline - time.monotonic(), 0.0)):
            return
        with self._lock:
            if request.batch or request.answered:
                return  # in the last moment
            request.answer(ModelUnavailable("timeout", "the model server did not answer in time"))
            if request in self._waiting:
                self._waiting.remove(request)

    def _lead(self, batch: list["_Request"], deadline: float) -> None:
        """Send a batch, hand out what comes back, and see that somebody sends the next."""
        answers: list[Priced | Exception] = []
        try:
            answers = self._ask(batch, deadline)
        finally:
            with self._lock:
                if not answers:  # whatever it was that this thread did not foresee: nobody is left waiting for it
                    answers = [ModelUnavailable("error", "asking the model server failed")] * len(batch)
                for request, answer in zip(batch, answers, strict=True):
                    request.answer(answer)
                following = self._next_to_lead()
                self._calls -= 1 if following is None else 0
            for request in batch:
                if not request.batch:  # all but the leader
                    request.woken.release()
            if following is not None:
                following.woken.release()

    def _ask(self, batch: list["_Request"], deadline: float) -> list[Priced | Exception]:
        alone = len(batch) == 1
        vehicles = batch[0].vehicles if alone else [vehicle for request in batch for vehicle in request.vehicles]
        try:
            priced = self._call(vehicles, deadline)
        except ModelUnavailable as error:
            if error.cause == "error" and len(batch) > 1:
                return self._ask_each(batch, deadline)
            return [error] * len(batch)
        answers: list[Priced | Exception] = []
        start = 0
        for request in batch:
            end = start + len(request.vehicles)
            try:
                answers.append(priced.part(start, end))
            except ModelUnavailable as error:  # rows of this request alone
                answers.append(error)
            start = end
        return answers

    def _ask_each(self, batch: list["_Request"], deadline: float) -> list[Priced | Exception]:
        """Each for himself, after the server failed at all together: it may be one car that it cannot stand.

        Where it fails at one after the other, it is the server, and the rest are not asked.
        """
        answers: list[Priced | Exception] = []
        for request in batch:
            failed = [answer for answer in answers if isinstance(answer, Exception)]
            if len(failed) == len(answers) == MOST_FAILED:
                return answers + [failed[-1]] * (len(batch) - MOST_FAILED)
            try:
                answers.append(self._call(request.vehicles, deadline).part(0, len(request.vehicles)))
            except ModelUnavailable as error:
                answers.append(error)
        return answers

    def _next_to_lead(self) -> "_Request | None":
        """Take the next batch from those who wait, the longest waiting first; who has most time sends it."""
        batch: list[_Request] = []
        count = 0
        now_s = time.monotonic()
        while self._waiting:
            request = self._waiting[0]
            if batch and count + len(request.vehicles) > MOST_VEHICLES:
                break
            self._waiting.popleft()
            if not batch and request.deadline - now_s < LEAST_TO_LEAD_S:
                continue  # he is told by his own clock
            batch.append(request)
            count += len(request.vehicles)
        if not batch:
            return None
        leader = max(batch, key=lambda request: request.deadline)
        leader.batch = batch
        return leader


class _Request:
    """One who waits. Its state changes under the coalescer's lock; `woken` is released when it has."""

    def __init__(self, vehicles: Cars, deadline: float) -> None:
        self.vehicles = vehicles
        self.deadline = deadline
        self.batch: list[_Request] = []  # not empty: this one sends these
        self.woken = threading.Lock()
        self.woken.acquire()
        self._answer: Priced | Exception | None = None

    @property
    def answered(self) -> bool:
        return self._answer is not None

    def answer(self, answer: Priced | Exception) -> None:
        """The first answer holds: who was told that his time is out is told nothing else."""
        if self._answer is None:
            self._answer = answer

    def result(self) -> Priced:
        assert self._answer is not None
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer
