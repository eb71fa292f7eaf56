"""Accounts: registering, logging in, and what somebody may do with his own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete as sql_delete
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.account import AccountRow, ApiTokenRow, PasswordResetRow
from gateway.db.inserts import insert
from gateway.db.transactions import writing
from gateway.errors import Conflict, InvalidFields, NotFound, Unauthorized
from gateway.extensions import db
from gateway.services import audit, persons, sessions
from gateway.services.attempts import (
    EMAIL_BY_ACCOUNT,
    LOGIN_BY_ACCOUNT,
    LOGIN_BY_ADDRESS,
    LOGIN_BY_BOTH,
    PASSWORD_BY_ACCOUNT,
    REGISTRATION_BY_ACCOUNT,
    REGISTRATION_BY_ADDRESS,
    Attempts,
)
from gateway.services.identity import ADMIN, CUSTOMER, ROLES, Caller
from gateway.services.passwords import check_new, hash_password, is_outdated, is_password, read_password
from gateway.services.contacts import read_email
from gateway.services.secret_values import new_id
from model.schema.fields import Fields

WRONG = "the e-mail address or the password is wrong"


@dataclass(frozen=True)
class Account:
    """What is shown of an account to its owner and to admins."""

    id: str
    email: str
    name: str
    role: str
    created_at: datetime


@dataclass(frozen=True)
class LoggedIn:
    account: Account
    secret: str  # for the session's cookie


class Accounts:
    """The rules of accounts. address is always the caller's, as attempts count it."""

    def __init__(self, attempts: Attempts) -> None:
        self._attempts = attempts

    def register(self, raw: Mapping[str, object], address: str) -> None:
        """Make a customer's account, or, where the e-mail address has one, do nothing: the caller learns neither.

        Raises InvalidFields, TooManyAttempts, Busy.
        """
        fields = Fields(raw)
        fields.allow_only(("email", "name", "password"))
        email, name = read_email(fields), fields.text("name")
        password = read_password(fields, raw.get("password"), "password")
        if password is not None:
            check_new(fields, password, "password", email or "")
        if fields.violations:
            raise InvalidFields(fields.violations)
        assert email is not None and name is not None and password is not None
        self._attempts.take([(REGISTRATION_BY_ADDRESS, address), (REGISTRATION_BY_ACCOUNT, email)])
        add(email, name, hash_password(password), CUSTOMER)

    def log_in(self, raw: Mapping[str, object], address: str, old_secret: str | None) -> LoggedIn:
        """Start a session, in the place of the one that this browser had.

        Raises InvalidFields, TooManyAttempts, Busy, and Unauthorized in the same words and the same time whether the
        account is not there or the password is not its own.
        """
        fields = Fields(raw)
        fields.allow_only(("email", "password"))
        email = read_email(fields)
        password = read_password(fields, raw.get("password"), "password")
        if fields.violations:
            raise InvalidFields(fields.violations)
        assert email is not None and password is not None
        forgivable = [(LOGIN_BY_BOTH, f"{address} {email}")]
        self._attempts.take([(LOGIN_BY_ADDRESS, address), (LOGIN_BY_ACCOUNT, email), *forgivable])
        kept = db.session.scalar(select(AccountRow.password_hash).filter_by(email=email))
        db.session.rollback()  # no transaction stays open while the password is hashed
        if not is_password(password, kept):
            raise Unauthorized(WRONG)
        assert kept is not None
        renewed = hash_password(password) if is_outdated(kept) else kept
        with writing() as session:
            row = session.scalar(select(AccountRow).filter_by(email=email).with_for_update())
            if row is None:
                raise Unauthorized(WRONG)
            if row.password_hash == kept:
                row.password_hash = renewed
            elif not is_password(password, row.password_hash):  # changed in this very moment, and not only renewed
                raise Unauthorized(WRONG)
            if old_secret:
                sessions.end(session, old_secret)
            secret = sessions.start(session, row)
        self._attempts.forget(forgivable)
        return LoggedIn(shown(row), secret)

    def change_password(self, who: Caller, raw: Mapping[str, object]) -> LoggedIn:
        """Set a new password. All sessions end; a new one is for the browser that asked.

        Raises InvalidFields, also for a wrong current password, TooManyAttempts, Busy.
        """
        fields = Fields(raw)
        fields.allow_only(("current_password", "new_password"))
        current = read_password(fields, raw.get("current_password"), "current_password")
        new = read_password(fields, raw.get("new_password"), "new_password")
        account = get(who)
        if new is not None:
            check_new(fields, new, "new_password", account.email)
        if fields.violations:
            raise InvalidFields(fields.violations)
        assert current is not None and new is not None
        self._check_current(who, current, fields, "current_password")
        new_hash = hash_password(new)
        with writing() as session:
            row = _locked(session, who)
            set_password(session, row, new_hash)
            audit.note(session, who, "password.change", row.id)
            secret = sessions.start(session, row)
        return LoggedIn(shown(row), secret)

    def change_profile(self, who: Caller, raw: Mapping[str, object]) -> Account:
        """Set the name, or the e-mail address, which the password must be given for.

        Raises InvalidFields, Conflict for an address that cannot be had, TooManyAttempts, Busy.
        """
        fields = Fields(raw)
        fields.allow_only(("name", "email", "password"))
        name = fields.text("name") if "name" in raw else None
        email = read_email(fields) if "email" in raw else None
        password = None
        if email is not None or "password" in raw:
            password = read_password(fields, raw.get("password"), "password")
        if fields.violations:
            raise InvalidFields(fields.violations)
        if email is not None and password is not None:
            self._attempts.take([(EMAIL_BY_ACCOUNT, str(who.id))])  # or addresses could be tried out
            self._check_current(who, password, fields, "password")
        try:
            with writing() as session:
                row = _locked(session, who)
                row.name = name or row.name
                if email is not None and email != row.email:
                    row.email = email
                    session.execute(sql_delete(PasswordResetRow).filter_by(account=row.sequence))
                    audit.note(session, who, "account.email", row.id)
        except IntegrityError:
            raise Conflict("this e-mail address cannot be used", code="email_taken") from None
        return shown(row)

    def _check_current(self, who: Caller, password: str, fields: Fields, name: str) -> None:
        keys = [(PASSWORD_BY_ACCOUNT, str(who.id))]
        self._attempts.take(keys)
        kept = db.session.scalar(select(AccountRow.password_hash).filter_by(sequence=who.account))
        db.session.rollback()
        if not is_password(password, kept):
            fields.add(name, "wrong", "is not the password of this account")
            raise InvalidFields(fields.violations)
        self._attempts.forget(keys)


def add(email: str, name: str, password_hash: str, role: str) -> bool:
    """Make an account; False where the e-mail address has one already."""
    row = {
        "id": new_id(), "email": email, "name": name, "password_hash": password_hash, "role": role,
        "created_at": moments.now(),
    }  # fmt: skip
    with writing() as session:
        made = session.execute(
            insert(session, AccountRow).values(row).on_conflict_do_nothing().returning(AccountRow.id)
        ).first()
    return made is not None


def take_over(who: Caller, email: str, name: str, password_hash: str, role: str) -> bool:
    """Make somebody's account, or make the one of this e-mail address his: with this password and role, and without all
    that whoever had it before had opened. False where there was one. For who knows whose the address is: an address is
    proven by nothing when somebody registers.
    """
    if add(email, name, password_hash, role):
        return True
    with writing() as session:
        row = find(session, email)
        set_password(session, row, password_hash)
        session.execute(sql_delete(ApiTokenRow).filter_by(account=row.sequence))
        audit.note(session, who, "account.take_over", row.id, {"from": row.role, "to": role})
        row.role, row.name = role, name
    return False


def get(who: Caller) -> Account:
    """The caller's own account. Raises NotFound where it was deleted in this moment."""
    row = db.session.get(AccountRow, who.account)
    if row is None:
        raise NotFound("this account is not there any more")
    return shown(row)


def delete(who: Caller) -> None:
    """Erase the caller's account and all that is personal in what belongs to it.

    Raises NotFound, Conflict for the last admin's own.
    """
    with writing() as session:
        admins = _lock_admins(session)
        row = _locked(session, who)
        if row.role == ADMIN:
            _check_not_last(admins)
        persons.erase(session, who, row.sequence)


def page(limit: int, before: int) -> tuple[list[Account], int | None]:
    """Accounts, the newest first, from before a sequence on, and the next page's; None on the last."""
    query = select(AccountRow).where(AccountRow.sequence < before).order_by(AccountRow.sequence.desc())
    rows = list(db.session.scalars(query.limit(limit + 1)))
    following = rows[limit - 1].sequence if len(rows) > limit else None
    return [shown(row) for row in rows[:limit]], following


def set_role(who: Caller, account_id: str, role: str) -> Account:
    """Give an account another role, from its next request on. Raises NotFound, Conflict for the last admin's own."""
    assert role in ROLES
    with writing() as session:
        admins = _lock_admins(session)
        row = find(session, account_id)
        if row.role != role:
            if row.role == ADMIN:
                _check_not_last(admins)
            audit.note(session, who, "account.role", row.id, {"from": row.role, "to": role})
            row.role = role
    return shown(row)


def set_password(session: Session, row: AccountRow, password_hash: str) -> None:
    """Set an account's password, and end all that the old one had opened: its sessions, and links to set another."""
    row.password_hash = password_hash
    sessions.end_all(session, row.sequence)
    session.execute(sql_delete(PasswordResetRow).filter_by(account=row.sequence))


def find(session: Session, email_or_id: str) -> AccountRow:
    """The account of an e-mail address or an id, locked. Raises NotFound."""
    column = AccountRow.email if "@" in email_or_id else AccountRow.id
    value = email_or_id.lower() if "@" in email_or_id else email_or_id
    row = session.scalar(select(AccountRow).where(column == value).with_for_update())
    if row is None:
        raise NotFound("there is no such account")
    return row


def shown(row: AccountRow) -> Account:
    return Account(row.id, row.email, row.name, row.role, row.created_at)


def _lock_admins(session: Session) -> int:
    """How many admins there are, all locked: always first and in one order, so that nobody waits in a circle."""
    admins = select(AccountRow.sequence).filter_by(role=ADMIN).order_by(AccountRow.sequence).with_for_update()
    return len(session.scalars(admins).all())


def _check_not_last(admins: int) -> None:
    if admins < 2:
        raise Conflict("this is the last admin: make another one first", code="last_admin")


def _locked(session: Session, who: Caller) -> AccountRow:
    row = session.scalar(select(AccountRow).filter_by(sequence=who.account, id=who.id).with_for_update())
    if row is None:
        raise NotFound("this account is not there any more")
    return row
