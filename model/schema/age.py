"""A car's age, which is what the model knows of its first registration."""

import re
from datetime import date

from model.schema.features import DAYS_PER_YEAR

YEAR_OR_MONTH = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")


def age_years(first_registration: str, as_of: date) -> float:
    """Age in years at a date of a car first registered in "2016" (taken as 1 July) or "2016-05" (its first day).

    Raises ValueError for a text that is neither.
    """
    match = YEAR_OR_MONTH.fullmatch(first_registration)
    if match is None:
        raise ValueError(f"neither a year nor a year and month: {first_registration!r}")
    year, month = int(match[1]), match[2]
    registered = date(year, int(month) if month else 7, 1)
    return max(0, (as_of - registered).days) / DAYS_PER_YEAR
