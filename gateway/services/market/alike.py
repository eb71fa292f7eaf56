"""The listings most like a car: how far two cars are apart, and how the nearest are found off an index.

The distance is about the share of the price that the differences make, all added up. Whatever lies within a distance
of a car lies in a box of months, kilometres and horsepower around it: so boxes are looked through, a small one first,
until one holds enough cars within its distance. None that is nearer was then missed.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from gateway.db.listing import ListingRow
from gateway.extensions import db
from gateway.services.market.days import MONTHS_A_YEAR, OF_LATE
from model.schema.vehicle import Vehicle

# What a difference makes of the price, about, in the market at large.
A_YEAR = 0.10
A_KILOMETRE = 0.04 / 10_000
A_SHARE_OF_POWER = 0.6
ANOTHER_FUEL, ANOTHER_GEARBOX, ANOTHER_OFFER_TYPE = 0.10, 0.08, 0.05
DISTANCES = (0.03, 0.06, 0.12, 0.25, 0.5)  # beyond the last one cars are not alike
LISTINGS_A_CAR = 5  # read at most, on average: one car may be listed often

COLUMNS = [
    getattr(ListingRow, name) for name in (
        "source", "id", "car", "fuel", "gearbox", "offer_type", "first_registration", "mileage_km", "power_hp",
        "price_eur", "first_seen", "last_seen", "gone_on", "country", "seller_kind", "url",
    )
]  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """A car of a model of the market, to which like ones are wanted."""

    model: int
    vehicle: Vehicle
    registered_month: int


def nearest(wanted: Wanted, most: int, newest: date) -> list[Any]:
    """The listings of the cars nearest to one, `most` of them at most, the nearest first and one a car, as of late.

    Of a car that is listed several times it is the one that was seen last. Each has the columns of COLUMNS.
    """
    found: list[Any] = []
    for distance in DISTANCES:
        rows = db.session.execute(within(wanted, distance, newest).limit(most * LISTINGS_A_CAR)).all()
        found = _one_a_car(rows)
        if len(found) >= most:
            break
    return found[:most]


def within(wanted: Wanted, distance: float, newest: date) -> Select:
    """Asks for all of late within a distance, the nearest first."""
    apart = _distance(wanted).label("distance")
    vehicle = wanted.vehicle
    months, kilometres = distance / A_YEAR * MONTHS_A_YEAR, distance / A_KILOMETRE
    power_hp = vehicle.power_hp * distance / A_SHARE_OF_POWER
    row, month = ListingRow, wanted.registered_month
    return (
        select(*COLUMNS)
        .where(
            row.model == wanted.model,
            row.registered_month.between(math.floor(month - months), math.ceil(month + months)),
            row.mileage_km.between(vehicle.mileage_km - kilometres, vehicle.mileage_km + kilometres),
            row.power_hp.between(vehicle.power_hp - power_hp, vehicle.power_hp + power_hp),
            row.last_seen >= newest - OF_LATE,
            apart <= distance,
        )
        .order_by(apart, row.last_seen.desc(), row.sequence)
    )  # fmt: skip


def _distance(wanted: Wanted) -> ColumnElement[float]:
    row, vehicle = ListingRow, wanted.vehicle
    distance: ColumnElement[float] = (
        func.abs(row.registered_month - wanted.registered_month) * (A_YEAR / MONTHS_A_YEAR)
        + func.abs(row.mileage_km - vehicle.mileage_km) * A_KILOMETRE
        + func.abs(row.power_hp - vehicle.power_hp) * (A_SHARE_OF_POWER / vehicle.power_hp)
    )
    for column, word, apart in (
        (row.fuel, vehicle.fuel, ANOTHER_FUEL), (row.gearbox, vehicle.gearbox, ANOTHER_GEARBOX),
        (row.offer_type, vehicle.offer_type, ANOTHER_OFFER_TYPE),
    ):  # fmt: skip
        distance = distance + case((column == word, 0.0), else_=apart)
    return distance


def _one_a_car(rows: Iterable[Any]) -> list[Any]:
    """The rows come nearest first, and those of one car together: what is equal in all that counts is equally near."""
    cars: dict[str, Any] = {}
    for row in rows:
        cars.setdefault(row.car, row)
    return list(cars.values())
