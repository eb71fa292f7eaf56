"""Model cards, as published: one a version, never changed."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class CardRow(db.Model):  # type: ignore[name-defined,misc]
    """A published card. `sequence` tells which came last.

    `summary` is what lists show of it, so that a list of versions reads no megabytes. It is null for a card of an
    earlier format.
    """

    __tablename__ = "card"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    document: Mapped[str] = mapped_column(Text)
    summary: Mapped[str | None] = mapped_column(Text)  # JSON
    published_at: Mapped[datetime]
