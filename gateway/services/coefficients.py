"""What each value of each feature is worth, by the card of the served version."""

import math
from collections.abc import Mapping

from gateway.errors import InvalidFields, NotFound
from gateway.services.cards import Card, Cards
from model.schema.features import FEATURE
from model.schema.fields import Fields
from model.schema.vocabulary import CLOSED_SETS


def coefficients(cards: Cards, raw: Mapping[str, str]) -> dict[str, object]:
    """Effects against the typical car: of a make and model in euros and per cent, of the whole market in per cent.

    raw holds make and model, or neither, and of which version; without it, the served one. Raises InvalidFields for a
    version without a card, a make or model that it does not know, one without the other, or any other field.

    A car that is not typical has no curves here: fuel, age and other features cross, so that a curve's shape hangs on
    the whole car, and the card holds those of the typical ones. What such a car's features are worth its valuation
    says, as contributions that add up to its price.
    """
    fields = Fields(raw)
    fields.allow_only(("make", "model", "version"))
    card = _card(cards, fields)
    document = card.document["coefficients"]
    points: dict[str, list] = document["points"]
    if "make" not in raw and "model" not in raw:
        if fields.violations:
            raise InvalidFields(fields.violations)
        market = document["market"]
        logs = {name: market[name]["effects"] for name in points}
        typical = {name: market[name]["reference"] for name in points}
        return _reply(card, None, None, None, typical, logs)
    found_make, found_model = _find(card, fields)
    effects = document["effects"][found_make][found_model]
    typical = card.models[found_make, found_model]["typical"]
    return _reply(card, found_make, found_model, effects["base_eur"], typical, effects)


def _card(cards: Cards, fields: Fields) -> Card:
    if not fields.given("version"):
        return cards.served()
    version = fields.text("version")
    if version is not None:
        try:
            return cards.current(version)
        except NotFound as error:
            fields.add("version", "unknown", error.detail)
    raise InvalidFields(fields.violations)


def _find(card: Card, fields: Fields) -> tuple[str, str]:
    make_text, model_text = fields.text("make"), fields.text("model")
    if make_text is not None and model_text is not None:
        found_make = fields.known_make(make_text, card.catalogue)
        found_model = fields.known_model(found_make, model_text, card.catalogue) if found_make else None
        if found_make is not None and found_model is not None and not fields.violations:
            return found_make, found_model
    raise InvalidFields(fields.violations)


def _reply(
    card: Card, make: str | None, model: str | None, base_eur: float | None, typical: dict, logs: dict
) -> dict[str, object]:
    points: dict[str, list] = card.document["coefficients"]["points"]
    return {
        **card.stamp,
        "make": make,
        "car_model": model,
        "base_eur": base_eur,
        "typical": typical,
        "features": [
            {
                "feature": name,
                "label": FEATURE[name].label,
                "unit": FEATURE[name].unit,
                "kind": "levels" if name in CLOSED_SETS else "curve",
                "points": [
                    {
                        "value": value,
                        "label": CLOSED_SETS[name].label(value) if name in CLOSED_SETS else _in_words(value),
                        "effect_eur": None if base_eur is None else round(base_eur * math.expm1(log), 2),
                        "effect_percent": round(math.expm1(log) * 100, 2),
                    }
                    for value, log in zip(values, logs[name], strict=True)
                ],
            }
            for name, values in points.items()
        ],
    }


def _in_words(number: float) -> str:
    return f"{number:,.1f}".removesuffix(".0")
