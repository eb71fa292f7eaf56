"""A listing's life: when it was first and last seen, what it cost meanwhile, and whether it is gone.

This is how the market reaches the gateway: one JSON object a line, each the whole of what is known of one listing, so
that a line may be sent again, and the newer of two replaces the older.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date

from model.schema.vehicle import Vehicle


@dataclass(frozen=True, slots=True)
class Price:
    """What a listing cost from a day on."""

    since: date
    price_eur: float


@dataclass(frozen=True, slots=True)
class Life:
    """One listing of a source: its car as it was seen last, and its days.

    `prices` are in order of days, two that follow each other are never equal, and the first is of the day on which it
    was first seen. A listing that came back after it was gone is not gone. `gone_on` is the day on which it was looked
    for and not found.
    """

    source: str
    id: str
    vehicle: Vehicle  # its age is of the day on which it was seen last
    first_registration: str
    first_seen: date
    last_seen: date
    prices: tuple[Price, ...]
    gone_on: date | None = None
    country: str = "DE"
    seller_kind: str | None = None
    url: str | None = None

    @property
    def price_eur(self) -> float:
        return self.prices[-1].price_eur


def write_life(life: Life) -> str:
    """A life as a line of JSON, without its end."""
    document = asdict(life)
    vehicle = document.pop("vehicle")
    vehicle.pop("age_years")  # who reads it knows the days
    document["prices"] = [[price.since.isoformat(), price.price_eur] for price in life.prices]
    for name in ("first_seen", "last_seen", "gone_on"):
        document[name] = _iso(document[name])
    return json.dumps({**vehicle, **document}, ensure_ascii=False)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
