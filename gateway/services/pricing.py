"""Asking for prices so that a request is read and priced by one and the same version."""

from collections.abc import Callable
from typing import TypeVar

from gateway.errors import ModelUnavailable
from gateway.inference.codec import Cars, Priced, unpriced
from gateway.inference.prices import Prices
from gateway.services.cards import Card, Cards

Read = TypeVar("Read")

# A promotion may change the version between reading a request and pricing it: read again by the new card, once.
TRIES = 2


def price_by_card(
    prices: Prices, cards: Cards, read: Callable[[Card], tuple[Read, Cars]], deadline: float,
    first: tuple[Read, Cars, Card] | None = None,
) -> tuple[Read, Priced, Card]:  # fmt: skip
    """Read a request by the served version's card, and price the vehicles in it by that version.

    read gives what was read and the vehicles to price; without any, nobody is asked. The deadline holds for all. first
    is what was read already, and by which card.
    Raises ModelUnavailable, and whatever read raises.
    """
    card = cards.served() if first is None else first[2]
    for _ in range(TRIES):
        what, vehicles = read(card) if first is None else first[:2]
        first = None
        priced = prices.price(vehicles, deadline) if vehicles else unpriced(card.version, 0)
        if priced.version == card.version:
            return what, priced, card
        card = cards.of_answer(priced.version)
    raise ModelUnavailable("version", "the served version is changing")


def not_priced(card: Card) -> ModelUnavailable:
    """The card said that its version knows a car; the version's table says that it does not."""
    return ModelUnavailable("card", f"version {card.version} and its card disagree on what can be priced")
