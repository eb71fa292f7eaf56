"""The market's figures of a model, of a make or of all, as they were made when listings came last."""

import json
from collections.abc import Mapping
from typing import Any

from gateway.db.listing import MarketFiguresRow
from gateway.extensions import db
from gateway.services.cards import Cards
from gateway.services.market.days import OF_LATE, ON_OFFER_FOR
from gateway.services.market.names import keys_of, named, refuse_wrong
from gateway.services.market.refreshing import WHOLE
from model.schema.fields import Fields

NOTHING: Mapping[str, Any] = {
    "history": [],
    "supply": {"on_offer": 0, "gone": 0},
    "days_on_market": {name: {"cars": 0, "median_days": None} for name in ("gone", "on_offer")},
    "price_cuts": {"cars": 0, "share_percent": None, "median_eur": None, "median_percent": None},
}


def overview(cards: Cards, raw: Mapping[str, str]) -> dict[str, Any]:
    """The figures of the make and model that are asked for, in any spelling. Raises InvalidFields."""
    fields = Fields(raw)
    fields.allow_only(("make", "model"))
    make, model = named(cards, fields, raw)
    refuse_wrong(fields)
    keys = keys_of(make or WHOLE, model or WHOLE)
    row = db.session.get(MarketFiguresRow, keys)
    return {
        "make": make,
        "car_model": model,
        "newest_day": row and row.newest_day.isoformat(),
        "on_offer_days": ON_OFFER_FOR.days,
        "gone_days": OF_LATE.days,
        **(NOTHING if row is None else json.loads(row.document)),
        "reason": None if row else _why_none(make, model),
    }


def _why_none(make: str | None, model: str | None) -> str:
    if make is None or db.session.get(MarketFiguresRow, (WHOLE, WHOLE)) is None:
        return "no listings have been brought to this gateway yet"
    return f"no listing of a {make}{' ' + model if model else ''} has been brought to this gateway yet"
