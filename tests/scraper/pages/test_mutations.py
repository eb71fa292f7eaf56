"""Whatever becomes of a page: no wrong row is stored as good, and what is refused says why."""

import re
from datetime import date

import pytest

from scraper.checks import Market, check_search
from scraper.pages.autoscout24 import AutoScout24
from scraper.pages.base import NotBelieved, Query, SearchPage
from tests.scraper.pages.builder import SITES, cars, page_of, search_data
from tests.scraper.pages.mutations import MUTATIONS

SEEN = date(2026, 7, 5)
ASKED = Query("bmw", "320")
GOOD = search_data(cars(20), page=2, results=2093)


def believed(body: bytes) -> SearchPage:
    """The page, if it is believed as the second one of a query in a market that is known."""
    site = AutoScout24()
    first = site.read(site.reduce("", page_of(search_data(cars(20, start=500), results=2093))))
    market = Market(SITES["de"].expected(cars(60, start=1000)))
    page = site.read(site.reduce("", body))
    assert isinstance(page, SearchPage) and isinstance(first, SearchPage)
    check_search(page, site, market, SEEN, asked=ASKED, number=2, first=first)
    return page


def truth() -> dict[str, dict[str, str]]:
    return {record["id"]: record for record in SITES["de"].expected(cars(20))}


def test_the_page_itself_is_believed() -> None:
    assert list(believed(page_of(GOOD)).records) == list(truth().values())


def test_there_are_enough_mutations() -> None:
    assert len(MUTATIONS) >= 50
    assert sum(reason is not None for _, reason in MUTATIONS.values()) >= 50


@pytest.mark.parametrize("name", [name for name, (_, reason) in MUTATIONS.items() if reason is not None])
def test_a_page_that_lies_is_refused_with_the_reason(name: str) -> None:
    # given a page that something became of, when it is read and checked, then it is not believed, and why is said
    mutate, reason = MUTATIONS[name]
    with pytest.raises(NotBelieved) as refused:
        believed(mutate(GOOD))
    assert re.search(reason or "", str(refused.value)), str(refused.value)


@pytest.mark.parametrize("name", [name for name, (_, reason) in MUTATIONS.items() if reason is None])
def test_a_page_that_still_tells_all_is_read_right(name: str) -> None:
    # given a page that lost what another of its places still says, when it is read and checked
    mutate, _ = MUTATIONS[name]
    page = believed(mutate(GOOD))
    # then each car is what it is; it may lack its address or what is no feature of it, and nothing else
    assert len(page.records) == 20
    for record in page.records:
        whole = truth()[record["id"]]
        assert record.items() <= whole.items()
        assert whole.keys() - record.keys() <= {"url", "country", "seller_kind"}


def test_no_results_are_believed_where_there_are_none() -> None:
    # given a query without a result, when its page is read and checked, then it is believed, and has no record
    site = AutoScout24()
    page = site.read(site.reduce("", page_of(search_data([]))))
    assert isinstance(page, SearchPage)
    check_search(page, site, Market(), SEEN, asked=ASKED, number=1)
    assert not page.records
