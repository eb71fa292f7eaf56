"""Model cards, as published: one a version, never changed."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class CardRow(db.Model):  # type: ignore[name-defined,misc]
    """A published card. `sequence` tells which came last."""

    __tablename__ = "card"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    document: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
