"""Promotions, as CI published them."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class PromotionRow(db.Model):  # type: ignore[name-defined,misc]
    """Which version became the champion, when, by whom and why. Never changed."""

    __tablename__ = "promotion"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
