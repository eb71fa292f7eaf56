"""The stability index: nothing where cars are as they were, much where they are not, and never chance alone."""

import random
from collections import Counter

import pytest

from gateway.services.cards import Card
from gateway.services.monitoring.stability import LEAST_CARS, OTHERS, Reference, index, references
from tests.gateway import market

TENTHS = Reference({str(place): 0.1 for place in range(10)}, "a test", [float(edge) for edge in range(1, 10)])


def drawn(shares: list[float], cars: int) -> Counter[str]:
    return Counter(map(str, random.Random(3).choices(range(10), shares, k=cars)))


def test_the_same_cars_have_no_index_to_speak_of() -> None:
    assert (index(drawn([0.1] * 10, 1_000), TENTHS) or 0) < 0.05


def test_it_is_the_sum_that_the_books_have() -> None:
    # given half of the cars in one tenth, and the rest spread, when the index is taken
    asked = {str(place): 500 if place == 0 else 500 // 9 for place in range(10)}
    # then it is what the formula gives by hand: 0.4 * ln 5 + 9 * (0.0555 - 0.1) * ln 0.555
    assert index(asked, TENTHS) == pytest.approx(0.4 * 1.609 + 9 * -0.0445 * -0.588, abs=0.01)


def test_too_few_cars_say_nothing() -> None:
    assert index({"0": LEAST_CARS - 1}, TENTHS) is None
    assert index({"0": LEAST_CARS}, TENTHS) is not None


def test_what_was_never_seen_counts_and_has_a_bound() -> None:
    asked = {"electric": 1_000}
    found = index(asked, Reference({"petrol": 1.0, OTHERS: 0.0}, "a test"))
    assert found is not None and 5 < found < 30


def test_a_card_with_distributions_tells_all() -> None:
    # given a card that tells how its numbers lie, when its references are read
    shares = {"edges": [1.0, 2.0], "shares": [0.5, 0.25, 0.25]}
    distributions = {name: shares for name in ("age_years", "mileage_km", "power_hp")}
    found = references(Card(market.card(distributions=distributions)))
    # then each feature has one, and a value on an edge lies above it
    assert list(found) == ["age_years", "mileage_km", "power_hp", "fuel", "make"]
    assert found["age_years"].source == "the card's distribution"
    assert [found["age_years"].value_of(number) for number in (0.9, 1.0, 1.9, 2.0, 9.0)] == ["0", "1", "1", "2", "2"]
    # and those of words are the listings
    listings = 120 + 40 + 30 + 80 + 6 + 3
    assert found["make"].shares["BMW"] == pytest.approx(86 / listings)
    assert sum(found["fuel"].shares.values()) == pytest.approx(1.0)


def test_a_card_without_tells_what_it_can() -> None:
    """Ages by the parts of the market, words by the listings, and nothing of the rest."""
    card = market.card()
    found = references(Card(card))
    assert list(found) == ["age_years", "fuel", "make"]
    assert found["age_years"].source == "the card's parts of the market by age"
    # and a gap in the parts is no distribution
    card["segments"] = [
        {**card["segments"][2], "from": 0, "to": 3}, {**card["segments"][2], "from": 5, "to": None},
    ]  # fmt: skip
    assert list(references(Card(card))) == ["fuel", "make"]
