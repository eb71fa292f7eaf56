"""Attempts that are limited, counted for all workers in one place."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class AttemptRow(db.Model):  # type: ignore[name-defined,misc]
    """How far ahead of its rate a key is: at `free_at` all that it did is forgotten (generic cell rate algorithm)."""

    __tablename__ = "attempt"

    key: Mapped[str] = mapped_column(primary_key=True)  # a digest: neither an address nor an e-mail stands here
    free_at: Mapped[datetime] = mapped_column(index=True)
