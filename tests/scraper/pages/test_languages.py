"""Pages in every country and language, in the shapes of two years, hold what their cars are."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scraper.checks import Market, check_detail, check_search
from scraper.pages.autoscout24 import AutoScout24
from scraper.pages.base import DetailPage, NotBelieved, Query, SearchPage
from tests.scraper.pages.builder import (
    FUEL_CODES,
    LANGUAGES,
    OFFER_CODES,
    SITES,
    Car,
    Site,
    cars,
    detail_data,
    detail_page,
    page_of,
    search_data,
    search_page,
)

GOLDEN = Path(__file__).parent / "golden"
SEEN = date(2026, 7, 5)


def read_search(body: bytes, url: str = "") -> SearchPage:
    site = AutoScout24()
    page = site.read(site.reduce(url, body))
    assert isinstance(page, SearchPage)
    return page


def read_detail(body: bytes) -> DetailPage:
    site = AutoScout24()
    page = site.read(site.reduce("", body))
    assert isinstance(page, DetailPage)
    return page


def country_of(site: Site) -> str:
    return "DE" if site.country == "com" else site.country.upper()


@pytest.mark.parametrize("year", [2025, 2026])
@pytest.mark.parametrize("site", SITES.values(), ids=SITES)
@pytest.mark.parametrize("articles", [True, False])
def test_a_page_of_results_is_read_in_every_language(site: Site, year: int, articles: bool) -> None:
    # given a full page of results of a country, in the shape of a year
    listed = cars(20, country=country_of(site))
    body = page_of(search_data(listed, site, year=year, results=300), articles=articles)
    # when it is read, then every car is as it is, in our words, and the page is believed
    page = read_search(body)
    assert list(page.records) == site.expected(listed)
    assert not page.unknown and not page.left_out
    check_search(page, AutoScout24(), Market(), SEEN, asked=Query("bmw", "320"), number=1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_known_in_every_language(language: str) -> None:
    """By its words alone: the codes beside them are gone."""
    site = next(site for site in SITES.values() if site.language == language)
    for fuel in FUEL_CODES:
        for gearbox in ("automatic", "manual", "semi_automatic"):
            for offer_type in OFFER_CODES:
                # given the page of a car without codes
                [car] = cars(1, fuel=fuel, gearbox=gearbox, offer_type=offer_type, country=country_of(site))
                data = detail_data(car, site)
                details = data["props"]["pageProps"]["listingDetails"]
                del details["trackingParams"], details["vehicle"]["rawData"], details["vehicle"]["offerType"]
                del details["vehicle"]["fuelCategory"]["raw"]
                # when it is read, then its words are ours
                page = read_detail(page_of(data))
                assert page.record == car.record(site.host, site.words.folder)
                assert not page.unknown
                check_detail(page, Market(), SEEN)


def test_the_data_alone_is_a_page() -> None:
    # given what a page's program fetches of the site: the data without HTML
    listed = cars(7)
    data = search_data(listed)["props"]
    # when it is read, then it is as the page
    assert list(read_search(json.dumps(data).encode()).records) == SITES["de"].expected(listed)


@pytest.mark.parametrize(
    ("lacking", "column"),
    [("make", "make"), ("fuel", "fuel"), ("gearbox", "gearbox"), ("first_registration", "first_registration"),
     ("mileage_km", "mileage_km"), ("power_kw", "power_kw"), ("price_eur", "price_eur")],
)  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_car_lacks_it_lacks(language: str, lacking: str, column: str) -> None:
    # given a car whose page does not say something
    site = next(site for site in SITES.values() if site.language == language)
    lacked: dict[str, Any] = {lacking: None, **({"power_hp": None} if lacking == "power_kw" else {})}
    [car] = cars(1, country=country_of(site), **lacked)
    # when both its pages are read, then its record has no such column, and all others
    for record in (read_search(search_page([car], site)).records[0], read_detail(detail_page(car, site)).record):
        assert column not in record
        assert record == car.record(site.host, site.words.folder)


def test_the_group_stands_in_for_a_model_that_is_said_to_be_missing() -> None:
    # given a car without a model, when both its pages are read, then its model is its group
    [car] = cars(1, model=None, group="X3")
    assert read_search(search_page([car])).records[0]["model"] == "X3"
    assert read_detail(detail_page(car)).record["model"] == "X3"


def test_a_new_car_has_no_registration_and_its_page_is_believed() -> None:
    # given a page of new cars, when it is read, then none is registered, and they are new
    page = read_search(search_page(cars(12, offer_type="new", first_registration=None, mileage_km=10)))
    assert all("first_registration" not in record and record["offer_type"] == "new" for record in page.records)
    check_search(page, AutoScout24(), Market(), SEEN)


@pytest.mark.parametrize(
    ("text", "price", "currency"),
    [
        ("€ 24.900", "24900", "EUR"),
        ("€ 24.900,-", "24900", "EUR"),
        ("24 900 €", "24900", "EUR"),
        ("€ 24,900", "24900", "EUR"),
        ("24.900,00 €", "24900", "EUR"),
        ("EUR 24900", "24900", "EUR"),
        ("CHF 24'900.-", "24900", "CHF"),
        ("£24,900", "24900", "GBP"),
        ("24 900 zł", "24900", "PLN"),
        ("Preis auf Anfrage", None, None),
        ("€ 249 mtl.", None, None),
        ("ab € 24.900", None, None),
        ("24.900 oder 22.000", None, None),
    ],
)
def test_a_price_is_read_with_its_currency(text: str, price: str | None, currency: str | None) -> None:
    # given a listing's price as the page shows it, and as a bare number beside it where it is one
    data = search_data(cars(1))
    listing = data["props"]["pageProps"]["listings"][0]
    listing["price"] = {"priceFormatted": text, **({"priceRaw": 24_900} if price else {})}
    listing["tracking"]["price"] = "24900" if price else "0"
    # when it is read, then the price is that of its currency, or none
    page = read_search(page_of(data))
    record = page.records[0] if page.records else {}
    assert (record.get("price_eur"), record.get("currency")) == (price, currency)


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"articleType": "Motorbike", "type": "Motorbike"}, "no car"), ({"isCurrentlyDamaged": True}, "damaged"),
     ({"offerType": "A"}, "damaged")],
)  # fmt: skip
def test_what_is_no_car_for_sale_is_left_out_and_counted(change: dict[str, Any], reason: str) -> None:
    # given a page with a listing that is none
    data = search_data(cars(3))
    data["props"]["pageProps"]["listings"][1]["vehicle"] |= change
    # when it is read, then the page has the others, and says why
    page = read_search(page_of(data))
    assert len(page.records) == 2
    assert page.left_out == {reason: 1}
    check_search(page, AutoScout24(), Market(), SEEN)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "Inactive"}, "not on offer"),
        ({"articleType": "motorbike"}, "no car"),
        ({"id": None, "webPage": None}, "no id"),
        ({"vehicle": {"type": "Car", "hadAccident": True}}, "damaged"),
    ],
)
def test_the_page_of_what_is_not_for_sale_is_not_believed(change: dict[str, Any], reason: str) -> None:
    data = detail_data(cars(1)[0])
    data["props"]["pageProps"]["listingDetails"] |= change
    with pytest.raises(NotBelieved, match=reason):
        read_detail(page_of(data))


def test_an_unknown_word_is_lacked_and_told() -> None:
    # given a car with a fuel of next year
    data = search_data(cars(1, fuel="diesel"))
    listing = data["props"]["pageProps"]["listings"][0]
    listing["vehicle"]["fuel"], listing["tracking"]["fuelType"] = "Plasma", "p"
    listing["vehicleDetails"] = [detail for detail in listing["vehicleDetails"] if detail["data"] != "Diesel"]
    # when it is read, then the record lacks it, and the page says what it was
    page = read_search(page_of(data, articles=False))
    assert "fuel" not in page.records[0]
    assert page.unknown == {"fuel: Plasma": 1, "fuel: p": 1}


def test_a_financed_price_of_spain_is_no_price() -> None:
    # given a price on conditions, in Spain and in Germany
    for name, lacks in (("es", True), ("de", False)):
        data = search_data(cars(1), SITES[name])
        data["props"]["pageProps"]["listings"][0]["price"]["isConditionalPrice"] = True
        # when it is read, then only Germany's is one
        assert ("price_eur" not in read_search(page_of(data)).records[0]) is lacks


@pytest.mark.parametrize("name", sorted(path.parent.name for path in GOLDEN.glob("*/page.html")))
def test_a_saved_page_is_read_as_ever(name: str) -> None:
    """An example of each kind lies beside what must be read of it."""
    # given a saved page, when it is read, then its records are those beside it
    site = AutoScout24()
    page = site.read(site.reduce("", (GOLDEN / name / "page.html").read_bytes()))
    records = [page.record] if isinstance(page, DetailPage) else list(page.records)
    assert records == json.loads((GOLDEN / name / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("country", "query", "page", "url"),
    [
        (
            "de",
            Query("bmw", "320"),
            1,
            "https://www.autoscout24.de/lst/bmw/320?atype=C&cy=D&damaged_listing=exclude&desc=1"
            "&powertype=kw&sort=age",
        ),
        (
            "be",
            Query("Alfa Romeo", None, 2019, 2020, 5_000, 9_999),
            3,
            "https://www.autoscout24.be/nl/lst/alfa-romeo?atype=C"
            "&cy=B&damaged_listing=exclude&desc=1&fregfrom=2019&fregto=2020&powertype=kw&pricefrom=5000&priceto=9999"
            "&sort=age&page=3",
        ),
        (
            "com",
            Query("lynk-&-co"),
            1,
            "https://www.autoscout24.com/lst/lynk-%26-co?atype=C&damaged_listing=exclude&desc=1"
            "&powertype=kw&sort=age",
        ),
    ],
)
def test_a_query_has_its_address(country: str, query: Query, page: int, url: str) -> None:
    assert AutoScout24(country).search_url(query, page) == url


def test_a_country_without_a_site_is_refused() -> None:
    with pytest.raises(ValueError, match="no site 'xx'"):
        AutoScout24("xx")


def test_cars_are_alike_whichever_page_says_them() -> None:
    # given a car, when it is read off both its pages, then it is the same car
    car: Car = replace(cars(1)[0], offer_type="demonstration")
    assert read_search(search_page([car])).records[0] == read_detail(detail_page(car)).record
