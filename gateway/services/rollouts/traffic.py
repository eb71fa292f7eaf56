"""Which version prices a valuation, and what follows from one: the champion, or while a rollout is open its challenger.

It hangs on the model alone, so that nobody sees two prices. Where the challenger has none, the champion answers.
"""

import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from gateway.errors import InvalidFields, ModelUnavailable
from gateway.inference.codec import Priced
from gateway.inference.prices import Prices
from gateway.inference.split import Split
from gateway.services.cards import Card, Cards
from gateway.services.pricing import price_by_card
from gateway.services.rollouts.mirror import Mirror
from gateway.services.rollouts.tally import Tally
from gateway.telemetry import Metrics
from model.schema.vehicle import Vehicle

What = TypeVar("What")
Read = Callable[[Card], tuple[What, Sequence[Vehicle]]]  # the first vehicle is the one that is asked about
Found = tuple[What, Priced, Card]

# Of the time that is left: the champion needs the rest, should the challenger not answer.
CHALLENGERS_PART = 0.5


class Traffic:
    """Prices of cars that somebody asks about, one by one. Safe to share between threads."""

    def __init__(self, prices: Prices, cards: Cards, tally: Tally, mirror: Mirror, metrics: Metrics) -> None:
        self._prices = prices
        self._cards = cards
        self._tally = tally
        self._mirror = mirror
        self._metrics = metrics

    def price(self, read: Read[What], deadline: float) -> Found[What]:
        """Read a request by a version's card, and price the vehicles in it by that version, before a deadline().

        Raises ModelUnavailable, and whatever read raises by the champion's card.
        """
        split = self._prices.split
        if split.rollout is None:
            return price_by_card(self._prices, self._cards, read, deadline)
        card = self._cards.served()
        what, vehicles = read(card)
        if split.gives_to_challenger(vehicles[0].make, vehicles[0].model):
            found = self._of_challenger(split, read, deadline)
            if found is not None:
                return found
        first = (what, vehicles, card)
        return self._of_champion(
            split, vehicles[0], card, lambda: price_by_card(self._prices, self._cards, read, deadline, first)
        )

    def price_from_memory(self, read: Read[What], deadline: float) -> Found[What] | None:
        """The same, None where that may need the database: to read a card that is not in memory."""
        card = self._cards.served_from_memory()
        if card is None:
            return None
        what, vehicles = read(card)
        split = self._prices.split
        if split.rollout is None:
            priced = self._prices.price(vehicles, deadline)
            return (what, priced, card) if priced.version == card.version else None
        if split.gives_to_challenger(vehicles[0].make, vehicles[0].model):
            if not self._cards.has_in_memory(str(split.challenger)):
                return None
            found = self._of_challenger(split, read, deadline)
            if found is not None:
                return found
        found = self._of_champion(
            split, vehicles[0], card, lambda: (what, self._prices.price(vehicles, deadline), card)
        )
        return found if found[1].version == card.version else None

    def _of_challenger(self, split: Split, read: Read[What], deadline: float) -> Found[What] | None:
        """None where the challenger does not price what the champion would, which is counted."""
        assert split.rollout is not None and split.challenger is not None
        key = (split.rollout, split.share_percent, split.challenger)
        lane = self._prices.serving(split.challenger)
        if lane is None or not lane.state.available:
            self._note(key, error=True)
            return None
        card = self._cards.of_answer(split.challenger)
        try:
            what, vehicles = read(card)
        except InvalidFields:
            self._note(key, refusal=True)
            return None
        now_s = time.monotonic()
        try:
            priced = lane.price(vehicles, now_s + (deadline - now_s) * CHALLENGERS_PART)
        except ModelUnavailable:
            self._note(key, error=True)
            return None
        if priced.version != split.challenger:  # its server has another one by now
            self._note(key, error=True)
            return None
        if priced.columns["support"][0] == 0.0:
            self._note(key, refusal=True)
            return None
        self._note(key, slow=time.monotonic() - now_s >= split.slow_s)
        self._offer(split, vehicles[0], priced)
        return what, priced, card

    def _of_champion(
        self, split: Split, vehicle: Vehicle, card: Card, price: Callable[[], Found[What]]
    ) -> Found[What]:
        """vehicle is the one that is asked about, as this card's version spells it."""
        assert split.rollout is not None
        began_s = time.monotonic()
        try:
            found = price()
        except ModelUnavailable:
            self._tally.count((split.rollout, split.share_percent, card.version), error=True)
            raise
        slow = time.monotonic() - began_s >= split.slow_s
        self._tally.count((split.rollout, split.share_percent, found[1].version), slow=slow)
        if found[1].version == card.version:
            self._offer(split, vehicle, found[1])
        return found

    def _note(self, key: tuple[int, int, str], **outcome: bool) -> None:
        self._tally.count(key, **outcome)
        self._metrics.challenger.labels(next((name for name, is_so in outcome.items() if is_so), "priced")).inc()

    def _offer(self, split: Split, vehicle: Vehicle, priced: Priced) -> None:
        if random.random() * 100 < split.shadow_percent:
            self._mirror.offer(split, vehicle, priced)
