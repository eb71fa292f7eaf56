"""Links that set a new password, once: an admin makes one for somebody who has forgotten his."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.account import AccountRow, PasswordResetRow
from gateway.db.transactions import writing
from gateway.errors import InvalidFields, NotFound
from gateway.services import accounts, audit, sessions
from gateway.services.attempts import RESET_BY_ADDRESS, Attempts
from gateway.services.identity import Caller
from gateway.services.mail import Mail
from gateway.services.passwords import check_new, hash_password, read_password
from gateway.services.secret_values import digest, new_secret
from model.schema.fields import Fields

LIFETIME = timedelta(hours=24)
SUBJECT = "Set a new password"
TEXT = "This link sets a new password for your account, once, until {until} UTC:\n\n{link}\n"
LONGEST_TOKEN = 100  # letters


@dataclass(frozen=True)
class ResetLink:
    link: str
    expires_at: datetime
    mailed: bool


class PasswordResets:
    def __init__(self, attempts: Attempts, mail: Mail, public_url: str) -> None:
        self._attempts = attempts
        self._mail = mail
        self._public_url = public_url.rstrip("/")

    def make(self, who: Caller, email_or_id: str) -> ResetLink:
        """A link for an account, mailed to it where a mail server is set. Raises NotFound."""
        secret = new_secret()
        with writing() as session:
            account = accounts.find(session, email_or_id)
            expires_at = moments.now() + LIFETIME
            row = PasswordResetRow(token_hash=digest(secret), account=account.sequence, expires_at=expires_at)
            session.add(row)
            audit.note(session, who, "password.reset_link", account.id)
        # After the "#" it reaches no server, and so stands in no log.
        link = f"{self._public_url}/new-password#{secret}"
        mailed = self._mail.send(account.email, SUBJECT, TEXT.format(until=f"{expires_at:%Y-%m-%d %H:%M}", link=link))
        return ResetLink(link, expires_at, mailed)

    def use(self, raw: Mapping[str, object], address: str) -> None:
        """Set the password that a link's owner chose. Every session of his ends.

        Raises InvalidFields, NotFound for a link that was used or has run out, TooManyAttempts, Busy.
        """
        fields = Fields(raw)
        fields.allow_only(("token", "password"))
        token = fields.text("token", longest=LONGEST_TOKEN)
        password = read_password(fields, raw.get("password"), "password")
        if fields.violations:
            raise InvalidFields(fields.violations)
        assert token is not None and password is not None
        self._attempts.take([(RESET_BY_ADDRESS, address)])
        with writing() as session:
            email = _account(session, token).email
        check_new(fields, password, "password", email)
        if fields.violations:
            raise InvalidFields(fields.violations)
        password_hash = hash_password(password)
        with writing() as session:
            account = _account(session, token)
            accounts.set_password(session, account, password_hash)
            who = sessions.caller_of(account.sequence, account.id, account.role)
            audit.note(session, who, "password.reset", account.id)


def _account(session: Session, token: str) -> AccountRow:
    account = session.scalar(
        select(AccountRow)
        .join(PasswordResetRow, PasswordResetRow.account == AccountRow.sequence)
        .where(PasswordResetRow.token_hash == digest(token), PasswordResetRow.expires_at > moments.now())
        .with_for_update()
    )
    if account is None:
        raise NotFound("this link was used before, or has run out: ask for a new one")
    return account
