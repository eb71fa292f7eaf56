"""What is known of the model server: whether it answers, and which version it serves."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from gateway.errors import ModelUnavailable
from gateway.inference.client import InferenceClient
from gateway.inference.codec import Priced
from gateway.inference.hang import HangDetector
from model.schema.vehicle import Vehicle

logger = logging.getLogger(__name__)

# While the model server is away its return is looked for more often.
IMPATIENT_INTERVAL_S = 1.0


@dataclass(frozen=True)
class State:
    """The last known state: `version` is the one that answered last, None before the first answer."""

    available: bool
    version: str | None
    cause: str | None


class ModelMonitor:
    """Keeps the state, from every answer and from a probe of its own while nobody asks.

    The probe prices a car: MLServer's own live and ready stay 200 while a worker hangs.
    """

    def __init__(self, client: InferenceClient, probe: Callable[[], Vehicle], interval_s: float) -> None:
        """probe gives a car that the served version knows, or raises ModelUnavailable where none is known."""
        self._client = client
        self._probe = probe
        self._interval_s = interval_s
        self._stopped = threading.Event()
        self._probing = False
        self._detector = HangDetector(client.timeout_s / 2)
        self.state = State(False, None, "not asked yet")

    def start(self) -> None:
        """Probe every interval from a daemon thread; an interval of 0 starts none."""
        if self._interval_s:
            self._probing = True
            threading.Thread(target=self._run, name="model-monitor", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def deadline(self) -> float:
        """When a request that begins now must have its answer: for infer(), which it may call more than once."""
        return self._client.deadline()

    def infer(self, vehicles: list[Vehicle], deadline: float) -> Priced:
        """Ask the model server, and note how that went. Raises ModelUnavailable.

        While it hangs nothing is sent on, and the refusal comes at once: else every thread would wait out its
        deadline, and the routes that need no model with it. The probe finds out when it answers again.
        """
        if self._probing and self._detector.hangs:
            raise ModelUnavailable("hung", "the model server has not answered of late")
        return self._ask(vehicles, deadline)

    def _ask(self, vehicles: list[Vehicle], deadline: float) -> Priced:
        self._detector.begin()
        timed_out = False
        try:
            priced = self._client.infer(vehicles, deadline)
        except ModelUnavailable as error:
            timed_out = error.cause == "timeout"
            self._note(False, self.state.version, error.cause)
            raise
        finally:
            self._detector.end(timed_out)
        self._note(True, priced.version, None)
        return priced

    def _run(self) -> None:
        while True:
            try:
                self._ask([self._probe()], self.deadline())
            except ModelUnavailable as error:
                self._note(False, self.state.version, error.cause)
            except Exception:  # whatever it was, the next look may succeed, and nobody else watches
                logger.exception("probing the model server failed")
            pause_s = self._interval_s if self.state.available else min(self._interval_s, IMPATIENT_INTERVAL_S)
            if self._stopped.wait(pause_s):
                return

    def _note(self, available: bool, version: str | None, cause: str | None) -> None:
        state = self.state
        if (state.available, state.version, state.cause) == (available, version, cause):
            return
        self.state = State(available, version, cause)
        if available:
            logger.info("the model server answers, with version %s", version)
        else:
            logger.warning("the model server is unavailable: %s", cause)
