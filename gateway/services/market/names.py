"""Makes and models of the market, by any spelling."""

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import Select, select

from gateway.db.listing import MarketModelRow
from gateway.errors import InvalidFields, ModelUnavailable
from gateway.extensions import db
from gateway.services.cards import Card, Cards
from model.schema.fields import Fields
from model.schema.vocabulary import Catalogue, canonical_make, fold

NAMES_KEPT = 16_384

Keys = tuple[str, str]  # of a make and a model


@lru_cache(NAMES_KEPT)
def keys_of(make: str, model: str) -> Keys:
    return fold(make), fold(model)


def named(cards: Cards, fields: Fields, raw: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The make and model that a query names, as the served version spells them, else as the market does.

    What is wrong is noted in fields: what neither of them knows, or a model without a make.
    """
    make_text = fields.text("make") if raw.get("make") or raw.get("model") else None
    model_text = fields.text("model") if raw.get("model") else None
    if make_text is None:
        return None, None
    known = _catalogue(cards)
    make = known.find_make(make_text)
    if make is None:
        market = _of_market(make_text)
        make = market.find_make(make_text)
        if make is None:
            fields.known_make(make_text, known)
            return None, None
        known = market
    if model_text is None:
        return make, None
    model = known.find_model(make, model_text)
    if model is None and (market := _of_market(make)).find_make(make) is not None:
        model = market.find_model(str(market.find_make(make)), model_text)
    return make, model or fields.known_model(make, model_text, known)


def models_of(make: str | None, model: str | None = None) -> Select:
    """Asks for market_model's rows of a make, or of one model of it."""
    asked = select(MarketModelRow.sequence, MarketModelRow.make, MarketModelRow.model)
    if make is not None:
        asked = asked.where(MarketModelRow.make_key == fold(make))
    if model is not None:
        asked = asked.where(MarketModelRow.model_key == fold(model))
    return asked.order_by(MarketModelRow.make_key, MarketModelRow.model_key)


def refuse_wrong(fields: Fields) -> None:
    """Raises InvalidFields where something was noted."""
    if fields.violations:
        raise InvalidFields(fields.violations)


def _catalogue(cards: Cards) -> Catalogue:
    card = served_or_none(cards)
    return Catalogue({}) if card is None else card.catalogue


def served_or_none(cards: Cards) -> Card | None:
    """The served version's card, None where none was ever published: the market can be shown without."""
    try:
        return cards.served()
    except ModelUnavailable:
        return None


def _of_market(make_text: str) -> Catalogue:
    """What is listed of one make."""
    rows = db.session.execute(models_of(canonical_make(make_text))).all()
    return Catalogue({rows[0].make: [row.model for row in rows]} if rows else {})
