"""What "on offer" and "of late" mean: counted back from the newest day on which any listing was seen.

Not from today: a market that was brought a year ago is shown as it was, with its day.
"""

from datetime import date, timedelta

# Sources that tell of each day have what is gone marked as gone; of those that come once a month this is all we know.
ON_OFFER_FOR = timedelta(days=45)  # since it was seen last
OF_LATE = timedelta(days=365)
MONTHS_A_YEAR = 12
MIDDLE_OF_YEAR = 6  # the age of a car of which the year alone is known counts from July


def is_on_offer(last_seen: date, gone_on: date | None, newest: date) -> bool:
    return gone_on is None and last_seen >= newest - ON_OFFER_FOR


def month_of(day: date) -> int:
    """A month as a whole number, one more than that of the month before."""
    return MONTHS_A_YEAR * day.year + day.month - 1


def month_in_words(month: int) -> str:
    """Such as "2026-05"."""
    return f"{month // MONTHS_A_YEAR:04}-{month % MONTHS_A_YEAR + 1:02}"


def registered_month(first_registration: str) -> int:
    """The month from which a car's age counts, of a text that was checked; as model.schema.age counts it."""
    year, _, month = first_registration.partition("-")
    return MONTHS_A_YEAR * int(year) + (int(month) - 1 if month else MIDDLE_OF_YEAR)
