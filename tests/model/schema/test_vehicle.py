"""A vehicle: everything wrong with it is named at once, and what is right becomes words and numbers."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.schema.age import age_years
from model.schema.features import HP_PER_KW
from model.schema.fields import Fields, Invalid, Violation, printable_name
from model.schema.vehicle import Vehicle, parse_vehicle
from model.schema.vocabulary import Catalogue

AS_OF = date(2026, 7, 1)
CATALOGUE = Catalogue({"Volkswagen": ["Golf", "Polo"], "Skoda": ["Octavia"], "Land Rover": ["Defender"]})
GOLF: dict[str, Any] = {
    "make": "Volkswagen",
    "model": "Golf",
    "fuel": "petrol",
    "gearbox": "manual",
    "offer_type": "used",
    "first_registration": "2016-05",
    "mileage_km": 80_000,
    "power_hp": 110,
}
TEXTS = ("make", "model", "fuel", "gearbox", "first_registration", "offer_type")
REQUIRED_TEXTS = TEXTS[:-1]


def violations_of(raw: dict[str, Any], catalogue: Catalogue | None = CATALOGUE) -> list[Violation]:
    with pytest.raises(Invalid) as caught:
        parse_vehicle(raw, AS_OF, catalogue)
    return caught.value.violations


def faults_of(raw: dict[str, Any], catalogue: Catalogue | None = CATALOGUE) -> list[tuple[str, str]]:
    return [(violation.field, violation.code) for violation in violations_of(raw, catalogue)]


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in GOLF.items() if name not in names}


def test_a_sound_car_is_read() -> None:
    # given a car in our words, when it is read, then nothing is lost
    age = (AS_OF - date(2016, 5, 1)).days / 365.25
    assert parse_vehicle(GOLF, AS_OF, CATALOGUE) == Vehicle(
        "Volkswagen", "Golf", "petrol", "manual", "used", age, 80_000.0, 110.0
    )


def test_a_car_in_a_sources_words_is_the_same_car() -> None:
    # given the same car as a person or AutoScout24 writes it
    theirs = GOLF | {"make": " vw", "model": "VW GOLF ", "fuel": "Gasoline", "gearbox": "Manual", "offer_type": "Used"}
    # when both are read, then they are equal
    assert parse_vehicle(theirs, AS_OF, CATALOGUE) == parse_vehicle(GOLF, AS_OF, CATALOGUE)


def test_a_car_is_used_unless_it_says_otherwise() -> None:
    # given a car without an offer type, and one with null for it, when they are read, then both are used
    assert parse_vehicle(without("offer_type"), AS_OF, CATALOGUE).offer_type == "used"
    assert parse_vehicle(GOLF | {"offer_type": None}, AS_OF, CATALOGUE).offer_type == "used"


def test_without_a_catalogue_any_make_and_model_will_do() -> None:
    # given a make that nobody prices, when it is read off a listing, then it is taken as it stands
    car = parse_vehicle(GOLF | {"make": "Trabant", "model": "601 S"}, AS_OF)
    assert (car.make, car.model) == ("Trabant", "601 S")


def test_a_truncated_make_is_mended() -> None:
    # given the words of AutoScout24's export, when they are read, then make and model are whole
    car = parse_vehicle(GOLF | {"make": "Land", "model": "Rover Defender"}, AS_OF, CATALOGUE)
    assert (car.make, car.model) == ("Land Rover", "Defender")


def test_a_make_alone_in_both_columns_lacks_a_model() -> None:
    # given "Aston", "Martin", when it is read, then the model is missing
    assert faults_of(GOLF | {"make": "Aston", "model": "Martin"}, None) == [("model", "missing")]


@pytest.mark.parametrize("name", [*REQUIRED_TEXTS, "mileage_km", "power_hp"])
def test_a_missing_field_is_named(name: str) -> None:
    """Left out and null are the same."""
    # given a car without the field, and one with null in it, when they are read, then the field is named
    assert faults_of(without(name)) == [(name, "missing")]
    assert faults_of(GOLF | {name: None}) == [(name, "missing")]


@pytest.mark.parametrize("name", REQUIRED_TEXTS)
@pytest.mark.parametrize("text", ["", "  ", "-", "-/-", "n/a"])
def test_an_empty_text_is_missing(name: str, text: str) -> None:
    # given a text that says nothing, when it is read, then the field is named
    assert faults_of(GOLF | {name: text}) == [(name, "missing")]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("value", [2016, 1.5, True, ["Volkswagen"], {"name": "Volkswagen"}, []], ids=repr)
def test_a_text_of_another_type_is_named(name: str, value: object) -> None:
    # given something else than a text, when it is read, then the field is named
    assert faults_of(GOLF | {name: value}) == [(name, "type")]


@pytest.mark.parametrize("name", ["mileage_km", "power_hp", "power_kw"])
@pytest.mark.parametrize("value", ["110", True, False, [110], {"hp": 110}, ""], ids=repr)
def test_a_number_of_another_type_is_named(name: str, value: object) -> None:
    """true is no 1, and "110" no 110: who sends them has a mistake to find."""
    # given something else than a number, when it is read, then the field is named
    assert faults_of(GOLF | {name: value}) == [(name, "type")]


@pytest.mark.parametrize("name", ["mileage_km", "power_hp", "power_kw"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1e999], ids=repr)
def test_a_number_that_is_not_finite_is_named(name: str, value: float) -> None:
    # given no finite number, when it is read, then the field is named
    assert faults_of(GOLF | {name: value}) == [(name, "not_finite")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mileage_km", -1), ("mileage_km", -0.001), ("mileage_km", 2_000_001), ("mileage_km", 10**400),
        ("power_hp", 0), ("power_hp", 0.99), ("power_hp", -110), ("power_hp", 2_000.5), ("power_hp", 1e300),
        ("power_kw", 0), ("power_kw", -81), ("power_kw", 1_500), ("power_kw", 10**400),
    ],
)  # fmt: skip
def test_an_absurd_number_is_named(name: str, value: float) -> None:
    # given a number that no car has, when it is read, then the field is named
    assert faults_of(GOLF | {name: value}) == [(name, "out_of_range")]


@pytest.mark.parametrize(
    ("name", "value"), [("mileage_km", 0), ("mileage_km", 2_000_000), ("power_hp", 1), ("power_hp", 2_000.0)]
)
def test_bounds_are_inclusive(name: str, value: float) -> None:
    # given a number on its bound, when it is read, then it is taken
    assert getattr(parse_vehicle(GOLF | {name: value}, AS_OF, CATALOGUE), name) == value


@pytest.mark.parametrize(
    "text", ["05-2016", "2016-5", "16", "2016-13", "2016-00", "2016-05-31", "Mai 2016", "20 16", "２０１６", "2016-"]
)
def test_a_registration_that_is_no_year_or_month_is_named(text: str) -> None:
    # given a text that is neither, when it is read, then the field is named, with an example
    (violation,) = violations_of(GOLF | {"first_registration": text})
    assert (violation.field, violation.code) == ("first_registration", "format")
    assert '"2016-05"' in violation.message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2027", "in_future"), ("2026-08", "in_future"), ("9999-12", "in_future"), ("1899", "out_of_range"),
        ("1899-12", "out_of_range"), ("0000", "out_of_range"),
    ],
)  # fmt: skip
def test_a_registration_in_the_future_or_before_cars_is_named(text: str, code: str) -> None:
    # given an impossible date, when it is read, then the field is named
    assert faults_of(GOLF | {"first_registration": text}) == [("first_registration", code)]


@pytest.mark.parametrize("text", ["2026", "2026-07", "2026-01", "1900", "1900-01"])
def test_a_registration_up_to_this_month_is_taken(text: str) -> None:
    # given a date that can just be, when it is read, then the age is no negative one
    assert parse_vehicle(GOLF | {"first_registration": text}, AS_OF, CATALOGUE).age_years >= 0


def test_kilowatts_are_taken_too() -> None:
    # given a power in kW, when it is read, then it is in metric horsepower
    car = parse_vehicle(without("power_hp") | {"power_kw": 81}, AS_OF, CATALOGUE)
    assert car.power_hp == pytest.approx(81 * HP_PER_KW)


@pytest.mark.parametrize("power_hp", [109, 110, 110.13, 112])
def test_kilowatts_and_horsepower_that_agree_are_taken(power_hp: float) -> None:
    """Papers round both: 81 kW (110.13 hp) is sold as 110 hp."""
    # given both powers, when they are read, then the horsepower counts
    assert parse_vehicle(GOLF | {"power_hp": power_hp, "power_kw": 81}, AS_OF, CATALOGUE).power_hp == power_hp


@pytest.mark.parametrize("power_hp", [81, 107, 114, 150])
def test_kilowatts_and_horsepower_that_disagree_are_both_named(power_hp: float) -> None:
    # given two powers of which one must be wrong, when they are read, then both fields are named
    faults = faults_of(GOLF | {"power_hp": power_hp, "power_kw": 81})
    assert sorted(faults) == [("power_hp", "disagrees"), ("power_kw", "disagrees")]


def test_the_least_and_the_most_kilowatts_convert_within_the_bounds() -> None:
    """2,000 hp in kW and back may end a rounding beyond 2,000."""
    # given the bounds in kW, when they are read, then the power lies within them
    for power_hp in (1.0, 2_000.0):
        car = parse_vehicle(without("power_hp") | {"power_kw": power_hp / HP_PER_KW}, AS_OF, CATALOGUE)
        assert car.power_hp == pytest.approx(power_hp)
        assert 1 <= car.power_hp <= 2_000


@pytest.mark.parametrize(
    ("name", "text", "suggestion"),
    [("fuel", "Deisel", "diesel"), ("gearbox", "automtic", "automatic"), ("offer_type", "usedd", "used")],
)
def test_an_unknown_word_is_named_with_the_nearest(name: str, text: str, suggestion: str) -> None:
    # given a misspelt word
    (violation,) = violations_of(GOLF | {name: text})
    # when it is read, then the field is named, with the nearest word and all that are known
    assert (violation.field, violation.code) == (name, "unknown")
    assert violation.suggestions[0] == suggestion
    assert suggestion in violation.known
    assert text in violation.message


def test_an_unknown_make_is_named_with_the_nearest() -> None:
    # given a misspelt make, when it is read, then the field is named, with the nearest make
    (violation,) = violations_of(GOLF | {"make": "Volkswagn"})
    assert (violation.field, violation.code, violation.suggestions) == ("make", "unknown", ["Volkswagen"])


def test_an_unknown_model_is_named_with_the_makes_models() -> None:
    # given a model without market data, when it is read, then it is so named, with the models that have some
    (violation,) = violations_of(GOLF | {"model": "Pollo"})
    assert (violation.field, violation.code) == ("model", "no_market_data")
    assert violation.known == ["Golf", "Polo"]
    assert violation.suggestions[0] == "Polo"


@pytest.mark.parametrize("make", ["Others", "Trucks-Lkw", "Caravans-Wohnm", "Trailer-Anhänger"])
def test_a_pseudo_make_is_named(make: str) -> None:
    # given a category of a marketplace, when it is read, then it is no make
    assert faults_of(GOLF | {"make": make}) == [("make", "pseudo_make")]


@pytest.mark.parametrize("name", REQUIRED_TEXTS)
@pytest.mark.parametrize(("text", "code"), [("x" * 81, "too_long"), ("Go\x00lf", "format"), ("Go\ud800lf", "format")])
def test_a_text_that_is_no_word_is_named(name: str, text: str, code: str) -> None:
    # given a text that cannot be shown, or no end of one, when it is read, then the field is named
    assert faults_of(GOLF | {name: text}) == [(name, code)]


def test_all_violations_are_named_at_once() -> None:
    # given a car with nothing right
    raw: dict[str, Any] = {
        "make": "Volkswagn", "model": None, "fuel": "Deisel", "gearbox": 5, "offer_type": [], "mileage_km": -5,
        "first_registration": "2031", "power_hp": "110", "power_kw": float("nan"),
    }  # fmt: skip
    # when it is read, then every field is named, once
    assert sorted(faults_of(raw)) == [
        ("first_registration", "in_future"), ("fuel", "unknown"), ("gearbox", "type"), ("make", "unknown"),
        ("mileage_km", "out_of_range"), ("model", "missing"), ("offer_type", "type"), ("power_hp", "type"),
        ("power_kw", "not_finite"),
    ]  # fmt: skip


def test_a_pseudo_make_hides_no_other_violation() -> None:
    # given a marketplace's category and a model of the wrong type, when they are read, then both are named
    assert faults_of(GOLF | {"make": "Others", "model": 7}) == [("make", "pseudo_make"), ("model", "type")]


def test_an_empty_car_names_every_required_field() -> None:
    # given nothing, when it is read, then all that is required is named
    assert sorted(faults_of({})) == sorted((name, "missing") for name in (*REQUIRED_TEXTS, "mileage_km", "power_hp"))


def test_the_exception_says_it_all_in_one_line() -> None:
    # given a car with two faults, when it is refused, then the message has both
    with pytest.raises(Invalid, match=r"^fuel: is missing; mileage_km: must be between 0 and 2,000,000 km$"):
        parse_vehicle(without("fuel") | {"mileage_km": -1}, AS_OF, CATALOGUE)


@pytest.mark.parametrize(
    ("text", "as_of", "days"),
    [
        ("2016", date(2016, 7, 1), 0), ("2016", date(2016, 7, 2), 1), ("2016", date(2016, 3, 1), 0),
        ("2016-05", date(2016, 5, 1), 0), ("2016-05", date(2016, 5, 31), 30), ("2016-02", date(2016, 3, 1), 29),
        ("2017-06", date(2016, 6, 1), 0),
    ],
)  # fmt: skip
def test_age_counts_from_the_first_of_the_month_or_of_july(text: str, as_of: date, days: int) -> None:
    """A year alone means 1 July, a month its first day; nothing is younger than new."""
    # given a registration and a date, when the age is asked for, then it is the days between, in years
    assert age_years(text, as_of) == days / 365.25


@pytest.mark.parametrize("year", range(1990, 2022))
def test_in_the_market_of_2021_age_is_2021_less_the_year(year: int) -> None:
    # given the shared file's market date, when a car's age is asked for, then it is the difference of years
    assert age_years(str(year), date(2021, 7, 1)) == pytest.approx(2021 - year, abs=0.01)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 40_000))
def test_a_car_ages_with_the_days(as_of: date, days: int) -> None:
    """Law: age never falls as time passes, and 365.25 days are a year."""
    # given a date and a later one, when a car's age is asked for, then it has grown by at most the days between
    text = f"{as_of.year}-{as_of.month:02}"
    younger, older = age_years(text, as_of), age_years(text, as_of + timedelta(days))
    assert older - younger == pytest.approx(days / 365.25)


@pytest.mark.parametrize("text", ["", "16", "2016-5", "2016-05-31", "x2016"])
def test_the_age_of_no_date_is_refused(text: str) -> None:
    # given no year or month, when the age is asked for, then the text is refused
    with pytest.raises(ValueError, match="neither"):
        age_years(text, AS_OF)


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.text("0123456789-", max_size=8)
    | st.sampled_from([10**400, -(10**400), "Golf", "VW", "Land", "Rover", "Others", "Diesel", "2016-05", "0000-00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
NAMES = st.sampled_from([*GOLF, "power_kw", "price_eur"]) | st.text(max_size=10)


@given(st.dictionaries(NAMES, JSON_LIKE, max_size=10), st.dates(), st.booleans())
def test_whatever_json_says_a_car_is_read_or_invalid(raw: dict[str, Any], as_of: date, with_catalogue: bool) -> None:
    """Law: parse_vehicle answers with a sound vehicle or raises Invalid, for any JSON there is."""
    # given a sound car with anything in any of its fields
    try:
        # when it is read
        car = parse_vehicle(GOLF | raw, as_of, CATALOGUE if with_catalogue else None)
    except Invalid as invalid:
        # then it is refused with fields and reasons
        assert invalid.violations
        assert all(violation.field and violation.code and violation.message for violation in invalid.violations)
    else:
        # or every one of its values is sound
        assert car.make and car.model
        assert 0 <= car.age_years <= 8_100
        assert 0 <= car.mileage_km <= 2_000_000
        assert 1 <= car.power_hp <= 2_000


def test_an_unknown_field_is_named() -> None:
    """Who misspells an optional field must learn it."""
    # given a request with a field too many
    fields = Fields({"make": "VW", "offertype": "new", "p\u00f6wer\n": 1})
    # when only these are allowed
    fields.allow_only(("make", "offer_type"))
    # then it is named in characters that are safe to repeat, and the known ones are listed
    assert [(violation.field, violation.code) for violation in fields.violations] == [
        ("offertype", "unknown_field"), ("p\\xf6wer\\n", "unknown_field"),
    ]  # fmt: skip
    assert "make, offer_type" in fields.violations[0].message


@given(st.text(max_size=200))
def test_a_fields_name_is_safe_to_repeat(name: str) -> None:
    """Law: short, and of printable ASCII alone."""
    # given any name, when it is to be repeated, then it can be shown anywhere
    shown = printable_name(name)
    assert len(shown) <= 80
    assert shown.isascii()
    assert shown.isprintable()


@pytest.mark.parametrize("text", ["2026-05-31", " 2024-02-29 ", "1900-01-01"])
def test_a_day_is_read(text: str) -> None:
    # given a day, when it is read, then it is that day
    fields = Fields({"as_of": text})
    assert fields.calendar_date("as_of") == date.fromisoformat(text.strip())
    assert not fields.violations


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-02-30", "format"), ("31.05.2026", "format"), ("2026-05", "format"), ("20260531", "format"),
        ("2026-W22-7", "format"), ("2026-05-31T10:00", "format"), ("1899-12-31", "out_of_range"), (20260531, "type"),
        (None, "missing"),
    ],
)  # fmt: skip
def test_what_is_no_day_is_named(value: object, code: str) -> None:
    # given something else than a day such as 2026-05-31, when it is read, then the field is named
    fields = Fields({"as_of": value})
    assert fields.calendar_date("as_of") is None
    assert [(violation.field, violation.code) for violation in fields.violations] == [("as_of", code)]
