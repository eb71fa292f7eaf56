"""Limits on attempts, kept in the database, so that all workers count together.

The generic cell rate algorithm: each attempt puts a key one interval further ahead of the clock, and who would be
further ahead than a burst allows must wait. One row a key, however many attempts.
"""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from gateway.db import moments
from gateway.db.attempt import AttemptRow
from gateway.db.inserts import insert
from gateway.db.transactions import writing
from gateway.errors import TooManyAttempts


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
LOGIN_BY_ACCOUNT = Limit("login account", 100, 60 * 60)
REGISTRATION_BY_ADDRESS = Limit("registration address", 10, 60 * 60)
REGISTRATION_BY_ACCOUNT = Limit("registration account", 5, 60 * 60)
RESET_BY_ADDRESS = Limit("reset address", 30, 60 * 60)
PASSWORD_BY_ACCOUNT = Limit("password account", 10, 15 * 60)
REPORT_BY_ADDRESS = Limit("report address", 30, 60 * 60)
OFFER_BY_ADDRESS = Limit("offer address", 30, 60 * 60)

Key = tuple[Limit, str]  # and whom it counts for


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
        limits = {_digest(limit, whom): limit for limit, whom in sorted(keys, key=lambda key: (key[0].name, key[1]))}
        with writing() as session:
            for digest, limit in limits.items():
                new = insert(session, AttemptRow).values(key=digest, free_at=now).on_conflict_do_nothing()
                session.execute(new)
                row = session.scalars(select(AttemptRow).filter_by(key=digest).with_for_update()).one()
                row.free_at = max(row.free_at, now) + limit.interval
                over = row.free_at - now - timedelta(seconds=limit.seconds)
                if over > timedelta(0):
                    raise TooManyAttempts(math.ceil(over.total_seconds()))

    def forget(self, keys: Iterable[Key]) -> None:
        """Count from nothing again, after one that succeeded."""
        if not self._limited:
            return
        with writing() as session:
            digests = [_digest(limit, whom) for limit, whom in keys]
            session.execute(delete(AttemptRow).where(AttemptRow.key.in_(digests)))


def _digest(limit: Limit, whom: str) -> str:
    return hashlib.sha256(f"{limit.name}\n{whom}".encode()).hexdigest()
