"""What is at hand of the market: of which day the figures are, and how many cars of each kind are on offer."""

import threading
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from gateway.db.listing import MarketFiguresRow, MarketModelRow, MarketVariantRow
from gateway.extensions import db
from gateway.services.market.names import Keys
from gateway.services.market.refreshing import WHOLE

Kind = tuple[str, str, str]  # fuel, gearbox, offer type


def newest_day() -> date | None:
    """The newest day on which a listing was seen, None where no figures were made yet."""
    row = MarketFiguresRow
    return db.session.scalar(select(row.newest_day).where(row.make_key == WHOLE, row.model_key == WHOLE))


@dataclass(frozen=True, eq=False)
class Supply:
    """The cars on offer, by the model's keys and their kind. It never changes: a new generation has a new one."""

    generation: int
    cars: dict[Keys, dict[Kind, int]]


class KnownSupply:
    """The last generation's supply, read when it is first asked for. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._supply = Supply(0, {})

    def now(self) -> Supply:
        row = MarketFiguresRow
        generation = db.session.scalar(select(row.generation).where(row.make_key == WHOLE, row.model_key == WHOLE)) or 0
        with self._lock:
            if self._supply.generation != generation:
                self._supply = Supply(generation, _read())
            return self._supply


def _read() -> dict[Keys, dict[Kind, int]]:
    row, model = MarketVariantRow, MarketModelRow
    asked = select(model.make_key, model.model_key, row.fuel, row.gearbox, row.offer_type, row.on_offer)
    cars: dict[Keys, dict[Kind, int]] = {}
    for make_key, model_key, *kind, on_offer in db.session.execute(asked.join(model, model.sequence == row.model)):
        if on_offer:
            cars.setdefault((make_key, model_key), {})[tuple(kind)] = on_offer  # type: ignore[index]
    return cars
