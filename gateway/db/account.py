"""Accounts, and what proves that somebody is one: sessions, tokens, links to set a new password."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class AccountRow(db.Model):  # type: ignore[name-defined,misc]
    """Somebody with a password and a role. `id` is what others may see of it."""

    __tablename__ = "account"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(unique=True)  # as it is compared: lower case
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str]
    created_at: Mapped[datetime]

    # A number is never given to somebody else, not even after its account has gone.
    __table_args__ = {"sqlite_autoincrement": True}


class SessionRow(db.Model):  # type: ignore[name-defined,misc]
    """A browser that is logged in, by the SHA-256 of what its cookie holds."""

    __tablename__ = "session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[int] = mapped_column(ForeignKey("account.sequence", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ApiTokenRow(db.Model):  # type: ignore[name-defined,misc]
    """A program's key, by the SHA-256 of its secret part. Without an account it is the operator's own."""

    __tablename__ = "api_token"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(unique=True)  # what is shown of it, and found by
    secret_hash: Mapped[str]
    account: Mapped[int | None] = mapped_column(ForeignKey("account.sequence", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    scopes: Mapped[str]  # separated by spaces
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class PasswordResetRow(db.Model):  # type: ignore[name-defined,misc]
    """A link that sets a new password, once, by the SHA-256 of its token."""

    __tablename__ = "password_reset"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[int] = mapped_column(ForeignKey("account.sequence", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
