"""What is kept of a page: nothing of a seller, whatever a page holds and wherever; always the same; never a crash."""

import copy
import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scraper.pages.autoscout24 import AutoScout24
from scraper.pages.base import NotBelieved
from tests.scraper.pages.builder import (
    PERSONAL,
    PHONE,
    SELLER,
    SITES,
    cars,
    detail_data,
    detail_page,
    page_of,
    search_data,
    search_page,
)

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
BROKEN_PAGES = 20_000 if WHOLE else 300
# The site's own words of its lists, and of the address that was asked for: kept as they stand.
OWN_WORDS = {
    "make",
    "model",
    "modelGroup",
    "transmission",
    "fuel",
    "transmissionType",
    "formatted",
    "legalCategories",
    "slug",
}
URL = "https://www.autoscout24.de/lst/bmw/320"

Path = tuple[str | int, ...]


def pages() -> dict[str, dict[str, Any]]:
    [car] = cars(1)
    return {"search": search_data(cars(2)), "detail": detail_data(car)}


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    for name, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(item, (*path, name))


def replaced(document: Any, path: Path, value: Any) -> Any:
    document = copy.deepcopy(document)
    place = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return document


def at(document: Any, path: Path) -> Any:
    for name in path:
        document = document[name]
    return document


def reduced(data: Any, url: str = URL) -> str:
    """What is kept of a page with this data; nothing of one that is not believed."""
    body = (
        b'<html><script id="__NEXT_DATA__" type="application/json">' + json.dumps(data).encode() + b"</script></html>"
    )
    try:
        return AutoScout24().reduce(url, body).decode()
    except NotBelieved:
        return ""


@pytest.mark.parametrize("site", SITES.values(), ids=SITES)
def test_no_seller_is_kept(site: Any) -> None:
    # given pages that name their sellers in a dozen places, when they are reduced, then none of it is left
    for body in (search_page(cars(20), site), detail_page(cars(1)[0], site)):
        kept = AutoScout24().reduce(f"https://{site.host}/lst?zip=79856&cid={SELLER}", body).decode().casefold()
        assert not [word for word in PERSONAL if word.casefold() in kept or json.dumps(word)[1:-1].casefold() in kept]
        assert "79856" not in kept and "4711" not in kept


@pytest.mark.parametrize("name", pages())
@pytest.mark.parametrize("personal", ["Zwirbelmoser", SELLER, PHONE, "0171 5550199", "z@example.org"])
def test_a_name_or_number_put_anywhere_is_not_kept(name: str, personal: str) -> None:
    """In place of every value of a page, and under a new key of every object; the site's own words may be any word."""
    data = pages()[name]
    for path in paths(data):
        # given the page with it there
        changed = [replaced(data, path, personal)] if path and not OWN_WORDS & set(path) else []
        if isinstance(at(data, path), dict):
            changed.append(replaced(data, (*path, "newKey"), personal))
        for page in changed:
            # when it is reduced, then it is not kept
            assert personal not in reduced(page), path


@pytest.mark.parametrize("name", pages())
def test_a_telephone_is_no_word(name: str) -> None:
    data = pages()[name]
    for path in paths(data):
        if path and OWN_WORDS & set(path):
            assert "5550199" not in reduced(replaced(data, path, f"BMW {PHONE}")), path
            assert "example.org" not in reduced(replaced(data, path, "z@example.org")), path


@given(personal=st.text(st.characters(categories=("Lu", "Ll", "Lo")), min_size=6, max_size=30), rest=st.randoms())
@settings(max_examples=2_000 if WHOLE else 100, deadline=None)
def test_no_text_of_a_seller_is_kept(personal: str, rest: random.Random) -> None:
    # given a page with any text in a place of a seller, when it is reduced, then it is not kept
    listing = ("props", "pageProps", "listings", 0)
    places = [
        ("seller", "companyName"),
        ("seller", "contactName"),
        ("seller", "type"),
        ("location", "city"),
        ("location", "zip"),
        ("vehicle", "modelVersionInput"),
        ("vehicle", "subtitle"),
        ("vehicle", "offerType"),
        ("vehicle", "articleType"),
        ("identifier", "crossReferenceId"),
        ("price", "priceFormatted"),
        ("tracking", "firstRegistration"),
        ("location", "countryCode"),
        ("vehicleDetails", 0, "iconName"),
    ]
    marked = f"{personal}qzxj"
    kept = reduced(replaced(pages()["search"], (*listing, *rest.choice(places)), marked))
    assert marked not in kept and json.dumps(marked)[1:-1] not in kept


def test_the_same_page_is_the_same_object() -> None:
    # given the same results as the site deals them to two visitors: in another order, with other queries and ads
    listed = cars(20)
    one, other = search_data(listed, results=300), search_data(listed[::-1], results=300)
    page = other["props"]["pageProps"]
    page["pageQuery"] |= {"query_id": "another", "tier_rotation": "false"}
    page["ads"] = [{"id": 1}]
    for listing in page["listings"]:
        listing |= {"appliedAdTier": "T10", "isTrending": True}
        listing["tracking"]["orderBucket"] = "7"
    other["props"]["pageProps"] = dict(reversed(page.items()))
    other["buildId"] = "another"
    # when both are reduced, then they are equal to the byte
    site = AutoScout24()
    assert site.reduce(URL, page_of(one)) == site.reduce(f"{URL}?utm=x", page_of(other))


def test_another_price_is_another_object() -> None:
    site = AutoScout24()
    one, other = (site.reduce(URL, search_page(cars(3, price_eur=price))) for price in (20_000, 19_999))
    assert one != other


@pytest.mark.parametrize("name", pages())
def test_a_broken_page_is_not_believed_and_nothing_else(name: str) -> None:
    """Bytes changed, cut out, doubled and cut off: a page, or NotBelieved."""
    site, chance = AutoScout24(), random.Random(20260705)
    whole = page_of(pages()[name], articles=name == "search")
    for _ in range(BROKEN_PAGES):
        # given a page that was broken on its way
        body = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 5, 40))):
            start = chance.randrange(len(body) + 1)
            end = min(len(body), start + chance.choice((0, 1, 1, 3, 50, 2000)))
            body[start:end] = chance.choice(
                (b"", bytes([chance.randrange(256)]), bytes(body[end : end + 30]), b'"', b"{", b"0", b"-")
            )
        # when it is reduced and read, then that is all that can happen
        try:
            site.read(site.reduce(URL, bytes(body)))
        except NotBelieved as refused:
            assert str(refused)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["€ 1", "1 km", "1 kW (1 PS)", "?", "-", "0", "\ud800", "9" * 40, "new", "2024-13-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("name", pages())
@given(value=JSON, rest=st.randoms())
@settings(max_examples=5_000 if WHOLE else 200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_value_anywhere_makes_a_page_or_none(name: str, value: Any, rest: random.Random) -> None:
    # given a page with any JSON in place of one of its values, when it is reduced and read
    data = pages()[name]
    path = rest.choice([path for path in paths(data) if path])
    site = AutoScout24()
    try:
        page = site.read(site.reduce(URL, json.dumps(replaced(data, path, value)).encode()))
    except NotBelieved:
        return
    # then it is believed or not, and what it says can be written down
    json.dumps(list(getattr(page, "records", ())), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"form":1}',
        b'{"form":1,"kind":"search"}',
        b'{"form":2}',
        b'{"form":1,"kind":"search","data":[]}',
        b'{"form":1,"kind":"detail","data":{}}',
        b"\xff",
    ],
)
def test_what_was_kept_and_broke_is_not_believed(kept: bytes) -> None:
    with pytest.raises(NotBelieved):
        AutoScout24().read(kept)
