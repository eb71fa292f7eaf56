"""Comparables: the listings most like a car, each with what it would cost if it were that car, by our effects."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from gateway.db.listing import MarketModelRow, MarketVariantRow
from gateway.extensions import db
from gateway.inference.prices import Prices
from gateway.services.cards import Card
from gateway.services.kept_valuations import get
from gateway.services.limits import refusals
from gateway.services.log_effects import log_mean
from gateway.services.market.alike import Wanted, nearest
from gateway.services.market.days import OF_LATE, ON_OFFER_FOR, registered_month
from gateway.services.market.documents import listing_document, vehicle_document
from gateway.services.market.figures import quantile
from gateway.services.market.known import newest_day
from gateway.services.market.names import keys_of
from gateway.services.pricing import not_priced
from gateway.services.rollouts.traffic import Traffic
from gateway.services.valuations import Asked, read_asked
from model.schema.age import age_years
from model.schema.euros import round_to_cents
from model.schema.features import EFFECTS, FEATURE
from model.schema.vehicle import Vehicle

COMPARABLES = 12
# Of a kept valuation, what asks for it again.
ASKED_AGAIN = ("make", "model", "fuel", "gearbox", "offer_type", "first_registration", "mileage_km", "power_hp")


@dataclass(frozen=True)
class _Found:
    """What the market has for a car that was asked about."""

    asked: Asked
    newest: date | None
    on_offer: int
    gone: int
    rows: Sequence[Any]
    vehicles: Sequence[Vehicle]  # of the rows, at the age of the day that was asked about


class Comparables:
    """Finds and adjusts them."""

    def __init__(self, prices: Prices, traffic: Traffic) -> None:
        self._prices = prices
        self._traffic = traffic

    def of(self, raw: Mapping[str, object], today: date) -> dict[str, Any]:
        """Those of a car from the fields of POST /valuations.

        Raises InvalidFields naming every field at fault, ModelUnavailable where no price is to be had.
        """

        def read(card: Card) -> tuple[_Found, list[Vehicle]]:
            found = _find(read_asked(raw, today, card), card)
            return found, [found.asked.vehicle, *found.vehicles]

        found, priced, card = self._traffic.price(read, self._prices.deadline())
        rows = [priced.row(number) for number in range(len(priced))]
        return _reply(found, rows[0], rows[1:], card)

    def of_kept(self, valuation_id: str, today: date) -> dict[str, Any]:
        """Those of a kept valuation's car, by the version that is served now. Raises NotFound besides."""
        valuation = get(valuation_id)
        raw = {name: valuation["vehicle"][name] for name in ASKED_AGAIN}
        return self.of({**raw, "as_of": valuation["as_of"]}, today)


def _find(asked: Asked, card: Card) -> _Found:
    vehicle, newest = asked.vehicle, newest_day()
    make_key, model_key = keys_of(vehicle.make, vehicle.model)
    row = MarketModelRow
    model = db.session.scalar(select(row.sequence).where(row.make_key == make_key, row.model_key == model_key))
    if newest is None or model is None:
        return _Found(asked, newest, 0, 0, [], [])
    wanted = Wanted(model, vehicle, registered_month(asked.first_registration))
    pairs = []
    for each in nearest(wanted, COMPARABLES, newest):
        like = Vehicle(
            vehicle.make, vehicle.model, each.fuel, each.gearbox, each.offer_type,
            age_years(each.first_registration, asked.as_of), each.mileage_km, each.power_hp,
        )  # fmt: skip
        if not refusals(like, card):
            pairs.append((each, like))
    on_offer, gone = _counts(model, vehicle)
    return _Found(asked, newest, on_offer, gone, [each for each, _ in pairs], [like for _, like in pairs])


def _counts(model: int, vehicle: Vehicle) -> tuple[int, int]:
    """Cars of the same model, fuel and gearbox, on offer and gone of late."""
    row = MarketVariantRow
    sums = select(func.coalesce(func.sum(row.on_offer), 0), func.coalesce(func.sum(row.gone), 0))
    on_offer, gone = db.session.execute(
        sums.where(row.model == model, row.fuel == vehicle.fuel, row.gearbox == vehicle.gearbox)
    ).one()
    return int(on_offer), int(gone)


def _reply(
    found: _Found, subject: Mapping[str, float], rows: Sequence[Mapping[str, float]], card: Card
) -> dict[str, Any]:
    if subject["support"] == 0.0:
        raise not_priced(card)
    asked, newest = found.asked, found.newest
    comparables = [
        _comparable(listing, vehicle, row, subject, newest)
        for listing, vehicle, row in zip(found.rows, found.vehicles, rows, strict=True)
        if newest is not None and row["support"]
    ]
    adjusted = sorted(each["adjusted_eur"] for each in comparables)
    return {
        "vehicle": vehicle_document(asked.vehicle, asked.first_registration),
        "as_of": asked.as_of.isoformat(),
        "price_eur": round(subject["price_eur"] * 100) / 100,
        "newest_day": newest and newest.isoformat(),
        "on_offer_days": ON_OFFER_FOR.days,
        "gone_days": OF_LATE.days,
        "like_cars": {"on_offer": found.on_offer, "gone": found.gone},
        "median_adjusted_eur": round(quantile(adjusted, 0.5), 2) if adjusted else None,
        "comparables": comparables,
        "reason": None if comparables else _why_none(found),
        **card.stamp,
    }


def _why_none(found: _Found) -> str:
    vehicle = found.asked.vehicle
    if found.newest is None:
        return "no listings have been brought to this gateway yet"
    name = f"{vehicle.make} {vehicle.model}"
    return f"no {name} much like this one was listed in the {OF_LATE.days} days before {found.newest.isoformat()}"


def _comparable(
    listing: Any, vehicle: Vehicle, row: Mapping[str, float], subject: Mapping[str, float], newest: date
) -> dict[str, Any]:
    """A listing with its price, and what the differences between the two cars make of it."""
    asking = listing.price_eur
    exact = asking * subject["price_eur"] / row["price_eur"]
    mean = log_mean(exact, asking)
    logs = [_log_effect(subject, effect.name) - _log_effect(row, effect.name) for effect in EFFECTS]
    adjusted, price, effects = round_to_cents(exact, asking, [log * mean for log in logs])
    return {
        **listing_document(listing, vehicle.make, vehicle.model, newest),
        "price_eur": price,
        "adjusted_eur": adjusted,
        "adjustments": [
            {
                "feature": effect.explains,
                "label": FEATURE[str(effect.explains)].label,
                "effect_eur": effect_eur,
                "effect_percent": round(math.expm1(log) * 100, 2),
            }
            for effect, effect_eur, log in zip(EFFECTS, effects, logs, strict=True)
        ],
    }


def _log_effect(row: Mapping[str, float], name: str) -> float:
    """An effect against the typical car, which is one and the same for all cars of a model."""
    return row[name] / log_mean(row["price_eur"], row["base_eur"])
