"""What is known of the model server: whether it answers, and which version it serves; and no calls while it does not.

This is the circuit breaker. Whether the circuit is open a probe alone decides, by pricing a car that is known to be
good: no request, whatever is wrong with it, can open it. MLServer's own live and ready stay 200 while a worker hangs.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from gateway.errors import ModelUnavailable
from gateway.inference.client import InferenceClient
from gateway.inference.codec import Cars, Priced
from model.schema.vehicle import Vehicle

logger = logging.getLogger(__name__)

# While the model server is away its return is looked for more often.
IMPATIENT_INTERVAL_S = 1.0
# However many requests fail that the server is not to blame for.
LEAST_INTERVAL_S = 0.1


# What leaves the circuit closed. Where nobody listens, or the model is still being loaded, a call costs next to
# nothing, and the first after that is answered. Without a card there is no car to ask about, which says nothing of the
# server.
HARMLESS = ("down", "unloaded", "no card")


@dataclass(frozen=True)
class State:
    """The last known state: `version` is the one that answered last, None before the first answer."""

    available: bool
    version: str | None
    cause: str | None


class ModelMonitor:
    """Keeps the state, from every answer and from a probe of its own. Safe to share between threads."""

    def __init__(self, client: InferenceClient, probe: Callable[[], Vehicle], interval_s: float) -> None:
        """probe gives a car that the served version knows, or raises ModelUnavailable where none is known."""
        self._client = client
        self._probe = probe
        self._interval_s = interval_s
        self._stopped = False
        self._look_now = threading.Event()
        self._probing = False
        self._open: ModelUnavailable | None = None  # the circuit, by the last probe
        self.state = State(False, None, "not asked yet")

    def start(self) -> None:
        """Probe every interval from a daemon thread; an interval of 0 starts none."""
        if self._interval_s:
            self._probing = True
            threading.Thread(target=self._run, name="model-monitor", daemon=True).start()

    def stop(self) -> None:
        self._stopped = True
        self._look_now.set()

    def look(self) -> None:
        """Probe once, and wait for the outcome."""
        try:
            priced = self._client.infer([self._probe()], self._client.deadline())
            self._open = None
            self._note(priced)
        except ModelUnavailable as error:
            self._note(error)
            # Nobody would close a circuit that is not probed again.
            self._open = _seen_by_probe(error) if self._probing and error.cause not in HARMLESS else None
        except Exception as error:  # whatever it was, the next look may succeed, and nobody else watches
            logger.warning("no car to probe the model server with: %s", type(error).__name__)

    def infer(self, cars: Cars, deadline: float) -> Priced:
        """Ask the model server, and note how that went. Raises ModelUnavailable.

        While the probe finds no answer nothing is sent on, and the refusal comes at once: else every thread would wait
        out its deadline, and the routes that need no model with it.
        """
        if (refusal := self._open) is not None:
            raise ModelUnavailable(refusal.cause, refusal.reason)
        try:
            priced = self._client.infer(cars, deadline)
        except ModelUnavailable as error:
            if self._probing:
                self._look_now.set()  # is it the server, or this request?
            else:
                self._note(error)
            raise
        self._note(priced)
        return priced

    def _run(self) -> None:
        while not self._stopped:
            self._look_now.clear()
            self.look()
            pause_s = self._interval_s if self.state.available else min(self._interval_s, IMPATIENT_INTERVAL_S)
            if self._look_now.wait(pause_s):
                time.sleep(min(LEAST_INTERVAL_S, pause_s))

    def _note(self, answer: Priced | ModelUnavailable) -> None:
        if isinstance(answer, Priced):
            state = State(True, answer.version, None)
        else:
            state = State(False, self.state.version, answer.cause)
        if state == self.state:
            return
        self.state = state
        if state.available:
            logger.info("the model server answers, with version %s", state.version)
        else:
            logger.warning("the model server is unavailable: %s", state.cause)


def _seen_by_probe(error: ModelUnavailable) -> ModelUnavailable:
    """A probe that waited in vain has found a server that takes calls and answers none."""
    if error.cause == "timeout":
        return ModelUnavailable("hung", "the model server has not answered of late")
    return error
