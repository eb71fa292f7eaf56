"""What is watched of the versions that price: which cars they are asked about."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class InputCountRow(db.Model):  # type: ignore[name-defined,misc]
    """How many cars with this value of a feature a version was asked about on a day.

    `value` is a word or, of a number, its place among the edges of the card's distribution.
    """

    __tablename__ = "input_count"

    version: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    feature: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    cars: Mapped[int]
