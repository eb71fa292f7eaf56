"""What can still be chosen, given what has been: out of the served version's vocabulary."""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from gateway.errors import InvalidFields
from gateway.services.cards import Card
from model.schema.features import CATEGORIES, NUMBERS
from model.schema.fields import Fields
from model.schema.vocabulary import CLOSED_SETS

FACETS = {"make": "makes", "model": "models", "fuel": "fuels", "gearbox": "gearboxes", "offer_type": "offer_types"}
CHOICES_IN_MEMORY = 2_000

Chosen = tuple[str | None, ...]  # in the order of CATEGORIES


def filters(card: Card, raw: Mapping[str, str]) -> dict[str, object]:
    """The options of each facet that agree with the choices in all the other facets, each with its listings.

    raw holds the choices made, by the names of CATEGORIES, in any known spelling. Raises InvalidFields for a choice
    that is none.
    """
    return _options(card, _read(card, raw))


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


@lru_cache(maxsize=CHOICES_IN_MEMORY)
def _options(card: Card, chosen: Chosen) -> dict[str, object]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    listings = 0
    for key, count in card.variants:
        misses = [i for i, choice in enumerate(chosen) if choice is not None and choice != key[i]]
        if not misses:
            listings += count
            for name, word in zip(CATEGORIES, key, strict=True):
                counts[name][word] += count
        elif len(misses) == 1:  # it would fit if that one choice were another: an option of that facet
            counts[CATEGORIES[misses[0]]][key[misses[0]]] += count
    make, model = chosen[0], chosen[1]
    if make is None:
        counts["model"].clear()
    else:  # a make may be changed for any other, whatever its models
        counts["make"] = _makes(card, chosen)
    known = card.models.get((make, model)) if make and model else None
    return {
        **card.stamp,
        "listings": listings,
        **{FACETS[name]: _sorted(name, counts[name]) for name in FACETS},
        **{name: _span(card, name, make, model) for name in NUMBERS},
        "typical": known["typical"] if known else None,
    }


def _makes(card: Card, chosen: Chosen) -> Counter[str]:
    counts: Counter[str] = Counter()
    for key, count in card.variants:
        if all(choice is None or choice == key[i] for i, choice in enumerate(chosen) if i >= 2):
            counts[key[0]] += count
    return counts


def _sorted(name: str, counts: Counter[str]) -> list[dict[str, object]]:
    """Makes and models by name, the words of closed sets by how common they are."""
    order = sorted(counts.items(), key=lambda item: item[0].casefold() if name in ("make", "model") else -item[1])
    return [
        {"value": word, "label": CLOSED_SETS[name].label(word) if name in CLOSED_SETS else word, "listings": count}
        for word, count in order
    ]


def _span(card: Card, name: str, make: str | None, model: str | None) -> dict[str, float]:
    bounds = [
        known["bounds"][name]
        for (known_make, known_model), known in card.models.items()
        if make in (None, known_make) and model in (None, known_model)
    ]
    return {"min": min(low for low, _ in bounds), "max": max(high for _, high in bounds)}
