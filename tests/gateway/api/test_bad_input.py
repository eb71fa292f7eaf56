"""POST /api/v1/valuations, given what nobody should send: 4xx naming every field at fault, never 500, never a price.

Every test also holds that the model server was not asked: a client's mistake never reaches it.
"""

import json
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from gateway.services.valuations import FIELDS
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import GOLF, PROBLEM, VALUATIONS, Gateway, check_documented, faults, problem

LIMIT_BYTES = 64 * 1024
REQUIRED = ("make", "model", "fuel", "gearbox", "first_registration", "mileage_km", "power_hp")
TEXTS = ("make", "model", "fuel", "gearbox", "offer_type", "first_registration", "as_of")
NUMBERS = ("mileage_km", "power_hp", "power_kw", "asking_price_eur")
TOMORROW = date.today() + timedelta(days=2)  # even if midnight comes while the tests run
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def model_server_stays_unasked(model_server: FakeModelServer) -> Iterator[None]:
    """Holds for every test here, however its request went wrong."""
    yield
    assert model_server.requests == []


def golf_text(**raw: str) -> str:
    """The body of a Golf as text, with these fields' values as they stand, JSON or not."""
    fields = {**{name: json.dumps(value) for name, value in GOLF.items()}, **raw}
    return "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


def check_refused(gateway: Gateway, response: TestResponse) -> None:
    document = check_documented(gateway, response, VALUATIONS)
    problem(response, response.status_code)
    assert response.status_code in (400, 413, 415, 422), document


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [..., None], ids=["missing", "null"])
def test_a_required_field_is_required(gateway: Gateway, name: str, value: object) -> None:
    """Missing and null are one: the field is named as missing."""
    # given a Golf without the field, when it is valued, then that field is at fault and no other
    response = gateway.value(**{name: value})
    assert faults(response) == {name: "missing"}
    check_refused(gateway, response)


@pytest.mark.parametrize("name", ["make", "model", "fuel", "gearbox", "first_registration"])
@pytest.mark.parametrize("value", ["", "  ", "-/-", "n/a"])
def test_a_text_that_says_nothing_is_missing(gateway: Gateway, name: str, value: str) -> None:
    """What sources write where they know nothing is no word."""
    # given a Golf with such a text, when it is valued, then the field is missing
    assert faults(gateway.value(**{name: value})) == {name: "missing"}


def test_an_empty_object_lacks_every_required_field(gateway: Gateway) -> None:
    """All that is missing is named at once."""
    # given nothing, when it is valued, then every required field is named
    assert faults(gateway.post("{}")) == dict.fromkeys(REQUIRED, "missing")


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("value", [1, 0, 2016.5, True, [], ["Golf"], {}, {"word": "Golf"}], ids=repr)
def test_a_text_must_be_a_text(gateway: Gateway, name: str, value: object) -> None:
    """No number, list or object is taken for a word, a year included."""
    # given a Golf with a value of another type, when it is valued, then the type is at fault
    assert faults(gateway.value(**{name: value})) == {name: "type"}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["48500", "", True, False, [], [1], {}], ids=repr)
def test_a_number_must_be_a_number(gateway: Gateway, name: str, value: object) -> None:
    """No text is taken for a number, however it looks, and true is not 1."""
    # given a Golf with a value of another type, when it is valued, then the type is at fault
    assert faults(gateway.value(**{name: value})) == {name: "type"}


@pytest.mark.parametrize("value", ["true", 1, 0, [], {}], ids=repr)
def test_keep_must_be_true_or_false(gateway: Gateway, value: object) -> None:
    """Nothing is kept for a value that is only like true."""
    # given such a value, when the car is valued, then it is at fault
    assert faults(gateway.value(keep=value)) == {"keep": "type"}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_a_number_must_be_finite(gateway: Gateway, name: str, token: str) -> None:
    """What json.loads makes of NaN and of exponents without end is named as what it is."""
    # given a body with the token for a number, when it is valued, then the field is not finite
    assert faults(gateway.post(golf_text(**{name: token}))) == {name: "not_finite"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mileage_km", -1), ("mileage_km", -0.001), ("mileage_km", 2_000_000.5), ("mileage_km", 1e300),
        ("mileage_km", 10**4_000),
        ("power_hp", 0), ("power_hp", -150), ("power_hp", 0.99), ("power_hp", 2_000.5), ("power_hp", 10**4_000),
        ("asking_price_eur", 0), ("asking_price_eur", -5_000), ("asking_price_eur", 1e12),
    ],
)  # fmt: skip
def test_a_number_must_be_possible(gateway: Gateway, name: str, value: float) -> None:
    """Negative and absurd mileages, powers and prices are out of range, and the range is told."""
    # given an impossible number, when the car is valued
    response = gateway.value(**{name: value})
    # then it is named, with what would do
    assert faults(response) == {name: "out_of_range"}
    assert "between" in problem(response, 422)["errors"][0]["message"]


@pytest.mark.parametrize("power_kw", [0, -1, 0.5, 1_500, 10**4_000])
def test_a_power_in_kw_has_the_same_bounds(gateway: Gateway, power_kw: float) -> None:
    """1 to 2,000 hp, in kW."""
    # given an impossible power in kW, when the car is valued, then it is named
    assert faults(gateway.value(power_hp=..., power_kw=power_kw)) == {"power_kw": "out_of_range"}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("first_registration", f"{TOMORROW.year + 1}", "in_future"),
        ("first_registration", "9999-12", "in_future"),
        ("first_registration", "2024-07", "in_future"),  # after as_of
        ("as_of", TOMORROW.isoformat(), "in_future"),
        ("first_registration", "1899", "out_of_range"),
        ("first_registration", "1899-12", "out_of_range"),
        ("first_registration", "0000", "out_of_range"),
        *(("first_registration", text, "format") for text in (
            "16", "2016-5", "2016-13", "2016-00", "2016-05-01", "05-2016", "-2016", "2016.5", "２０１６", "yesterday",
            "2016-05 ?",
        )),
        *(("as_of", text, "format") for text in (
            "2024", "2024-06", "30.06.2024", "2024-02-30", "tomorrow", "20240630",
        )),
    ],
)  # fmt: skip
def test_a_date_must_be_one_that_was(gateway: Gateway, name: str, value: str, code: str) -> None:
    """Neither in the future, nor before 1900, nor in another form."""
    # given such a date, when the car is valued, then the field is named
    assert faults(gateway.value(**{name: value})) == {name: code}


def test_as_of_before_1900_is_refused(gateway: Gateway) -> None:
    """A valuation for a day without cars is refused; the car is of the future then, too."""
    # given such a day, when the car is valued, then it is named
    assert faults(gateway.value(as_of="1899-12-31"))["as_of"] == "out_of_range"


@pytest.mark.parametrize(
    ("name", "misspelt", "meant"),
    [
        ("make", "Volkswagn", "Volkswagen"),
        ("make", "Scoda", "Skoda"),
        ("fuel", "deisel", "diesel"),
        ("fuel", "Benzinn", "petrol"),
        ("gearbox", "automatc", "automatic"),
        ("offer_type", "demonstratoin", "demonstration"),
    ],
)
def test_an_unknown_word_comes_with_the_nearest(gateway: Gateway, name: str, misspelt: str, meant: str) -> None:
    """A misspelt word is refused, not guessed, and what may be meant is offered first."""
    # given a misspelt word, when the car is valued
    response = gateway.value(**{name: misspelt})
    # then it is unknown, and the nearest known spelling stands there
    assert faults(response) == {name: "unknown"}
    assert problem(response, 422)["errors"][0]["suggestions"][0] == meant
    check_refused(gateway, response)


def test_an_unknown_word_of_a_closed_set_comes_with_all_of_it(gateway: Gateway) -> None:
    """Nothing near: then all that is known."""
    # given a gearbox that is none, when the car is valued
    error = problem(gateway.value(gearbox="steam"), 422)["errors"][0]
    # then the known ones are listed
    assert (error["field"], error["known"]) == ("gearbox", ["manual", "automatic", "semi_automatic"])
    assert "suggestions" not in error


@pytest.mark.parametrize("make", ["Others", "Caravans-Wohnm", "Trucks-Lkw"])
def test_a_marketplaces_category_is_no_make(gateway: Gateway, make: str) -> None:
    """A lorry is not priced as a car."""
    # given such a make, when the car is valued, then it is refused
    assert faults(gateway.value(make=make)) == {"make": "pseudo_make"}


def test_an_unknown_model_comes_with_the_makes_models(gateway: Gateway) -> None:
    """No market data: the reason is said, and what the make has."""
    # given a model that no listing had, when it is valued
    response = gateway.value(model="Golff Plus")
    # then the reason and the known models are told
    assert faults(response) == {"model": "no_market_data"}
    error = problem(response, 422)["errors"][0]
    assert error["known"] == ["Golf", "Polo"]
    assert "no market data for Volkswagen 'Golff Plus'" in error["message"]


def test_a_near_model_is_suggested(gateway: Gateway) -> None:
    """A misspelt model is not guessed either."""
    # given a misspelt model, when it is valued, then the nearest is offered
    assert problem(gateway.value(model="Gollf"), 422)["errors"][0]["suggestions"] == ["Golf"]


@pytest.mark.parametrize(("power_hp", "power_kw"), [(150, 150), (150, 113), (150, 107), (1, 1_400)])
def test_powers_that_disagree_are_both_at_fault(gateway: Gateway, power_hp: float, power_kw: float) -> None:
    """Which of two powers is meant cannot be known."""
    # given two powers that are not one, when the car is valued, then both are named
    response = gateway.value(power_hp=power_hp, power_kw=power_kw)
    assert faults(response) == {"power_hp": "disagrees", "power_kw": "disagrees"}


@pytest.mark.parametrize("name", ["colour", "asking_price", "Make", "id", "price_eur", "", "__class__"])
def test_an_unknown_field_is_at_fault(gateway: Gateway, name: str) -> None:
    """A misspelt optional field must not be overlooked."""
    # given one field more, when the car is valued
    response = gateway.value(**{name: 1})
    # then it is named
    assert faults(response) == {name: "unknown_field"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [("\ud800", "\\ud800"), ("\x00", "\\x00"), ("a\nb", "a\\nb"), ("\u202e", "\\u202e"),
     ("ключ", "\\u043a\\u043b\\u044e\\u0447"), ("x" * 10_000, "x" * 80)],
    ids=["surrogate", "NUL", "line break", "right-to-left", "Cyrillic", "long"],
)  # fmt: skip
def test_an_odd_field_name_is_named_safely(gateway: Gateway, name: str, shown: str) -> None:
    """A field's name is repeated in printable ASCII, and not at any length."""
    # given a field of such a name, when the car is valued, then the name is shown so
    assert faults(gateway.post(json.dumps({**GOLF, name: 1}))) == {shown: "unknown_field"}


@pytest.mark.parametrize("name", ["make", "model", "fuel", "gearbox", "offer_type", "first_registration"])
@pytest.mark.parametrize(
    "text",
    [
        "Golf\\u0000", "Golf\\n", "\\u001b[31mGolf", "Go\\u202elf", "Go\\ud800lf", "\\udfff\\ud800", "Go\\u200blf",
        "Go\\u2028lf", "\\ufeffGolf",
    ],
)  # fmt: skip
def test_a_text_must_be_printable(gateway: Gateway, name: str, text: str) -> None:
    """Control characters and lone surrogates are no part of any word."""
    # given a text with such a character, escaped in JSON, when the car is valued, then the field is named
    assert faults(gateway.post(golf_text(**{name: f'"{text}"'}))) == {name: "format"}


@pytest.mark.parametrize("name", ["make", "model", "fuel", "gearbox", "offer_type", "first_registration"])
def test_a_text_must_be_short(gateway: Gateway, name: str) -> None:
    """Matching a spelling takes time; nothing of 60,000 letters is matched."""
    # given a text as long as a body allows, when the car is valued, then the field is named at once
    began_s = time.process_time()
    assert faults(gateway.value(**{name: "Golf" * 15_000})) == {name: "too_long"}
    assert time.process_time() - began_s < 1


def test_every_field_at_fault_is_named(gateway: Gateway) -> None:
    """One reply tells all that has to be mended."""
    # given a car with a fault in every field, and a field too many
    response = gateway.post(
        json.dumps(
            {
                "make": "Volkswagn", "model": 3, "fuel": "steam", "gearbox": None, "offer_type": [],
                "first_registration": "soon", "mileage_km": -1, "power_hp": "150", "power_kw": 0,
                "as_of": "2024-02-30", "asking_price_eur": True, "keep": "yes", "colour": "red",
            }
        )
    )  # fmt: skip
    # when it is valued, then each has its code
    assert faults(response) == {
        "make": "unknown", "model": "type", "fuel": "unknown", "gearbox": "missing", "offer_type": "type",
        "first_registration": "format", "mileage_km": "out_of_range", "power_hp": "type", "power_kw": "out_of_range",
        "as_of": "format", "asking_price_eur": "type", "keep": "type", "colour": "unknown_field",
    }  # fmt: skip
    check_refused(gateway, response)


def test_faults_are_found_beside_a_car_too_old(gateway: Gateway) -> None:
    """What speaks against the car does not hide what speaks against the request."""
    # given a car too old, asked for wrongly, when it is valued, then both are told
    found = faults(gateway.value(first_registration="1960", keep="yes", colour="red"))
    assert found == {"first_registration": "too_old", "keep": "type", "colour": "unknown_field"}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (golf_text()[:-1] + ', "make": "Volkswagen"}', {"make": "duplicate"}),
        (golf_text()[:-1] + ', "fuel": "diesel", "power_hp": 90}', {"fuel": "duplicate", "power_hp": "duplicate"}),
        (golf_text(mileage_km='{"km": 1, "km": 2}'), {"km": "duplicate"}),
        ('{"\\ud800": 1, "\\ud800": 2}', {"\\ud800": "duplicate"}),
    ],
    ids=["one", "two", "nested", "surrogate"],
)
def test_a_field_given_twice_is_refused(gateway: Gateway, body: str, named: dict[str, str]) -> None:
    """Which of the two is meant cannot be known, even where both are the same."""
    # given a body that names a field twice, when it is posted, then that field is named
    response = gateway.post(body)
    assert faults(response, 400) == named
    check_refused(gateway, response)


def test_many_duplicates_are_refused_at_once(gateway: Gateway) -> None:
    """A body within the limit is read in no time, whatever is in it: here thousands of keys, each twice."""
    # given 64 KiB of duplicate keys
    pairs = ",".join(f'"{number}":1' for number in range(3_400))
    body = "{%s,%s}" % (pairs, pairs)
    assert 50_000 < len(body) <= LIMIT_BYTES
    # when it is posted
    began_s = time.process_time()
    response = gateway.post(body)
    # then it is refused quickly
    assert response.status_code == 400
    assert time.process_time() - began_s < 0.5


def test_a_body_over_the_limit_is_too_large(gateway: Gateway) -> None:
    """64 KiB and a byte are refused by their declared length, before they are read."""
    # given a sound body with one space too many, when it is posted, then it is too large
    response = gateway.post(golf_text(mileage_km="-1").ljust(LIMIT_BYTES + 1))
    problem(response, 413)
    check_refused(gateway, response)


def test_a_body_of_the_limit_is_read(gateway: Gateway) -> None:
    """64 KiB are not too large: the field at fault is found in them."""
    # given a body of exactly 64 KiB, when it is posted, then it is read
    assert faults(gateway.post(golf_text(mileage_km="-1").ljust(LIMIT_BYTES))) == {"mileage_km": "out_of_range"}


def test_a_body_of_no_declared_length_is_too_large_too(gateway: Gateway) -> None:
    """A chunked body is refused once it has grown beyond the limit."""
    # given a server that hands on a chunked body: an input that ends by itself, and no length
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    body = golf_text(mileage_km="-1")
    # when bodies over and under the limit come so
    large, small = (
        gateway.client.post(VALUATIONS, data=text, content_type="application/json", environ_overrides=environ)
        for text in (body.ljust(LIMIT_BYTES + 1), body)
    )
    # then the one is too large and the other is read
    problem(large, 413)
    assert faults(small) == {"mileage_km": "out_of_range"}


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "text/html", "application/x-www-form-urlencoded", "application/jsonp",
                     "multipart/form-data; boundary=x", "application/xml", "json", "\x00"],
)  # fmt: skip
def test_another_type_than_json_is_refused(gateway: Gateway, content_type: str | None) -> None:
    """What does not call itself JSON is not read, even where it looks like JSON."""
    # given a Golf as something else, when it is posted, then its type is not taken
    response = gateway.post(golf_text(), content_type)
    problem(response, 415)
    check_refused(gateway, response)


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"Golf", b"{", b"}", b"{]", b"{'make': 'VW'}", b'{"make": }', b'{"make": "VW",}', b'{"make" "VW"}',
        b"make=VW&model=Golf", b"<html>", b"\x00", b'{"make": "V\nW"}', b'{"make": undefined}', b"{} {}", b"01",
        b'{"mileage_km": 0x10}', b'{"mileage_km": 1_000}', b'{"mileage_km": .5}', b"/* a Golf */ {}",
    ],
)  # fmt: skip
def test_what_is_not_json_is_refused(gateway: Gateway, body: bytes) -> None:
    """The reply says where the JSON ends."""
    # given something else, when it is posted, then it cannot be read
    response = gateway.post(body)
    assert "not JSON" in problem(response, 400)["detail"] or "one JSON object" in problem(response, 400)["detail"]
    check_refused(gateway, response)


@pytest.mark.parametrize("body", ["[]", "[{}]", f"[{golf_text()}]", "null", "true", "1", '"Golf"', "NaN", "1e999"])
def test_a_body_must_be_an_object(gateway: Gateway, body: str) -> None:
    """Other JSON than an object holds no fields."""
    # given other JSON, when it is posted, then it is refused
    assert "one JSON object" in problem(gateway.post(body), 400)["detail"]


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b'{"make": "\xe4"}', b'{"make": "\xed\xa0\x80"}', b"\xc3\x28", golf_text().encode("utf-16"),
     b"\x1f\x8b\x08\x00"],
    ids=["invalid", "Latin-1", "surrogate", "overlong", "UTF-16", "gzip"],
)  # fmt: skip
def test_a_body_must_be_utf_8(gateway: Gateway, body: bytes) -> None:
    """Other encodings are refused, whatever the header says of them."""
    # given bytes that are not UTF-8, when they are posted, then they are refused
    assert "UTF-8" in problem(gateway.post(body), 400)["detail"]
    assert "UTF-8" in problem(gateway.post(body, "application/json; charset=utf-16"), 400)["detail"]


@pytest.mark.parametrize(
    "body",
    [
        "[" * 60_000, '{"make":' * 7_000, "[" * 30_000 + "]" * 30_000, golf_text(make="[" * 20_000 + "]" * 20_000),
        golf_text(make='{"a":' * 5_000 + "1" + "}" * 5_000),
    ],
    ids=["open", "open objects", "closed", "within a field", "objects within a field"],
)  # fmt: skip
def test_deep_nesting_is_refused(gateway: Gateway, body: str) -> None:
    """Brackets without end do not end the process."""
    # given thousands of brackets, when they are posted, then they are refused
    check_refused(gateway, gateway.post(body))


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("digits", ["9" * 10_000, "-" + "1" * 10_000, "0." + "1" * 10_000 + "e9999999"])
def test_numbers_without_end_are_refused(gateway: Gateway, name: str, digits: str) -> None:
    """10,000 digits are no number of this world."""
    # given such a number, when it is posted, then it is refused
    check_refused(gateway, gateway.post(golf_text(**{name: digits})))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=12,
)


@MANY
@given(body=json_values)
@example(body={"make": "\ud800"})
@example(body={"\udfff": "\ud800", "make": {"\ud800": 1}})
def test_any_json_is_refused_in_good_order(gateway: Gateway, body: Any) -> None:
    """No JSON makes the gateway fail: what is not a car gets 4xx and the documented shape."""
    # given any JSON, when it is posted, then it is refused in good order
    check_refused(gateway, gateway.post(json.dumps(body)))


@MANY
@given(body=st.dictionaries(st.sampled_from(FIELDS), json_values | st.sampled_from([*GOLF.values()]), max_size=12))
def test_any_values_of_our_fields_are_refused_in_good_order(gateway: Gateway, body: dict[str, Any]) -> None:
    """Nor does any JSON in the place of a field's value: here the make is never a known one."""
    # given any values of the known fields, but no make
    body["make"] = ["not a make"]
    # when they are posted, then the make at least is named
    response = gateway.post(json.dumps(body))
    assert faults(response)["make"] == "type"
    check_refused(gateway, response)


@MANY
@given(body=st.binary(max_size=200), content_type=st.just("application/json") | st.text(max_size=30))
def test_any_bytes_are_refused_in_good_order(gateway: Gateway, body: bytes, content_type: str) -> None:
    """No bytes make the gateway fail, whatever they claim to be."""
    # given any bytes of any type that a header can name
    content_type = content_type.encode("latin-1", "ignore").decode("latin-1").replace("\r", "").replace("\n", "")
    # when they are posted, then they are refused in good order
    check_refused(gateway, gateway.post(body, content_type))


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "99999999999999999999"])
def test_a_length_that_is_none_is_refused(gateway: Gateway, length: str) -> None:
    """A Content-Length that is no number, or none that can be, does no harm."""
    # given such a length, when a body comes with it, then it is refused in good order
    response = gateway.client.post(
        VALUATIONS, data=golf_text(mileage_km="-1"), content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": length},
    )  # fmt: skip
    assert response.status_code in (400, 413, 422)
    assert response.mimetype == PROBLEM
