"""The first answers to requests that carried an Idempotency-Key."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class IdempotencyRow(db.Model):  # type: ignore[name-defined,misc]
    __tablename__ = "idempotency"

    caller: Mapped[str] = mapped_column(primary_key=True)  # as in the audit log
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_digest: Mapped[str]
    status: Mapped[int]
    reply: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)
