"""Figures of some listings: asking prices by month, supply, days on the market, and cuts of prices.

A car that is listed several times is one. A month's asking prices are those of the cars that were seen in it, each
with its last price of that month.
"""

import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from gateway.services.market.days import OF_LATE, is_on_offer, month_in_words, month_of

MOST_MONTHS = 120


class Seen(NamedTuple):
    """What is read of a listing for them, in the order in which it is asked for."""

    car: str
    fuel: str
    gearbox: str
    offer_type: str
    price_eur: float
    price_since: date
    earlier_prices: str | None
    first_seen: date
    last_seen: date
    gone_on: date | None


@dataclass
class _Car:
    kind: tuple[str, str, str]
    first_seen: date
    last_seen: date
    on_offer: bool
    gone: bool  # it was looked for and not found
    first_eur: float
    price_eur: float  # the newest


def _floats() -> array:
    return array("d")


@dataclass
class Sample:
    """What figures are made of. Those of several models together are the figures of their make."""

    prices: dict[int, array] = field(default_factory=dict)  # by month
    on_offer: int = 0
    gone: int = 0  # seen of late, and on offer no more
    days_on_offer: array = field(default_factory=_floats)
    days_gone: array = field(default_factory=_floats)
    cuts_eur: array = field(default_factory=_floats)
    cuts_percent: array = field(default_factory=_floats)
    kinds: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)  # on offer and gone, by the words

    def add(self, other: "Sample") -> None:
        """Take in all that is in another one but for its kinds, which are a model's own."""
        for month, prices in other.prices.items():
            self.prices.setdefault(month, _floats()).extend(prices)
        self.on_offer += other.on_offer
        self.gone += other.gone
        for name in ("days_on_offer", "days_gone", "cuts_eur", "cuts_percent"):
            getattr(self, name).extend(getattr(other, name))


def sample(rows: Iterable[Sequence], newest: date) -> Sample:
    """Of one model's listings, each with the values of Seen, as of the newest day of the market."""
    by_month: dict[int, dict[str, float]] = {}
    cars: dict[str, _Car] = {}
    oldest_month = month_of(newest) - MOST_MONTHS + 1
    for row in rows:
        _add_prices(by_month, row, oldest_month)
        _add_car(cars, row, newest)
    made = Sample({month: array("d", prices.values()) for month, prices in by_month.items()})
    for car in cars.values():
        _count(made, car, newest)
    return made


def _add_prices(by_month: dict[int, dict[str, float]], row: Sequence, oldest_month: int) -> None:
    car, price_eur, earlier, first_seen, last_seen = row[0], row[4], row[6], row[7], row[8]
    first, last = max(month_of(first_seen), oldest_month), month_of(last_seen)
    changes = [(month_of(row[5]), price_eur)] if earlier is None else [
        *((month_of(date.fromisoformat(since)), price) for since, price in json.loads(earlier)),
        (month_of(row[5]), price_eur),
    ]  # fmt: skip
    for month in range(first, last + 1):
        # Several prices of one month: the last of them.
        price = price_eur if earlier is None else [price for since, price in changes if since <= month][-1]
        of_month = by_month.get(month)
        if of_month is None:
            of_month = by_month[month] = {}
        of_month[car] = price


def _add_car(cars: dict[str, _Car], row: Sequence, newest: date) -> None:
    name, fuel, gearbox, offer_type, price_eur, _, earlier, first_seen, last_seen, gone_on = row
    first_eur = price_eur if earlier is None else json.loads(earlier)[0][1]
    on_offer = is_on_offer(last_seen, gone_on, newest)
    car = cars.get(name)
    if car is None:
        cars[name] = _Car((fuel, gearbox, offer_type), first_seen, last_seen, on_offer, gone_on is not None,
                          first_eur, price_eur)  # fmt: skip
        return
    if first_seen < car.first_seen:
        car.first_seen, car.first_eur = first_seen, first_eur
    if last_seen >= car.last_seen:
        car.last_seen, car.price_eur, car.gone = last_seen, price_eur, gone_on is not None
    car.on_offer = car.on_offer or on_offer


def _count(made: Sample, car: _Car, newest: date) -> None:
    days = (car.last_seen - car.first_seen).days
    if car.on_offer:
        made.on_offer += 1
        made.days_on_offer.append(days)
    elif car.last_seen >= newest - OF_LATE:
        made.gone += 1
        if car.gone:
            made.days_gone.append(days)
    else:
        return
    made.kinds.setdefault(car.kind, [0, 0])[0 if car.on_offer else 1] += 1
    cut = car.first_eur - car.price_eur
    if cut > 0:
        made.cuts_eur.append(cut)
        made.cuts_percent.append(cut / car.first_eur * 100)


def document(made: Sample) -> dict[str, Any]:
    """The figures, as they are kept and shown."""
    cars = made.on_offer + made.gone
    return {
        "history": [_month(month, prices) for month, prices in sorted(made.prices.items())],
        "supply": {"on_offer": made.on_offer, "gone": made.gone},
        "days_on_market": {
            "gone": {"cars": len(made.days_gone), "median_days": _median(made.days_gone)},
            "on_offer": {"cars": len(made.days_on_offer), "median_days": _median(made.days_on_offer)},
        },
        "price_cuts": {
            "cars": cars,
            "share_percent": round(len(made.cuts_eur) / cars * 100, 1) if cars else None,
            "median_eur": _median(made.cuts_eur),
            "median_percent": _median(made.cuts_percent),
        },
    }


def with_earlier_months(history: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A history with those of the months as they were known before that had more cars: listings of old are removed,
    and what they cost stays.
    """
    months = {each["month"]: each for each in before}
    for each in history:
        if each["month"] not in months or months[each["month"]]["cars"] <= each["cars"]:
            months[each["month"]] = each
    return [months[month] for month in sorted(months)][-MOST_MONTHS:]


def _month(month: int, prices: array) -> dict[str, Any]:
    ordered = sorted(prices)
    low, median, high = (round(quantile(ordered, share), 2) for share in (0.25, 0.5, 0.75))
    return {
        "month": month_in_words(month), "cars": len(ordered), "low_eur": low, "median_eur": median, "high_eur": high,
    }  # fmt: skip


def _median(values: array) -> float | None:
    return round(quantile(sorted(values), 0.5), 2) if values else None


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of values in order, linear between two of them."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
