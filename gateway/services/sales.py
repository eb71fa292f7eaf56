"""Selling a car of the stock, and undoing that."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.car import CarEventRow, CarRow
from gateway.db.transactions import writing
from gateway.errors import Conflict
from gateway.services.car_changes import change
from gateway.services.car_fields import read_sale
from gateway.services.car_states import IN_STOCK, SOLD
from gateway.services.cars import document, facts, find_to_change
from gateway.services.feedback import add_sale, withdraw_sale
from gateway.services.idempotency import Answer, once
from gateway.services.identity import Caller

SELL = "sell"


def sell(who: Caller, car_id: str, raw: Mapping[str, object], key: str | None, today: date) -> dict[str, Any]:
    """Mark a car as sold; what is told of it then, without anything of a person.

    raw holds the fields of POST /cars/{id}/sale, key is the request's Idempotency-Key. Raises NotFound, InvalidFields,
    Conflict where the car is not in stock.
    """

    def act() -> Answer:
        row = find_to_change(session, who, car_id)
        price_eur, sold_on = read_sale(raw, row.first_registration, today)
        if row.state != IN_STOCK:
            raise Conflict(f"the car is {row.state}: only one that is {IN_STOCK} can be sold", code="not_in_stock")
        record_sale(session, who, row, price_eur, sold_on)
        return 200, facts(row)

    with writing() as session:
        _, answer = once(session, who, f"POST /cars/{car_id}/sale", key, raw, act)
    return answer


def record_sale(session: Session, who: Caller, row: CarRow, price_eur: float, sold_on: date) -> None:
    """All that a sale changes, in its transaction."""
    with change(session, who, row, SELL):
        row.state, row.sale_price_eur, row.sold_on = SOLD, price_eur, sold_on
    add_sale(session, who, row)


def undo(who: Caller, car_id: str, within: timedelta) -> dict[str, Any]:
    """Take a car that was sold back into stock, within a time of its sale.

    Raises NotFound, Conflict where it is not sold, or was sold too long ago.
    """
    with writing() as session:
        row = find_to_change(session, who, car_id)
        if row.state != SOLD:
            raise Conflict(f"the car is {row.state}: there is no sale to undo", code="not_sold")
        if _noted_at(session, row) < moments.now() - within:
            raise Conflict("the time to undo this sale is over", code="undo_is_over")
        unrecord_sale(session, who, row)
        return document(row, who)


def unrecord_sale(session: Session, who: Caller, row: CarRow) -> None:
    """All that undoing a sale changes, in its transaction."""
    with change(session, who, row, "undo sale"):
        row.state, row.sale_price_eur, row.sold_on = IN_STOCK, None, None
    withdraw_sale(session, row)


def _noted_at(session: Session, row: CarRow) -> datetime:
    """When the sale was noted, which is not the day that it is of."""
    sales = select(CarEventRow.at).where(CarEventRow.car == row.sequence, CarEventRow.action == SELL)
    return session.execute(sales.order_by(CarEventRow.sequence.desc()).limit(1)).scalar_one()
