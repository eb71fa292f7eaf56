"""Moments as the database keeps them: UTC, without saying so."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def in_words(moment: datetime | None) -> str | None:
    """A moment as the API writes it: "2026-05-31T09:15:00Z"."""
    return None if moment is None else moment.isoformat(timespec="seconds") + "Z"
