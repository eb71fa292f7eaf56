"""Shadow: a share of the valuations is priced by the other version too, off the request's path, and compared.

A bounded queue and one thread: what is too much, or comes while the other version does not answer, is dropped.
"""

import logging
import math
import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from gateway.errors import ModelUnavailable
from gateway.inference.codec import Priced
from gateway.inference.prices import Prices
from gateway.inference.split import Split
from gateway.services.cards import Cards
from gateway.services.rollouts.tally import Tally
from gateway.services.v2 import find_priced
from gateway.telemetry import Metrics
from model.schema.vehicle import Vehicle

logger = logging.getLogger(__name__)

MOST_WAITING = 200
EVERY_S = 0.1


@dataclass(frozen=True)
class _Priced:
    """A vehicle as it was answered; its name is in the spelling of the version that priced it."""

    split: Split
    vehicle: Vehicle
    version: str
    price_eur: float


class Mirror:
    """Compares prices. Safe to share between threads."""

    def __init__(
        self, prices: Prices, cards: Cards, tally: Tally, metrics: Metrics,
        context: Callable[[], AbstractContextManager[object]],
    ) -> None:  # fmt: skip
        """context is what the database can be asked in."""
        self._prices = prices
        self._cards = cards
        self._tally = tally
        self._metrics = metrics
        self._context = context
        self._waiting: deque[_Priced] = deque()
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="mirror", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def offer(self, split: Split, vehicle: Vehicle, priced: Priced) -> None:
        """Have the other version price a vehicle that was answered, unless too many wait."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(_Priced(split, vehicle, priced.version, priced.columns["price_eur"][0]))

    def compare_all(self) -> None:
        """All that wait by now."""
        for _ in range(len(self._waiting)):
            self._compare(self._waiting.popleft())

    def _run(self) -> None:
        while not self._stopped.wait(EVERY_S):
            if not self._waiting:
                continue
            try:
                with self._context():
                    self.compare_all()
            except Exception as error:  # whatever it was, the next may be compared, and nobody waits for this one
                logger.warning("a price could not be compared: %s", type(error).__name__)

    def _compare(self, answered: _Priced) -> None:
        split = answered.split
        if self._prices.split.rollout != split.rollout or split.rollout is None or split.challenger is None:
            return  # it has ended meanwhile
        by_challenger = answered.version == split.challenger
        other = split.champion if by_challenger else split.challenger
        if other is None:
            return
        key = (split.rollout, split.share_percent, other)
        lane = self._prices.serving(other)
        if lane is None or not lane.state.available:
            self._count(key, by_challenger, error=True)  # as a request would find it, but it is not asked
            return
        vehicle = find_priced(answered.vehicle, self._cards.of_answer(other))
        refused = vehicle is None
        if vehicle is not None:
            try:
                priced = lane.price([vehicle], lane.deadline())
            except ModelUnavailable:
                self._count(key, by_challenger, error=True)
                return
            if priced.version != other:
                return
            refused = priced.columns["support"][0] == 0.0
        self._count(key, by_challenger, refusal=refused)
        if not refused:
            log = math.log(priced.columns["price_eur"][0] / answered.price_eur)
            log = -log if by_challenger else log
            self._tally.compare(split.rollout, answered.vehicle.make, log)
            self._metrics.differences.observe(abs(log))

    def _count(self, key: tuple[int, int, str], by_challenger: bool, **outcome: bool) -> None:
        """What the challenger did; how the champion copes with what is mirrored is no matter."""
        if not by_challenger:
            self._tally.count(key, mirrored=True, **outcome)
