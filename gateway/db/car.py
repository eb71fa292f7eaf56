"""Cars that are offered or in stock, the words they are found by, and what became of them."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


# Compared byte by byte on both databases: a prefix is then a range of an index, whatever language the server speaks.
BYTEWISE = String().with_variant(String(collation="C"), "postgresql")
THERE, DELETED = text("deleted_at IS NULL"), text("deleted_at IS NOT NULL")


def _order(name: str, *columns: str) -> Index:
    return Index(name, *columns, "sequence", sqlite_where=THERE, postgresql_where=THERE)


class CarRow(db.Model):  # type: ignore[name-defined,misc]
    """A car. `price_eur` is somebody's own price, or our estimate where `price_is_own` is false."""

    __tablename__ = "car"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int]  # of the row: goes up with every change
    state: Mapped[str]
    account: Mapped[int | None] = mapped_column(ForeignKey("account.sequence", ondelete="SET NULL"))
    code_hash: Mapped[str | None] = mapped_column(unique=True)  # SHA-256 of the reference code of an offer

    make: Mapped[str]
    model: Mapped[str]
    fuel: Mapped[str]
    gearbox: Mapped[str]
    offer_type: Mapped[str]
    first_registration: Mapped[str] = mapped_column(BYTEWISE)
    mileage_km: Mapped[float]
    power_hp: Mapped[float]

    price_eur: Mapped[float]
    price_is_own: Mapped[bool]
    estimate_eur: Mapped[float | None]  # ours, by `valuation`; None where the car could not be valued
    valuation: Mapped[str | None] = mapped_column(ForeignKey("valuation.id", ondelete="SET NULL"), index=True)
    contact_name: Mapped[str | None]
    contact_email: Mapped[str | None]
    contact_phone: Mapped[str | None]
    note: Mapped[str | None] = mapped_column(Text)
    sale_price_eur: Mapped[float | None]
    sold_on: Mapped[date | None]

    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    # One index for each order that the list can have, over all cars and within a state: a page is read off it. Cars
    # that were deleted are in none of them.
    __table_args__ = (
        _order("ix_car_created", "created_at"),
        _order("ix_car_price", "price_eur"),
        _order("ix_car_mileage", "mileage_km"),
        _order("ix_car_registration", "first_registration"),
        _order("ix_car_state_created", "state", "created_at"),
        _order("ix_car_state_price", "state", "price_eur"),
        _order("ix_car_state_mileage", "state", "mileage_km"),
        _order("ix_car_state_registration", "state", "first_registration"),
        # Of those alone that were: SQLite would look up in it which were not, and sort them all.
        Index("ix_car_deleted_at", "deleted_at", sqlite_where=DELETED, postgresql_where=DELETED),
        Index("ix_car_account", "account", "sequence"),
    )


class CarWordRow(db.Model):  # type: ignore[name-defined,misc]
    """A word that a car is found by: the cars of a word by the key, the words of a car by the index."""

    __tablename__ = "car_word"

    word: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)
    car: Mapped[int] = mapped_column(ForeignKey("car.sequence", ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index("ix_car_word_car", "car", "word"),)


class CarEventRow(db.Model):  # type: ignore[name-defined,misc]
    """A change of a car: who, when, what."""

    __tablename__ = "car_event"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    car: Mapped[int] = mapped_column(ForeignKey("car.sequence", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]  # as in the audit log
    action: Mapped[str]
    changes: Mapped[str] = mapped_column(Text)  # JSON: {field: [before, after]}; nothing of a person in it
