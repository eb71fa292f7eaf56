"""Narrowing a query: nothing falls between its halves, and it comes to an end."""

from hypothesis import given
from hypothesis import strategies as st

from scraper.narrowing import halves
from scraper.pages.base import Query

YEARS = st.none() | st.integers(1950, 2030)
EUROS = st.none() | st.integers(0, 10_000_000)
QUERIES = st.builds(Query, make=st.just("audi"), from_year=YEARS, to_year=YEARS, from_eur=EUROS, to_eur=EUROS)


def fits(query: Query, year: int, price_eur: int) -> bool:
    return (
        (query.from_year is None or query.from_year <= year) and (query.to_year is None or year <= query.to_year)
        and (query.from_eur is None or query.from_eur <= price_eur)
        and (query.to_eur is None or price_eur <= query.to_eur)
    )  # fmt: skip


@given(QUERIES, st.integers(1900, 2100), st.integers(0, 20_000_000))
def test_a_car_of_a_query_is_in_one_of_its_halves(query: Query, year: int, price_eur: int) -> None:
    """And in one alone; a car that is not in it is in none."""
    # given a query that can be split, when a car is looked for, then it is found as often as in the query
    parts = halves(query, 2026)
    if parts is not None:
        assert sum(fits(part, year, price_eur) for part in parts) == fits(query, year, price_eur)


@given(QUERIES, st.lists(st.booleans(), min_size=60, max_size=60))
def test_narrowing_comes_to_an_end(query: Query, turns: list[bool]) -> None:
    """Whichever half is narrowed again."""
    # given a query, when one half after the other is narrowed, then at some point there are none
    for steps, turn in enumerate(turns):
        parts = halves(query, 2026)
        if parts is None:
            break
        query = parts[turn]
    assert steps < 40


def test_years_come_first_and_then_prices() -> None:
    """Down to one year, and then in the middle of the prices' magnitudes."""
    # given queries, when they are narrowed, then so
    assert halves(Query("audi"), 2026) == (Query("audi", to_year=2008), Query("audi", from_year=2009))
    one_year = Query("audi", from_year=2015, to_year=2015, from_eur=5_000, to_eur=20_000)
    assert halves(one_year, 2026) == (
        Query("audi", from_year=2015, to_year=2015, from_eur=5_000, to_eur=10_000),
        Query("audi", from_year=2015, to_year=2015, from_eur=10_001, to_eur=20_000),
    )
    assert halves(Query("audi", from_year=2015, to_year=2015, from_eur=9_999, to_eur=9_999), 2026) is None
