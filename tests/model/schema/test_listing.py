"""A listing: read off a row of text, with everything wrong with it named."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.schema.fields import Invalid
from model.schema.listing import COLUMNS, Listing, parse_listing
from model.schema.vehicle import Vehicle

MARKET_DATE = date(2021, 7, 1)
ROW = {
    "make": "Land",
    "model": "Rover Defender",
    "fuel": "Diesel",
    "gearbox": "Manual",
    "offer_type": "Used",
    "first_registration": "2015",
    "mileage_km": "96200",
    "power_hp": "122",
    "price_eur": "29950",
}


def faults_of(row: dict[str, str], market_date: date | None = MARKET_DATE) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        parse_listing(row, "file.csv", market_date)
    return [(violation.field, violation.code) for violation in caught.value.violations]


def test_a_row_is_a_listing() -> None:
    # given a row of AutoScout24's export under our names, when it is read, then it is a car at a price on a date
    listing = parse_listing(ROW, "file.csv", MARKET_DATE)
    age = (MARKET_DATE - date(2015, 7, 1)).days / 365.25
    assert listing == Listing(
        id=listing.id,
        source="file.csv",
        listed_on=MARKET_DATE,
        vehicle=Vehicle("Land Rover", "Defender", "diesel", "manual", "used", age, 96_200.0, 122.0),
        first_registration="2015",
        price_eur=29_950.0,
        price_kind="asking",
        seller_kind=None,
        country="DE",
        trust=1.0,
        account=None,
        own_estimate=False,
    )


def test_a_rows_own_date_and_facts_come_first() -> None:
    # given a row that knows its date, seller, country and id
    row = ROW | {"listed_on": "2020-01-15T08:30:00", "seller_kind": "dealer", "country": "AT", "id": "a1"}
    # when it is read
    listing = parse_listing(row, "file.csv", MARKET_DATE)
    # then they count, also for the age
    assert (listing.listed_on, listing.seller_kind, listing.country, listing.id) == (
        date(2020, 1, 15), "dealer", "AT", "a1",
    )  # fmt: skip
    assert listing.vehicle.age_years == (date(2020, 1, 15) - date(2015, 7, 1)).days / 365.25


def test_the_same_row_has_the_same_id() -> None:
    # given a row without an id, when it is read again, and with another price, then the price alone makes another id
    first, again = (parse_listing(dict(ROW), "file.csv", MARKET_DATE).id for _ in range(2))
    assert first == again
    assert parse_listing(ROW | {"price_eur": "29951"}, "file.csv", MARKET_DATE).id != first


@pytest.mark.parametrize("text", ["29950", "29950.0", " 29950 ", "+29950", "29950.50"])
def test_plain_numbers_are_read(text: str) -> None:
    # given a number as machines write it, when it is read, then it is that number
    assert parse_listing(ROW | {"price_eur": text}, "file.csv", MARKET_DATE).price_eur == float(text)


@pytest.mark.parametrize(
    "text", ["12.500 km", "12,500", "12 500", "1e5", "0x10", "nan", "inf", "12.500", "1.500.000", "k.A."]
)
@pytest.mark.parametrize("name", ["mileage_km", "price_eur"])
def test_numbers_that_mean_different_things_in_different_countries_are_refused(name: str, text: str) -> None:
    """12.500 km are twelve thousand in Germany, and twelve and a half elsewhere: no guess is made."""
    # given such a number, when it is read, then its column alone is named
    assert faults_of(ROW | {name: text}) == [(name, "format")]


def test_a_power_may_have_three_decimals() -> None:
    """Converted kilowatts look so, and no car has 135,962 hp."""
    # given such a power, when it is read, then it is one
    assert parse_listing(ROW | {"power_hp": "135.962"}, "file.csv", MARKET_DATE).vehicle.power_hp == 135.962


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1", "out_of_range"), ("99", "out_of_range"), ("9999999", "out_of_range"), ("-5000", "out_of_range"),
        ("9" * 400, "out_of_range"), ("", "missing"),
    ],
)  # fmt: skip
def test_a_price_that_is_none_is_named(text: str, code: str) -> None:
    # given a placeholder, when it is read, then the price is named
    assert faults_of(ROW | {"price_eur": text}) == [("price_eur", code)]


@pytest.mark.parametrize("text", ["01.07.2021", "yesterday", "2021-13-01"])
def test_a_date_that_is_none_is_named(text: str) -> None:
    # given no date, when it is read, then the column is named, and no market date stands in
    assert faults_of(ROW | {"listed_on": text}) == [("listed_on", "format")]


def test_without_any_date_a_listing_is_refused() -> None:
    # given neither a date nor a market date, when a row is read, then the column is named
    assert faults_of(ROW, None) == [("listed_on", "missing")]


def test_a_car_registered_after_its_listing_is_refused() -> None:
    # given a listing older than its car, when it is read, then the registration is named
    assert faults_of(ROW | {"listed_on": "2014-05-01"}) == [("first_registration", "in_future")]


def test_all_faults_of_a_row_are_named_once() -> None:
    # given a row with a fault in each of five columns
    row = ROW | {"mileage_km": "viel", "price_eur": "1", "fuel": "steam", "gearbox": "-/-", "listed_on": "?!"}
    # when it is read, then all are named, none twice
    assert sorted(faults_of(row)) == [
        ("fuel", "unknown"), ("gearbox", "missing"), ("listed_on", "format"), ("mileage_km", "format"),
        ("price_eur", "out_of_range"),
    ]  # fmt: skip


def read(**cells: str) -> Listing:
    return parse_listing(ROW | cells, "file.csv", MARKET_DATE)


def test_a_reported_sale_says_by_whom_and_how_far_to_trust_it() -> None:
    # given a row that an account reported, when it is read, then all that is known of the report is kept
    sale = read(price_kind="sale", trust="0.75", account=" a91f ", own_estimate="no")
    assert (sale.price_kind, sale.trust, sale.account, sale.own_estimate) == ("sale", 0.75, "a91f", False)


@pytest.mark.parametrize("account", ["unknown", "n/a", "-", "None"])
def test_an_account_may_have_any_name(account: str) -> None:
    """Who is called nobody must not pass for a collected listing, which no cap binds."""
    # given a report by an account whose name is a word for nothing, when it is read, then it is that account's
    assert read(account=account).account == account


@pytest.mark.parametrize("currency", ["EUR", "eur", "€", " Euro ", "", "n/a"])
def test_prices_in_euros_are_read(currency: str) -> None:
    # given a row that says euros or nothing, when it is read, then its price is taken
    assert read(currency=currency).price_eur == read().price_eur


@pytest.mark.parametrize("currency", ["USD", "$", "CHF", "zl"])
def test_prices_in_another_currency_are_named(currency: str) -> None:
    # given a row in another currency, when it is read, then its column alone is named
    assert faults_of(ROW | {"currency": currency}) == [("currency", "not_euros")]


@pytest.mark.parametrize("cells", [{}, {"price_kind": "", "trust": "", "account": "", "own_estimate": " "}])
def test_a_listing_is_asked_for_and_trusted_unless_it_says_otherwise(cells: dict[str, str]) -> None:
    # given a row without these columns or without a word in them, when it is read, then it was collected on the market
    listing = read(**cells)
    assert (listing.price_kind, listing.trust, listing.account, listing.own_estimate) == ("asking", 1.0, None, False)


@pytest.mark.parametrize("text", ["0", "0.0", "1", "1.0", "0.333"])
def test_trust_is_a_share(text: str) -> None:
    # given a share from 0 to 1, when it is read, then it is that share
    assert read(trust=text).trust == float(text)


@pytest.mark.parametrize(
    ("text", "code"), [("1.01", "out_of_range"), ("-0.5", "out_of_range"), ("nan", "format"), ("high", "format")]
)
def test_a_trust_that_is_no_share_is_named(text: str, code: str) -> None:
    # given anything else, when it is read, then its column alone is named
    assert faults_of(ROW | {"trust": text}) == [("trust", code)]


@pytest.mark.parametrize("text", ["bid", "Sale!", "0"])
def test_another_kind_of_price_is_named(text: str) -> None:
    # given a price that was neither asked nor paid, when the row is read, then the column is named
    assert faults_of(ROW | {"price_kind": text}) == [("price_kind", "unknown")]


@pytest.mark.parametrize(
    ("text", "meant"),
    [("true", True), ("TRUE", True), ("yes", True), ("1", True), ("false", False), ("No", False), ("0", False)],
)
def test_whether_we_set_the_price_ourselves_is_read(text: str, meant: bool) -> None:
    # given yes or no in any usual form, when it is read, then that is meant
    assert read(own_estimate=text).own_estimate is meant


@pytest.mark.parametrize("text", ["maybe", "2", "ja"])
def test_neither_true_nor_false_is_named(text: str) -> None:
    """A row that our own valuation priced must not slip in by a misspelling."""
    # given neither, when the row is read, then the column is named
    assert faults_of(ROW | {"own_estimate": text}) == [("own_estimate", "format")]


TEXTS = st.text(max_size=20) | st.from_regex(r"[-+]?[0-9]{1,7}(\.[0-9]{1,4})?", fullmatch=True)


@given(st.dictionaries(st.sampled_from(COLUMNS), TEXTS), st.none() | st.dates())
def test_whatever_a_row_says_it_is_a_listing_or_invalid(cells: dict[str, str], market_date: date | None) -> None:
    """Law: parse_listing answers with a plausible listing or raises Invalid with reasons."""
    # given a sound row with anything in any of its cells
    try:
        # when it is read
        listing = parse_listing(ROW | cells, "file.csv", market_date)
    except Invalid as invalid:
        # then it is refused with reasons
        assert invalid.violations
    else:
        # or it has a price of a kind, and counts for something between nothing and itself
        assert 100 <= listing.price_eur <= 5_000_000
        assert listing.price_kind in ("asking", "sale")
        assert 0 <= listing.trust <= 1
