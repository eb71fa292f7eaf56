"""A valuation: what somebody says of a car in, a price with its range, reasons and limits out."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any


from gateway.db.transactions import writing
from gateway.errors import InvalidFields
from gateway.inference.prices import Prices
from gateway.services.cards import Card, Cards
from gateway.services.deals import deal_label
from gateway.services.kept_valuations import keep
from gateway.services.limits import limits, refusals
from gateway.services.log_effects import log_mean
from gateway.services.monitoring.inputs import Inputs
from gateway.services.pricing import not_priced, price_by_card
from gateway.services.rollouts.traffic import Traffic
from model.schema.euros import round_to_cents
from model.schema.features import EFFECTS, FEATURE, HP_PER_KW
from model.schema.fields import Fields, Invalid
from model.schema.vehicle import Vehicle, parse_vehicle
from model.schema.vocabulary import CLOSED_SETS

FIELDS = (
    "make", "model", "fuel", "gearbox", "offer_type", "first_registration", "mileage_km", "power_hp", "power_kw",
    "as_of", "asking_price_eur", "keep",
)  # fmt: skip
ASKING_PRICE_BOUNDS_EUR = (1.0, 10_000_000.0)


class Valuations:
    """Prices cars, and keeps the valuations that are to be kept."""

    def __init__(
        self, prices: Prices, cards: Cards, traffic: Traffic, inputs: Inputs,
        buying_margin_percent: float | None = None, selling_bonus_eur: float = 0.0,
    ) -> None:  # fmt: skip
        """The margin is what a dealer's buying price lies below ours; without one, no buying price is named.

        The bonus comes on top of our price for who sells at it.
        """
        self._prices = prices
        self._cards = cards
        self._traffic = traffic
        self._inputs = inputs
        self._margin_percent = buying_margin_percent
        self.selling_bonus_eur = selling_bonus_eur

    def deadline(self) -> float:
        """When a request that comes now must have its valuation."""
        return self._prices.deadline()

    def value(
        self, raw: Mapping[str, object], today: date, deadline: float, account: int | None = None,
        by_champion: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """Price one car from the fields of POST /valuations, before a deadline(). What is kept is the account's.

        by_champion: no challenger prices it, whatever is being rolled out.

        Raises InvalidFields naming every field at fault, ModelUnavailable where no price is to be had.
        """

        def read(card: Card) -> tuple[Asked, list[Vehicle]]:
            asked = read_asked(raw, today, card)
            return asked, [asked.vehicle]

        if by_champion:
            asked, priced, card = price_by_card(self._prices, self._cards, read, deadline)
        else:
            asked, priced, card = self._traffic.price(read, deadline)
        self._inputs.note(card.version, asked.vehicle)
        reply = _reply(asked, priced.row(0), card, self._margin_percent)
        if not asked.keep:
            return reply
        with writing() as session:
            return keep(session, reply, account)

    def value_from_memory(self, raw: Mapping[str, object], today: date, deadline: float) -> dict[str, Any] | None:
        """What value() replies, None where that may need the database: to keep it, or to read another version's card.

        Raises InvalidFields, ModelUnavailable.
        """
        if raw.get("keep") is True:
            return None

        def read(card: Card) -> tuple[Asked, list[Vehicle]]:
            asked = read_asked(raw, today, card)
            return asked, [asked.vehicle]

        found = self._traffic.price_from_memory(read, deadline)
        if found is None:
            return None
        asked, priced, card = found
        self._inputs.note(card.version, asked.vehicle)
        return _reply(asked, priced.row(0), card, self._margin_percent)


class Asked:
    """A request, read: the vehicle and what else was said."""

    def __init__(
        self, vehicle: Vehicle, first_registration: str, as_of: date, asking_price_eur: float | None, keep: bool
    ) -> None:
        self.vehicle = vehicle
        self.first_registration = first_registration
        self.as_of = as_of
        self.asking_price_eur = asking_price_eur
        self.keep = keep


def read_asked(raw: Mapping[str, object], today: date, card: Card) -> Asked:
    """The fields of POST /valuations, read by a version's card. Raises InvalidFields naming every field at fault."""
    fields = Fields(raw)
    fields.allow_only(FIELDS)
    as_of = fields.calendar_date("as_of") if fields.given("as_of") else today
    if as_of is not None and as_of > today:
        fields.add("as_of", "in_future", f"must not be after today, {today.isoformat()}", {"latest": today.isoformat()})
    asking = None
    if fields.given("asking_price_eur"):
        asking = fields.number("asking_price_eur", *ASKING_PRICE_BOUNDS_EUR, "EUR")
    keep = raw.get("keep")
    if keep is not None and not isinstance(keep, bool):
        fields.add("keep", "type", "must be true or false")
    try:
        vehicle = parse_vehicle(raw, as_of or today, card.catalogue)
    except Invalid as invalid:
        raise InvalidFields([*invalid.violations, *fields.violations]) from None
    violations = [*refusals(vehicle, card), *fields.violations]
    if violations:
        raise InvalidFields(violations)
    assert as_of is not None
    return Asked(vehicle, str(raw["first_registration"]).strip(), as_of, asking, keep is True)


def buying_price_eur(price_eur: float, margin_percent: float) -> float:
    """What a dealer pays for a car of this price, to the cent."""
    return round(price_eur * (100 - margin_percent)) / 100


def _reply(asked: Asked, row: Mapping[str, float], card: Card, margin_percent: float | None) -> dict[str, Any]:
    vehicle = asked.vehicle
    if row["support"] == 0.0:
        raise not_priced(card)
    price, base, effects = round_to_cents(
        row["price_eur"], row["base_eur"], [row[effect.name] for effect in EFFECTS]
    )
    low, high = (round(row[name] * 100) / 100 for name in ("low_eur", "high_eur"))  # by the rule of the price
    found = limits(vehicle, asked.as_of, card)
    asking = asked.asking_price_eur
    label = None if asking is None else deal_label(asking, price, low, high, card.coverage)
    typical = card.models[vehicle.make, vehicle.model]["typical"]
    return {
        "id": None,
        "price_eur": price,
        "buying_price_eur": None if margin_percent is None else buying_price_eur(price, margin_percent),
        "range": {"low_eur": low, "high_eur": high, "coverage": card.coverage},
        "confidence": "low" if found else "high",
        "limits": [asdict(limit) for limit in found],
        "base_eur": base,
        "contributions": [
            {
                "feature": effect.explains,
                "label": FEATURE[str(effect.explains)].label,
                "value": _in_words(str(effect.explains), getattr(vehicle, str(effect.explains))),
                "typical": _in_words(str(effect.explains), typical[effect.explains]),
                "effect_eur": effect_eur,
                "effect_percent": round(_percent(row[effect.name], row), 2),
            }
            for effect, effect_eur in zip(EFFECTS, effects, strict=True)
        ],
        "deal": label,
        "asking_price_eur": asking,
        "vehicle": {
            **{name: getattr(vehicle, name) for name in ("make", "model", "fuel", "gearbox", "offer_type")},
            "first_registration": asked.first_registration,
            "age_years": round(vehicle.age_years, 2),
            "mileage_km": vehicle.mileage_km,
            "power_hp": round(vehicle.power_hp, 1),
            "power_kw": round(vehicle.power_hp / HP_PER_KW, 1),
        },
        "as_of": asked.as_of.isoformat(),
        **card.stamp,
    }


def _percent(effect_eur: float, row: Mapping[str, float]) -> float:
    """What an effect does to any price, in per cent: exp(log effect) - 1, the log effect found back by the log mean."""
    return math.expm1(effect_eur / log_mean(row["price_eur"], row["base_eur"])) * 100


def _in_words(feature: str, value: object) -> str:
    if feature in CLOSED_SETS:
        return CLOSED_SETS[feature].label(str(value))
    assert isinstance(value, int | float)
    return f"{value:,.1f} years" if feature == "age_years" else f"{value:,.0f} {FEATURE[feature].unit}"
