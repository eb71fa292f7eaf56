"""Splitting a query that has more results than a site shows, so that nothing falls between the halves."""

from dataclasses import replace
from math import isqrt

from scraper.pages.base import Query

# Where an open end is taken to be when a span is halved; what lies beyond stays in the outer half.
FIRST_YEAR = 1990
LOWEST_EUR, HIGHEST_EUR = 250, 5_000_000


def halves(query: Query, this_year: int) -> tuple[Query, Query] | None:
    """Two queries that have all of its results between them, each once; None where it cannot be split.

    First its years are halved, down to one of them, then its prices, in the middle between their magnitudes: half of
    all cars cost less than a hundredth of the dearest one. An open end stays open.
    """
    return _by_year(query, this_year) or _by_price(query)


def _by_year(query: Query, this_year: int) -> tuple[Query, Query] | None:
    low = FIRST_YEAR if query.from_year is None else query.from_year
    high = this_year if query.to_year is None else query.to_year
    if low >= high:
        return None
    middle = (low + high) // 2
    return replace(query, to_year=middle), replace(query, from_year=middle + 1)


def _by_price(query: Query) -> tuple[Query, Query] | None:
    low = LOWEST_EUR if query.from_eur is None else max(query.from_eur, 1)
    high = HIGHEST_EUR if query.to_eur is None else query.to_eur
    if low >= high:
        return None
    middle = isqrt(low * high)
    return replace(query, to_eur=middle), replace(query, from_eur=middle + 1)
