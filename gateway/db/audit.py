"""What was done with accounts, rights and other people's data: written, never changed."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class AuditRow(db.Model):  # type: ignore[name-defined,misc]
    """One deed. The database itself refuses to change or delete a row."""

    __tablename__ = "audit"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]  # of whom: an account's id, a token's prefix, "command", "anyone"
    action: Mapped[str]
    target: Mapped[str]  # to what, by its id
    details: Mapped[str] = mapped_column(Text)  # JSON; nothing of a person in it
