"""Keys that this installation made for itself."""

from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class SecretRow(db.Model):  # type: ignore[name-defined,misc]
    __tablename__ = "secret"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
