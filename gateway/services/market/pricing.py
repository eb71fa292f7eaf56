"""Our prices of many listings, by columns, in calls of the size of a batch's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.inference.codec import Columns, Priced
from gateway.inference.prices import Prices
from gateway.services.batch_rows import ROWS_A_CALL
from gateway.services.cards import Card, Cards
from gateway.services.deals import deal_label
from gateway.services.limits import priced_up_to_years
from gateway.services.pricing import price_by_card
from model.schema.age import age_years
from model.schema.euros import round_column_to_cents
from model.schema.features import FEATURES
from model.schema.vocabulary import CLOSED_SETS

Name = tuple[str, str]  # of a make and a model


@dataclass(frozen=True, slots=True)
class PricedListing:
    price_eur: float
    low_eur: float
    high_eur: float
    coverage: float
    deal: str


def price_listings(
    prices: Prices, cards: Cards, rows: Sequence[Any], names: Mapping[int, Name], today: date
) -> tuple[list[PricedListing | None], dict[str, object]]:
    """The prices of listings today, None for those that the version does not know, and the stamp of the last call's
    version. names are those of the rows' models. Raises ModelUnavailable.
    """
    found: list[PricedListing | None] = []
    stamp = cards.served().stamp
    for start in range(0, len(rows), ROWS_A_CALL):
        some = rows[start : start + ROWS_A_CALL]
        places, priced, card = price_by_card(
            prices, cards, lambda card: _read(card, some, names, today), math.inf  # noqa: B023
        )
        found += _priced(some, places, priced, card)
        stamp = card.stamp
    return found, stamp


def _read(card: Card, rows: Sequence[Any], names: Mapping[int, Name], today: date) -> tuple[list[int], Columns]:
    """The places of the rows that the card's version knows, and their cars."""
    known = {model: card.known_as(*name) for model, name in names.items()}
    oldest = priced_up_to_years(card)
    ages = {text: age_years(text, today) for text in {row.first_registration for row in rows}}
    places: list[int] = []
    cars: list[tuple] = []
    for place, row in enumerate(rows):
        name, age = known[row.model], ages[row.first_registration]
        if name is not None and age <= oldest and all(getattr(row, word) in card.words[word] for word in CLOSED_SETS):
            places.append(place)
            cars.append((*name, row.fuel, row.gearbox, row.offer_type, age, row.mileage_km, row.power_hp))
    columns: Sequence[Sequence] = list(zip(*cars, strict=True)) if cars else [[] for _ in FEATURES]
    return places, Columns(columns)


def _priced(rows: Sequence[Any], places: Sequence[int], priced: Priced, card: Card) -> list[PricedListing | None]:
    found: list[PricedListing | None] = [None] * len(rows)
    sound = [
        number for number, support in enumerate(priced.columns["support"]) if support and number not in priced.faults
    ]
    columns = (
        round_column_to_cents([priced.columns[name][number] for number in sound])
        for name in ("price_eur", "low_eur", "high_eur")
    )
    for number, price, low, high in zip(sound, *columns, strict=True):
        asking = rows[places[number]].price_eur
        found[places[number]] = PricedListing(
            price, low, high, card.coverage, deal_label(asking, price, low, high, card.coverage)
        )
    return found
