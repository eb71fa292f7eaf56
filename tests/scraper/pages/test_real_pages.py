"""The two real pages, in full: every listing, and every field that the page has, by a reading of the test's own."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scraper.checks import Market, check_detail, check_search
from scraper.pages.autoscout24 import AutoScout24
from scraper.pages.base import DetailPage, Query, SearchPage

FIXTURES = Path(__file__).resolve().parents[3] / "../shared/fixtures"
SEEN = date(2026, 7, 5)
FUELS = {"Benzin": "petrol", "Diesel": "diesel", "Elektro/Benzin": "hybrid_petrol", "Elektro": "electric"}
GEARBOXES = {"Automatik": "automatic", "Schaltgetriebe": "manual"}
OFFERS = {"U": "used", "D": "demonstration", "J": "employee", "S": "pre_registered", "N": "new"}

pytestmark = pytest.mark.skipif(not FIXTURES.exists(), reason="the shared pages are not here")


def data_of(name: str) -> tuple[bytes, dict[str, Any]]:
    body = (FIXTURES / name).read_bytes()
    found = re.search(rb'<script id="__NEXT_DATA__"[^>]*>(.*?)</script>', body, re.DOTALL)
    assert found
    return body, json.loads(found[1])["props"]["pageProps"]


def test_every_listing_of_the_search_page_is_read_in_full() -> None:
    # given the real page of results, and each of its listings read by hand
    body, data = data_of("search_de_2026-07.html")
    expected = {}
    for listing in data["listings"]:
        vehicle, details = listing["vehicle"], [detail["data"] for detail in listing["vehicleDetails"]]
        month, year = listing["tracking"]["firstRegistration"].split("-")
        kw, hp = re.findall(r"\d+", next(text for text in details if "kW" in text))
        expected[listing["id"]] = {
            "id": listing["id"],
            "make": vehicle["make"],
            "model": vehicle["model"],
            "fuel": FUELS[vehicle["fuel"]],
            "gearbox": GEARBOXES[vehicle["transmission"]],
            "offer_type": OFFERS[vehicle["offerType"]],
            "first_registration": f"{year}-{month}",
            "mileage_km": listing["tracking"]["mileage"],
            "power_kw": kw,
            "power_hp": hp,
            "price_eur": str(listing["price"]["priceRaw"]),
            "currency": "EUR",
            "country": "DE",
            "seller_kind": {"Dealer": "dealer", "PrivateSeller": "private"}[listing["seller"]["type"]],
        }
    # when the page is reduced and read
    site = AutoScout24()
    page = site.read(site.reduce("https://www.autoscout24.de/lst/bmw/320?pricefrom=10000&priceto=30000", body))
    # then all of them are there as they stand on it, and nothing was left out or not understood
    assert isinstance(page, SearchPage)
    assert len(page.records) == len(expected) == 20
    for record in page.records:
        read = dict(record)
        assert read.pop("url").startswith("https://www.autoscout24.de/angebote/") and record["id"] in record["url"]
        assert read == expected[record["id"]]
    assert (page.results, page.pages, page.number) == (2093, 108, 1)
    assert page.echoed == Query("bmw", "320", from_eur=10_000, to_eur=30_000)
    assert not page.left_out and not page.unknown
    # and it is believed
    check_search(page, site, Market(), SEEN, asked=Query("BMW", "320", from_eur=10_000, to_eur=30_000), number=1)


def test_the_page_of_a_listing_is_read_in_full() -> None:
    # given the real page of one listing, when it is read
    body, data = data_of("detail_de_2026-07.html")
    site, vehicle = AutoScout24(), data["listingDetails"]["vehicle"]
    page = site.read(site.reduce("", body))
    # then its record has every field of the page
    assert isinstance(page, DetailPage)
    assert page.record == {
        "id": data["listingDetails"]["id"],
        "make": vehicle["make"],
        "model": vehicle["model"],
        "fuel": "diesel",
        "gearbox": "automatic",
        "offer_type": "used",
        "first_registration": vehicle["firstRegistrationDateRaw"][:7],
        "mileage_km": str(vehicle["mileageInKmRaw"]),
        "power_kw": str(vehicle["rawPowerInKw"]),
        "power_hp": str(vehicle["rawPowerInHp"]),
        "price_eur": str(data["listingDetails"]["prices"]["public"]["priceRaw"]),
        "currency": "EUR",
        "country": "DE",
        "seller_kind": "dealer",
        "url": f"https://www.autoscout24.de/angebote/{data['listingDetails']['id']}",
    }
    assert not page.unknown
    check_detail(page, Market(), SEEN)


@pytest.mark.parametrize("name", ["search_de_2026-07.html", "detail_de_2026-07.html"])
def test_no_seller_is_kept_of_the_real_pages(name: str) -> None:
    # given a real page, when it is reduced
    body, data = data_of(name)
    reduced = AutoScout24().reduce("", body).decode()
    # then no town, no whole post code, no company and no text of a seller is in it
    for listing in data.get("listings", [data.get("listingDetails")]):
        for personal in (
            listing["location"]["city"], listing["location"]["zip"], listing["seller"]["companyName"],
            listing["vehicle"]["modelVersionInput"],
        ):  # fmt: skip
            assert personal not in reduced
