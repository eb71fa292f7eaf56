"""Searching the market's listings: page by page, each listing with our price, and the deals of the whole search.

A search is of one make, and so reads of the index of like cars what is of its models and no more. With the first page
come the labels of up to MOST_LABELLED listings, those that are first in the search's order.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select

from gateway.db.listing import ListingRow
from gateway.extensions import db
from gateway.inference.prices import Prices
from gateway.services.cards import Cards
from gateway.services.deals import LABELS
from gateway.services.market.alike import COLUMNS
from gateway.services.market.days import MONTHS_A_YEAR, ON_OFFER_FOR, month_of
from gateway.services.market.documents import listing_document
from gateway.services.market.known import newest_day
from gateway.services.market.names import models_of
from gateway.services.market.pricing import Name, PricedListing, price_listings
from gateway.services.market.search_query import SearchQuery

MOST_LABELLED = 5_000


class Search:
    def __init__(self, prices: Prices, cards: Cards) -> None:
        self._prices = prices
        self._cards = cards

    def page(self, query: SearchQuery, today: date) -> dict[str, Any]:
        """A page of the listings, priced as of today. Raises ModelUnavailable where no price is to be had."""
        newest = newest_day()
        names = {row.sequence: (row.make, row.model) for row in db.session.execute(models_of(query.make, query.model))}
        most = query.limit if query.after else MOST_LABELLED
        rows: Sequence[Any] = []
        if newest is not None and names:
            rows = db.session.execute(matching(query, sorted(names), newest, today).limit(most + 1)).all()
        shown, priced_rows = rows[: query.limit], rows[:most]
        db.session.rollback()  # nobody waits for the model server with a connection in his hands
        priced, stamp = price_listings(self._prices, self._cards, priced_rows, names, today)
        return {
            "listings": [
                _document(row, names[row.model], each, newest)
                for row, each in zip(shown, priced) if newest is not None
            ],
            "next": query.cursor(shown[-1]) if len(rows) > len(shown) else None,
            "deals": None if query.after else _deals(priced, len(rows) <= most),
            "newest_day": newest and newest.isoformat(),
            "as_of": today.isoformat(),
            **stamp,
        }


def matching(query: SearchQuery, models: Sequence[int], newest: date, today: date) -> Select:
    """Asks for the listings of some models, from where the query goes on, in its order."""
    row = ListingRow
    asked = select(row.sequence, row.model, row.registered_month, *COLUMNS).where(
        row.model.in_(models), *_conditions(query, newest, today)
    )
    if query.after is not None:
        value, sequence = query.after
        column = query.column
        beyond = (column < value) if query.descending else (column > value)
        tied = (row.sequence < sequence) if query.descending else (row.sequence > sequence)
        asked = asked.where(or_(beyond, and_(column == value, tied)))
    columns = (query.column, row.sequence)
    return asked.order_by(*[column.desc() for column in columns] if query.descending else columns)


def _conditions(query: SearchQuery, newest: date, today: date) -> list[ColumnElement[bool]]:
    row, bounds = ListingRow, query.bounds
    found: list[ColumnElement[bool]] = [getattr(row, name) == word for name, word in query.words.items()]
    for name in ("price_eur", "mileage_km"):
        if (low := bounds.get(f"min_{name}")) is not None:
            found.append(getattr(row, name) >= low)
        if (high := bounds.get(f"max_{name}")) is not None:
            found.append(getattr(row, name) <= high)
    # The younger a car, the later its month.
    if (youngest := bounds.get("min_age_years")) is not None:
        found.append(row.registered_month <= month_of(today) - youngest * MONTHS_A_YEAR)
    if (oldest := bounds.get("max_age_years")) is not None:
        found.append(row.registered_month >= month_of(today) - oldest * MONTHS_A_YEAR)
    if query.source is not None:
        found.append(row.source == query.source)
    if query.on_offer is not None:
        there = and_(row.gone_on.is_(None), row.last_seen >= newest - ON_OFFER_FOR)
        found.append(there if query.on_offer else not_(there))
    return found


def _deals(priced: Sequence[PricedListing | None], is_all: bool) -> dict[str, Any]:
    counts = Counter(each.deal for each in priced if each is not None)
    return {
        "listings": len(priced),
        "is_all": is_all,
        "counts": {label: counts[label] for _, label in LABELS},
        "unpriced": sum(each is None for each in priced),
    }


def _document(row: Any, name: Name, priced: PricedListing | None, newest: date) -> dict[str, Any]:
    return {
        **listing_document(row, *name, newest),
        "asking_price_eur": row.price_eur,
        "price_eur": None if priced is None else priced.price_eur,
        "range": None if priced is None else {
            "low_eur": priced.low_eur, "high_eur": priced.high_eur, "coverage": priced.coverage,
        },
        "deal": None if priced is None else priced.deal,
    }  # fmt: skip
