"""Valuations that somebody asked to keep."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class ValuationRow(db.Model):  # type: ignore[name-defined,misc]
    """A kept valuation under an id that cannot be guessed: the reply as it was given."""

    __tablename__ = "valuation"

    id: Mapped[str] = mapped_column(primary_key=True)
    model_version: Mapped[str]
    document: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    account: Mapped[int | None] = mapped_column(ForeignKey("account.sequence", ondelete="SET NULL"))

    __table_args__ = (Index("ix_valuation_account", "account", "created_at"),)
