"""When a page is believed: in what market, on which day, of how few cars."""

from dataclasses import replace
from datetime import date

import pytest

from scraper.checks import Market, check_detail, check_search
from scraper.pages.autoscout24 import AutoScout24
from scraper.pages.base import DetailPage, NotBelieved, Query, SearchPage
from tests.scraper.pages.builder import SITES, cars

SEEN = date(2026, 7, 5)
SITE = AutoScout24()


def page(count: int = 20, start: int = 0, **more: object) -> SearchPage:
    """A page of results with so many cars, the only one of its query."""
    records = tuple(SITES["de"].expected(cars(count, start)))
    return replace(SearchPage("", Query("bmw", "320"), 1, count, 1, records), **more)  # type: ignore[arg-type]


def without(found: SearchPage, column: str, count: int) -> SearchPage:
    records = [
        {name: value for name, value in record.items() if name != column} if index < count else record
        for index, record in enumerate(found.records)
    ]
    return replace(found, records=tuple(records))


def believed(found: SearchPage, market: Market | None = None, **more: object) -> bool:
    try:
        check_search(found, SITE, market or Market(), SEEN, **more)  # type: ignore[arg-type]
    except NotBelieved:
        return False
    return True


@pytest.mark.parametrize("column", ["make", "model", "fuel", "gearbox", "offer_type", "mileage_km", "price_eur",
                                    "first_registration"])  # fmt: skip
def test_a_fifth_of_the_cars_may_lack_a_field_and_no_more(column: str) -> None:
    assert believed(without(page(), column, 4))
    assert not believed(without(page(), column, 5))


def test_on_a_page_of_few_cars_one_may_lack_a_field() -> None:
    assert believed(without(page(3), "gearbox", 1))
    assert not believed(without(page(3), "gearbox", 2))
    # but not one car everything
    empty = replace(page(1), records=({"id": "a"},))
    assert not believed(empty)


def test_a_car_needs_one_of_two_powers() -> None:
    assert believed(without(page(), "power_kw", 20))
    assert not believed(without(without(page(), "power_kw", 20), "power_hp", 20))


def test_pages_before_the_last_are_full() -> None:
    # given a query of 45 results on 3 pages
    whole = {"results": 45, "pages": 3}
    assert believed(page(20, **whole))
    assert not believed(page(19, **whole))
    # then the last may have fewer, and none more than twice what a page has
    assert believed(page(5, number=3, **whole))
    assert not believed(page(41, results=45, pages=3))


def test_the_site_repeats_what_dealers_paid_for() -> None:
    """108 pages for 2,093 results, as the real one has: three more than they fill."""
    assert believed(page(20, results=2093, pages=108))
    assert believed(page(20, results=258_962, pages=200))
    assert not believed(page(20, results=2093, pages=130))


def test_a_page_that_is_asked_for_answers_that_query() -> None:
    asked = Query("BMW", "320")
    assert believed(page(), asked=asked, number=1)
    assert not believed(page(), asked=asked, number=2)
    assert not believed(page(), asked=Query("bmw"), number=1)
    assert not believed(page(), asked=replace(asked, from_year=2019), number=1)
    # a saved page answers what it says
    assert believed(page(echoed=Query("bmw")))
    assert not believed(page(echoed=Query("audi")))


@pytest.mark.parametrize(
    ("make", "slug"),
    [
        ("Mercedes-Benz", "mercedes-benz"),
        ("Alfa Romeo", "alfa-romeo"),
        ("Škoda", "skoda"),
        ("Citroën", "citroen"),
        ("Volkswagen", "volkswagen"),
    ],
)
def test_a_make_is_the_one_asked_for_however_it_is_written(make: str, slug: str) -> None:
    found = page(echoed=Query(slug))
    found = replace(found, records=tuple({**record, "make": make} for record in found.records))
    assert believed(found, asked=Query(slug), number=1)


def test_cars_lie_in_the_spans_that_were_asked_for() -> None:
    assert believed(page(echoed=Query("bmw", "320", from_year=2018, to_year=2024)))
    assert not believed(page(echoed=Query("bmw", "320", from_year=2023)))
    assert not believed(page(echoed=Query("bmw", "320", to_eur=15_000)))


def test_the_first_page_again_is_told_by_its_cars() -> None:
    first = page(20, results=60, pages=3)
    assert believed(page(20, 20, results=60, pages=3, number=2), first=first)
    assert not believed(replace(first, number=2), first=first)
    # a few of them are on every page: their dealers paid for it
    boosted = replace(first, number=2, records=(*first.records[:3], *page(17, 40).records))
    assert believed(boosted, first=first)


def test_a_unit_that_changed_is_told_by_the_market() -> None:
    market = Market(page(60, 1000).records)
    for column, factor, right in (
        ("price_eur", 1.0, True), ("price_eur", 1.5, True), ("price_eur", 4.0, False), ("price_eur", 0.1, False),
        ("mileage_km", 1.0, True), ("mileage_km", 0.05, False), ("mileage_km", 8.0, False),
    ):  # fmt: skip
        # given a page whose figures are off by a factor
        found = page()
        records = tuple({**record, column: str(int(int(record[column]) * factor))} for record in found.records)
        # when it is checked in the market that is known, then a factor that no market has is told
        assert believed(replace(found, records=records), market) is right, (column, factor)


def test_a_dear_model_does_not_judge_a_cheap_one() -> None:
    """Each model is held against its own like."""
    dear = Market({**record, "model": "M5", "price_eur": "120000"} for record in page(60, 1000).records)
    assert believed(page(), dear)


def test_the_market_forgets_the_oldest() -> None:
    # given a market that was ten times as dear once
    market = Market({**record, "price_eur": str(int(record["price_eur"]) * 10)} for record in page(60, 1000).records)
    assert not believed(page(), market)
    # when it has seen as many of today's
    market.add(page(60, 2000).records)
    # then today's are believed
    assert believed(page(), market)


def test_nearly_new_cars_are_not_held_against_driven_ones() -> None:
    market = Market(page(60, 1000).records)
    found = page()
    records = tuple({**record, "mileage_km": "15", "offer_type": "demonstration"} for record in found.records)
    assert believed(replace(found, records=records), market)


@pytest.mark.parametrize("change", [{"power_hp": "140"}, {"price_eur": "1"}, {"first_registration": "2027-01"},
                                    {"mileage_km": "9999999"}])  # fmt: skip
def test_a_few_cars_may_be_implausible_and_no_more(change: dict[str, str]) -> None:
    found = page()
    for count, right in ((4, True), (5, False)):
        records = tuple({**record, **change} if index < count else record for index, record in enumerate(found.records))
        assert believed(replace(found, records=records)) is right


def test_the_page_of_one_listing_is_checked_alone() -> None:
    [record] = page(1).records
    check_detail(DetailPage("", record), Market(), SEEN)
    for wrong in ({"currency": "CHF", "gearbox": ""}, {"price_eur": "1"}, {"first_registration": "2027-01"}):
        changed = {name: value for name, value in {**record, **wrong}.items() if value}
        with pytest.raises(NotBelieved):
            check_detail(DetailPage("", changed), Market(), SEEN)
