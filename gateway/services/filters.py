"""What can still be chosen, given what has been: out of the served version's vocabulary, with what is on offer."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import InvalidFields
from gateway.services.cards import Card, Cards
from gateway.services.market.known import KnownSupply, Supply
from gateway.services.market.names import keys_of
from model.schema.features import CATEGORIES, NUMBERS
from model.schema.fields import Fields
from model.schema.vocabulary import CLOSED_SETS

FACETS = {"make": "makes", "model": "models", "fuel": "fuels", "gearbox": "gearboxes", "offer_type": "offer_types"}
CHOICES_IN_MEMORY = 2_000

# By the choices that a variant misses, the facets that it is an option of: it would fit if that one choice were
# another. A make may be changed for any other, whatever its models.
MAKE, MODEL = CATEGORIES.index("make"), CATEGORIES.index("model")
COUNTED: Mapping[tuple[int, ...], tuple[int, ...]] = {
    (): tuple(range(len(CATEGORIES))),
    **{(place,): (place,) for place in range(len(CATEGORIES))},
    (MODEL,): (MAKE, MODEL),
    (MAKE, MODEL): (MAKE,),
}

Words = tuple[str, ...]  # in the order of CATEGORIES
Chosen = tuple[str | None, ...]  # the same


@dataclass(frozen=True)
class Variant:
    """Cars with the same words: the listings that the version was trained on, and the cars that are on offer."""

    words: Words
    listings: int
    on_offer: int


class Filters:
    """Answers by the served version and the last supply. What was answered is kept, until there is another of them."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards
        self._supply = KnownSupply()
        self._lock = threading.Lock()
        self._choices: Choices | None = None

    def answer(self, raw: Mapping[str, str]) -> dict[str, object]:
        """The options of each facet that agree with the choices in all the other facets, each with its counts.

        raw holds the choices made, by the names of CATEGORIES, in any known spelling. Raises InvalidFields for a
        choice that is none.
        """
        card = self._cards.served()
        chosen = _read(card, raw)
        return self._now(card, self._supply.now()).options(chosen)

    def _now(self, card: Card, supply: Supply) -> "Choices":
        with self._lock:
            if self._choices is None or self._choices.card is not card or self._choices.supply is not supply:
                self._choices = Choices(card, supply)
            return self._choices


class Choices:
    """What can be chosen of one version's vocabulary, with one supply."""

    def __init__(self, card: Card, supply: Supply) -> None:
        self.card = card
        self.supply = supply
        self._variants = _variants(card, supply)
        self._answers: dict[Chosen, dict[str, object]] = {}

    def options(self, chosen: Chosen) -> dict[str, object]:
        answer = self._answers.get(chosen)
        if answer is None:
            if len(self._answers) >= CHOICES_IN_MEMORY:
                self._answers.clear()
            answer = self._answers[chosen] = _options(self.card, self._variants, chosen)
        return answer


def _variants(card: Card, supply: Supply) -> list[Variant]:
    """Those of the version, with what is on offer of each, and others on offer, as far as it knows their words."""
    found: list[Variant] = []
    left = {keys: dict(kinds) for keys, kinds in supply.cars.items()}
    for words, listings in card.variants:
        make, model, *kind = words
        on_offer = left.get(keys_of(make, model), {}).pop(tuple(kind), 0)  # type: ignore[arg-type]
        found.append(Variant(words, listings, on_offer))
    known = list(card.words.values())
    for make, model in card.models:
        for others, on_offer in left.get(keys_of(make, model), {}).items():
            if all(word in words for word, words in zip(others, known, strict=True)):
                found.append(Variant((make, model, *others), 0, on_offer))
    return found


def _read(card: Card, raw: Mapping[str, str]) -> Chosen:
    fields = Fields(raw)
    chosen: dict[str, str | None] = dict.fromkeys(CATEGORIES)
    fields.allow_only(CATEGORIES)
    for name, words in CLOSED_SETS.items():
        if raw.get(name):
            chosen[name] = fields.word(name, words)
    make = fields.text("make") if raw.get("make") or raw.get("model") else None
    if make is not None:
        chosen["make"] = fields.known_make(make, card.catalogue)
    model = fields.text("model") if raw.get("model") else None
    if model is not None and chosen["make"] is not None:
        chosen["model"] = fields.known_model(chosen["make"], model, card.catalogue)
    if fields.violations:
        raise InvalidFields(fields.violations)
    return tuple(chosen[name] for name in CATEGORIES)


def _options(card: Card, variants: list[Variant], chosen: Chosen) -> dict[str, object]:
    listings: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    on_offer: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    all_listings = all_on_offer = 0
    choices = [(place, choice) for place, choice in enumerate(chosen) if choice is not None]
    for variant in variants:
        words = variant.words
        misses = tuple(place for place, choice in choices if choice != words[place])
        if not misses:
            all_listings += variant.listings
            all_on_offer += variant.on_offer
        for place in COUNTED.get(misses, ()):
            listings[CATEGORIES[place]][words[place]] += variant.listings
            on_offer[CATEGORIES[place]][words[place]] += variant.on_offer
    make, model = chosen[0], chosen[1]
    if make is None:
        listings["model"].clear()
    known = card.models.get((make, model)) if make and model else None
    return {
        **card.stamp,
        "listings": all_listings,
        "on_offer": all_on_offer,
        **{FACETS[name]: _sorted(name, listings[name], on_offer[name]) for name in FACETS},
        **{name: _span(card, name, make, model) for name in NUMBERS},
        "typical": known["typical"] if known else None,
    }


def _sorted(name: str, listings: Counter[str], on_offer: Counter[str]) -> list[dict[str, object]]:
    """Makes and models by name, the words of closed sets by how common they are; each that any listing had."""
    counts = [(word, count) for word, count in listings.items() if count]
    order = sorted(counts, key=lambda item: item[0].casefold() if name in ("make", "model") else -item[1])
    return [
        {
            "value": word,
            "label": CLOSED_SETS[name].label(word) if name in CLOSED_SETS else word,
            "listings": count,
            "on_offer": on_offer[word],
        }
        for word, count in order
    ]


def _span(card: Card, name: str, make: str | None, model: str | None) -> dict[str, float]:
    bounds = [
        known["bounds"][name]
        for (known_make, known_model), known in card.models.items()
        if make in (None, known_make) and model in (None, known_model)
    ]
    return {"min": min(low for low, _ in bounds), "max": max(high for _, high in bounds)}
