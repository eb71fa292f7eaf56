"""The population stability index: how far the cars that are asked about lie from those that a version learnt from.

PSI = sum over values of (asked - learnt) * ln(asked / learnt). Below 0.1 nothing has changed, from 0.2 on it has
(Siddiqi, Credit Risk Scorecards, 2006).
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.services.cards import Card
from model.schema.vocabulary import CLOSED_SETS

NUMBERS = ("age_years", "mileage_km", "power_hp")
WORDS = ("fuel", "make")
FEATURES = (*NUMBERS, *WORDS)
OTHERS = "others"
MOST_WORDS = 10  # of a feature: with more of them chance alone would look like change
LEAST_SHARE = 0.01
LEAST_CARS = 200  # asked about, before the index says anything
AGE_SEGMENT = "age_years"


@dataclass(frozen=True)
class Reference:
    """What a version learnt from: the shares of its values, and where the card has them from. edges are a number's."""

    shares: Mapping[str, float]
    source: str
    edges: Sequence[float] = ()

    def value_of(self, number: float) -> str:
        return str(bisect_right(self.edges, number))


def references(card: Card) -> dict[str, Reference]:
    """By feature; one that the card says nothing of is not in it."""
    found: dict[str, Reference] = {}
    distributions = card.document.get("distributions") or {}
    for name in NUMBERS:
        if name in distributions:
            shares = {str(place): share for place, share in enumerate(distributions[name]["shares"])}
            found[name] = Reference(shares, "the card's distribution", distributions[name]["edges"])
    if "age_years" not in found and (by_segment := _ages_of_segments(card)) is not None:
        found["age_years"] = by_segment
    listings: dict[str, Counter[str]] = {name: Counter() for name in WORDS}
    fuel = list(CLOSED_SETS).index("fuel")
    for (make, _), known in card.models.items():
        for variant in known["variants"]:
            listings["make"][make] += variant[-1]
            listings["fuel"][variant[fuel]] += variant[-1]
    for name, counts in listings.items():
        found[name] = Reference(_grouped(counts), "the card's listings by variant")
    return found


def _ages_of_segments(card: Card) -> Reference | None:
    """Of a card without distributions the parts of the market tell: bands that follow on each other, from 0 on."""
    bands = sorted(
        (each for each in card.document["segments"] if each["by"] == AGE_SEGMENT), key=lambda each: each["from"]
    )
    edges = [each["from"] for each in bands[1:]]
    if not bands or [each["to"] for each in bands[:-1]] != edges:
        return None
    rows = sum(each["rows"] for each in bands)
    shares = {str(place): each["rows"] / rows for place, each in enumerate(bands)}
    return Reference(shares, "the card's parts of the market by age", edges)


def _grouped(counts: Counter[str]) -> dict[str, float]:
    """The commonest words, each with its share; the rest as OTHERS."""
    total = sum(counts.values())
    shares = {word: count / total for word, count in counts.most_common(MOST_WORDS) if count / total >= LEAST_SHARE}
    shares[OTHERS] = max(1.0 - sum(shares.values()), 0.0)
    return shares


def index(asked: Mapping[str, int], reference: Reference) -> float | None:
    """The PSI of so many cars by their values, None while they are too few."""
    cars = sum(asked.values())
    if cars < LEAST_CARS:
        return None
    grouped = Counter({value: 0 for value in reference.shares})
    for value, count in asked.items():
        grouped[value if value in reference.shares else OTHERS] += count
    found = 0.0
    for value, count in grouped.items():
        learnt = reference.shares.get(value, 0.0)
        # Half a car where there is none: the index of a value that is not there at all would have no bound.
        share, learnt = max(count, 0.5) / cars, max(learnt, 0.5 / cars)
        found += (share - learnt) * math.log(share / learnt)
    return round(found, 4)
