"""Limits on attempts, kept in the database, so that all workers count together.

The generic cell rate algorithm: each attempt puts a key one interval further ahead of the clock, and who would be
further ahead than a burst allows must wait. One row a key, however many attempts.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, update

from gateway.db import moments
from gateway.db.attempt import AttemptRow
from gateway.db.inserts import insert
from gateway.db.transactions import writing
from gateway.errors import TooManyAttempts
from gateway.services.secret_values import digest


@dataclass(frozen=True)
class Limit:
    """So many attempts at once, and as many again in `seconds`."""

    name: str
    attempts: int
    seconds: int

    @property
    def interval(self) -> timedelta:
        return timedelta(seconds=self.seconds / self.attempts)


# An account is limited for each address more tightly than in all: else a stranger could lock its owner out.
LOGIN_BY_ADDRESS = Limit("login address", 30, 15 * 60)
LOGIN_BY_BOTH = Limit("login account and address", 10, 15 * 60)
LOGIN_BY_ACCOUNT = Limit("login account", 1_000, 60 * 60)
REGISTRATION_BY_ADDRESS = Limit("registration address", 10, 60 * 60)
REGISTRATION_BY_ACCOUNT = Limit("registration account", 5, 60 * 60)
RESET_BY_ADDRESS = Limit("reset address", 30, 60 * 60)
PASSWORD_BY_ACCOUNT = Limit("password account", 10, 15 * 60)
EMAIL_BY_ACCOUNT = Limit("email account", 5, 24 * 60 * 60)
# By account where there is one, else by address.
REPORTS = Limit("reports", 30, 60 * 60)
OFFERS = Limit("offers", 30, 60 * 60)
KEPT_VALUATIONS = Limit("kept valuations", 120, 60 * 60)

Key = tuple[Limit, str]  # and whom it counts for

# How far one worker's clock may be behind another's, with its wait for a row that the other one has locked.
_CLOCKS_DIFFER = timedelta(minutes=1)


class Attempts:
    """Counts attempts, unless told not to."""

    def __init__(self, limited: bool) -> None:
        self._limited = limited

    def take(self, keys: Iterable[Key]) -> None:
        """Count one attempt for each of these keys. Raises TooManyAttempts, and then counts it for none."""
        if not self._limited:
            return
        now = moments.now()
        # Always in one order, so that two that share keys never wait for each other.
        limits = {_row_key(limit, whom): limit for limit, whom in sorted(keys, key=lambda key: (key[0].name, key[1]))}
        with writing() as session:
            for key, limit in limits.items():
                new = insert(session, AttemptRow).values(key=key, free_at=now)
                # An update that changes nothing: the row is there and locked, whether or not it was there before.
                there = new.on_conflict_do_update(index_elements=["key"], set_={"key": key})
                free_at = session.scalars(there.returning(AttemptRow.free_at)).one()
                if free_at > now + timedelta(seconds=limit.seconds) + _CLOCKS_DIFFER:
                    free_at = now  # the clock was set back: nobody waits for the day that it had jumped to
                free_at = max(free_at, now) + limit.interval
                over = free_at - now - timedelta(seconds=limit.seconds)
                if over > timedelta(0):
                    raise TooManyAttempts(math.ceil(over.total_seconds()))
                session.execute(update(AttemptRow).filter_by(key=key).values(free_at=free_at))

    def forget(self, keys: Iterable[Key]) -> None:
        """Count from nothing again, after one that succeeded."""
        if not self._limited:
            return
        with writing() as session:
            row_keys = [_row_key(limit, whom) for limit, whom in keys]
            session.execute(delete(AttemptRow).where(AttemptRow.key.in_(row_keys)))


def _row_key(limit: Limit, whom: str) -> str:
    return digest(f"{limit.name}\n{whom}")
