"""How good a version proves to be: what its cars were sold for, and whether it is asked about what it learnt from."""

import json
import math
from dataclasses import asdict, dataclass
from datetime import date
from statistics import fmean, median
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.db.car import CarRow
from gateway.db.valuation import ValuationRow
from gateway.extensions import db
from gateway.services.car_states import SOLD
from gateway.services.cards import Card
from gateway.services.feedback import OUR_WORD_WITHIN
from gateway.services.monitoring.inputs import WINDOW, asked_of
from gateway.services.monitoring.stability import FEATURES, LEAST_CARS, index, references

MOST_SALES = 2_000  # the last ones
NOT_IN_THE_CARD = "the version's card does not say how its listings lie"


@dataclass(frozen=True)
class Sales:
    """Errors as |log(sale / expected)|, where expected is the price at the level of sales that the card has.

    at_our_word stood at our price and were sold at it: they say nothing of it, and are in no error.
    """

    sales: int
    at_our_word: int
    median_error: float | None
    mean_error: float | None
    bias: float | None  # with its sign: above 0 where cars were sold for more
    inside_percent: float | None  # of the range


def proved(card: Card, today: date) -> dict[str, Any]:
    """All of it, as the API tells it."""
    session = db.session()
    return {
        "version": card.version,
        "market_as_of": card.market_as_of.isoformat(),
        "market_age_days": market_age_days(card, today),
        "sales": {**asdict(sales_of(session, card)), "card_error_percent": card.document["figures"]["mdape_percent"]},
        "inputs": inputs_of(session, card, today),
        "inputs_days": WINDOW.days,
    }


def sales_of(session: Session, card: Card) -> Sales:
    """Of the last cars whose valuation this version made."""
    sold = (
        select(CarRow.sale_price_eur, CarRow.price_is_own, ValuationRow.document)
        .join(ValuationRow, CarRow.valuation == ValuationRow.id)
        .where(CarRow.state == SOLD, CarRow.sale_price_eur.is_not(None), ValuationRow.model_version == card.version)
        .order_by(CarRow.sold_on.desc(), CarRow.sequence.desc())
        .limit(MOST_SALES)
    )
    level = card.document["sale_level"]
    logs, inside, at_our_word = [], 0, 0
    for sale_eur, price_is_own, document in session.execute(sold):
        assert sale_eur is not None  # by the condition
        said = json.loads(document)
        if not price_is_own and abs(sale_eur / said["price_eur"] - 1) <= OUR_WORD_WITHIN:
            at_our_word += 1
            continue
        asking = sale_eur / math.exp(level)
        logs.append(math.log(asking / said["price_eur"]))
        inside += said["range"]["low_eur"] <= asking <= said["range"]["high_eur"]
    if not logs:
        return Sales(0, at_our_word, None, None, None, None)
    errors = [abs(log) for log in logs]
    return Sales(
        len(logs), at_our_word, round(median(errors), 4), round(fmean(errors), 4), round(median(logs), 4),
        round(100 * inside / len(logs), 2),
    )  # fmt: skip


def inputs_of(session: Session, card: Card, today: date) -> list[dict[str, Any]]:
    """Each feature's index, with what it is measured against, or why there is none."""
    known, asked = references(card), asked_of(session, card.version, today)
    found = []
    for feature in FEATURES:
        cars = sum(asked[feature].values())
        reference = known.get(feature)
        psi = reason = None
        if reference is None:
            reason = NOT_IN_THE_CARD
        elif (psi := index(asked[feature], reference)) is None:
            reason = f"fewer than {LEAST_CARS} cars in {WINDOW.days} days"
        found.append(
            {
                "feature": feature, "cars": cars, "psi": psi, "against": reference and reference.source,
                "reason": reason,
            }
        )  # fmt: skip
    return found


def market_age_days(card: Card, today: date) -> int:
    return (today - card.market_as_of).days
