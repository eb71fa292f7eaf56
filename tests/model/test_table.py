"""The coefficient table: JSON that says the same when it is read again, and is refused when it cannot price."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import TableError
from model.schema.features import FEATURES
from model.scorer import Scorer
from model.table import Axis, CoefficientTable, RangeStep, Term, look_up
from model.table_reading import check, read_table

MakeTable = Callable[[int], CoefficientTable]
DELETE = object()


def test_a_fitted_table_survives_json_exactly(table: CoefficientTable) -> None:
    """Law: what is read is what was written, to the last bit."""
    # given the fitted table, when it is written and read, then it is equal, and writes the same text again
    text = table.to_json()
    again = read_table(text)
    assert again == table
    assert again.to_json() == text


@pytest.mark.parametrize("seed", range(20))
def test_any_table_survives_json_exactly(make_table: MakeTable, seed: int) -> None:
    # given a table with crosses and gaps, when it is written and read, then it is equal
    made = make_table(seed)
    assert read_table(made.to_json()) == made


@given(st.floats(-150, 150))
def test_a_coefficient_survives_json_exactly(make_table: MakeTable, coefficient: float) -> None:
    # given any coefficient, when it is written and read, then it has the same bits
    made = replace(make_table(0), intercept=0.0, terms=(Term((), None, coefficient),))
    assert read_table(made.to_json()).terms[0].tree == coefficient


def test_json_has_a_line_a_term_and_a_line_a_model(table: CoefficientTable) -> None:
    """Versions are compared by people, line by line."""
    # given the fitted table's text, when its lines are read, then each term and model stands on one
    lines = [line.rstrip(",") for line in table.to_json().splitlines()]
    terms = [line for line in lines if line.startswith('{"by"')]
    models = [line for line in lines if line.startswith('{"make"')]
    assert len(terms) == len(table.terms)
    assert len(models) == len(table.models)
    assert all(json.loads(line) for line in (*terms, *models))


def changed(table: CoefficientTable, path: tuple[Any, ...], value: object) -> str:
    """The table's JSON with one of its parts replaced, or deleted."""
    raw = json.loads(table.to_json())
    part = raw
    for step in path[:-1]:
        part = part[step]
    if value is DELETE:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return json.dumps(raw)


TYPICAL = ("models", 0, "typical")
CORRUPTIONS: dict[str, tuple[tuple[Any, ...], object]] = {
    "another format": (("format",), 2),
    "another contract": (("schema_digest",), "0" * 64),
    "no terms": (("terms",), DELETE),
    "no ranges": (("ranges",), DELETE),
    "no format": (("format",), DELETE),
    "an intercept that is NaN": (("intercept",), math.nan),
    "an intercept that is NaN as text": (("intercept",), "nan"),
    "an infinite intercept": (("intercept",), math.inf),
    "an absurd intercept": (("intercept",), 1e6),
    "no intercept": (("intercept",), None),
    "a coefficient that is NaN": (("terms", 0, "tree", "Audi"), math.nan),
    "a coefficient that is text": (("terms", 0, "tree", "Audi"), "0.1"),
    "a coefficient that is true": (("terms", 0, "tree", "Audi"), True),
    "a coefficient that is null": (("terms", 0, "tree", "Audi"), None),
    "a coefficient too large to be a float": (("terms", 0, "tree", "Audi"), 10**400),
    "an absurd coefficient": (("terms", 0, "tree", "Audi"), 1e300),
    "a tree deeper than its words": (("terms", 0, "tree", "Audi"), {"A3": 0.1}),
    "a deeper tree under the rest": (("terms", 0, "tree", ""), {"A3": 0.1}),
    "a curve without an axis": (("terms", 0, "tree", "Audi"), [0.1, 0.2]),
    "a level on an axis": (("terms", 1, "tree"), 0.1),
    "a knot too few": (("terms", 1, "tree"), [0.1, 0.2, 0.3]),
    "a knot too many": (("terms", 1, "tree"), [0.1, 0.2, 0.3, 0.4, 0.5]),
    "a curve with a hole": (("terms", 1, "tree"), [0.1, 0.2, None, 0.4]),
    "an unknown axis": (("terms", 1, "axis"), "colour"),
    "a term of an unknown word": (("terms", 0, "by"), ["colour"]),
    "a term of a model without its make": (("terms", 0, "by"), ["model"]),
    "a term of no list": (("terms", 0, "by"), 5),
    "a missing axis": (("axes", "age_years"), DELETE),
    "an axis too many": (("axes", "doors"), {"scale": "linear", "knots": [0, 1]}),
    "an unknown scale": (("axes", "age_years", "scale"), "cubic"),
    "unsorted knots": (("axes", "age_years", "knots"), [0.0, 4.0, 1.0, 12.0]),
    "a knot twice": (("axes", "age_years", "knots"), [0.0, 1.0, 1.0, 12.0]),
    "a knot that is NaN": (("axes", "age_years", "knots"), [0.0, 1.0, math.nan, 12.0]),
    "an infinite knot": (("axes", "age_years", "knots"), [0.0, 1.0, 4.0, 1e999]),
    "knots that are texts": (("axes", "age_years", "knots"), ["0", "1", "4", "12"]),
    "a single knot": (("axes", "mileage_km", "knots"), [0.0]),
    "a log axis from zero": (("axes", "power_hp", "knots"), [0.0, 90.0, 210.0, 600.0]),
    "no models": (("models",), []),
    "no support": (("models", 0, "support"), 0),
    "infinite support": (("models", 0, "support"), 1e999),
    "a typical car of another model": ((*TYPICAL, "model"), "A4"),
    "a typical car without power": ((*TYPICAL, "power_hp"), 0),
    "a typical car of no age": ((*TYPICAL, "age_years"), None),
    "a typical car of negative mileage": ((*TYPICAL, "mileage_km"), -1),
    "a typical car with an unknown fuel": ((*TYPICAL, "fuel"), "steam"),
    "a typical car with a feature too many": ((*TYPICAL, "colour"), "red"),
    "no words of fuel": (("words", "fuel"), DELETE),
    "a word twice": (("words", "fuel"), ["diesel", "diesel", "petrol", "electric"]),
    "words that are none": (("words", "fuel"), [1, 2]),
    "a coverage above one": (("coverage",), 90),
    "no range": (("ranges",), []),
    "ranges that begin too late": (("ranges", 0, "from_support"), 2),
    "ranges out of order": (("ranges", 2, "from_support"), 3),
    "a range above the price": (("ranges", 0, "low"), 0.1),
    "a range below the price": (("ranges", 0, "high"), -0.1),
    "a range without an end": (("ranges", 0, "high"), 1e999),
    "a range of text": (("ranges", 0, "low"), "-0.1"),
    "a range without a low end": (("ranges", 0, "low"), DELETE),
}


@pytest.fixture(scope="module")
def small_table(make_table: MakeTable) -> CoefficientTable:
    """A table with one level, one curve and one curve by fuel."""
    made = make_table(1)
    terms = (
        Term(("make",), None, {"Audi": 0.1, "BMW": 0.2, "": -0.1}),
        Term((), "age_years", [0.2, 0.1, -0.2, -0.9]),
        Term(("fuel",), "mileage_km", {"": [0.1, 0.0, -0.1, -0.2], "electric": [0.1, 0.0, -0.3, -0.6]}),
    )
    return replace(made, terms=terms)


@pytest.mark.parametrize("corruption", CORRUPTIONS.values(), ids=CORRUPTIONS)
def test_a_corrupt_table_is_refused(small_table: CoefficientTable, corruption: tuple[tuple[Any, ...], object]) -> None:
    """Law: a table that could give no price, or a wrong one, is refused when it is read, never when it is used."""
    # given a table that was sound before one part of it was changed
    assert read_table(small_table.to_json())
    # when it is read, then it is refused
    with pytest.raises(TableError):
        read_table(changed(small_table, *corruption))


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "5", '"table"', "{}", '{"format": 1}', "[" * 100_000, "PK\x03\x04"], ids=range(10)
)
def test_what_is_no_table_is_refused(text: str) -> None:
    # given some other text, when it is read, then it is refused
    with pytest.raises(TableError, match="cannot be read"):
        read_table(text)


def test_a_table_cut_short_is_refused(small_table: CoefficientTable) -> None:
    """A full disk leaves half a file."""
    # given the first part of a table, when it is read, then it is refused
    text = small_table.to_json()
    for length in range(0, len(text) - 2, 97):
        with pytest.raises(TableError):
            read_table(text[:length])


def test_a_model_twice_is_refused(small_table: CoefficientTable) -> None:
    # given a table that has two typical cars of one model, when it is checked, then it is refused
    with pytest.raises(TableError, match="twice"):
        check(replace(small_table, models=(*small_table.models, small_table.models[0])))


def test_the_reason_of_a_refusal_is_told(small_table: CoefficientTable) -> None:
    # given tables with one fault each, when they are read, then the message names it
    for path, value, told in (
        (("format",), 2, "format is 2; this code reads 1"),
        (("schema_digest",), "x", "other features or outputs"),
        (("axes", "age_years", "knots"), [0, 4, 1, 12], "knots of age_years must rise"),
        (("ranges", 0, "low"), 0.1, "each hold the price"),
        (("models",), [], "knows no model"),
    ):
        with pytest.raises(TableError, match=told):
            read_table(changed(small_table, path, value))


def test_a_sound_table_is_checked_without_complaint(table: CoefficientTable, make_table: MakeTable) -> None:
    """The check refuses nothing that prices: neither the fitted table nor one at its limits."""
    # given tables that can price, when they are checked, then none is refused
    check(table)
    for seed in range(20):
        check(make_table(seed))
    edge = replace(make_table(0), terms=(), ranges=(RangeStep(1, 0.0, 0.0),), intercept=0.0)
    check(edge)
    check(replace(edge, axes={**edge.axes, "age_years": Axis("linear", (-5.0, 5))}))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400)
REPLACEMENTS = st.one_of(
    SCALARS,
    st.lists(st.floats(), max_size=5),
    st.lists(SCALARS, max_size=4),
    st.dictionaries(st.text(max_size=3), SCALARS, max_size=3),
)


@settings(max_examples=1_000)
@given(st.data())
def test_a_table_that_is_read_can_price(small_table: CoefficientTable, data: st.DataObject) -> None:
    """Law: whatever a table was changed to, it is refused, or every car has a finite price within its range."""
    # given a table of which any part was replaced by any JSON
    raw = json.loads(small_table.to_json())
    part, step = raw, data.draw(st.sampled_from(sorted(set(raw) - {"format", "schema_digest"})))
    while isinstance(part[step], dict | list) and part[step] and data.draw(st.integers(0, 5)):
        part = part[step]
        step = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
    part[step] = data.draw(REPLACEMENTS)
    try:
        # when it is read
        read = read_table(json.dumps(raw))
    except TableError:
        return
    # then its own cars and much-driven old ones have finite prices
    scorer = Scorer(read)
    for number in (None, 0.0, 1e9):
        rows = [vars_of(known.typical, number) for known in read.models]
        scored = scorer.score({feature.name: [row[feature.name] for row in rows] for feature in FEATURES})
        priced = scored["support"] > 0
        assert number == 0.0 or priced.all()
        for name, values in scored.items():
            assert np.isfinite(values[priced]).all(), name
        assert (scored["low_eur"][priced] <= scored["price_eur"][priced]).all()
        assert (scored["price_eur"][priced] <= scored["high_eur"][priced]).all()


def vars_of(car: Any, number: float | None) -> dict[str, Any]:
    values = {feature.name: getattr(car, feature.name) for feature in FEATURES}
    if number is not None:
        values |= {feature.name: number for feature in FEATURES if feature.kind == "number"}
    return values


TREE = {
    "": 0.0,
    "Audi": {"": 1.0, "A3": {"diesel": 1.5}, "A4": {"": 1.7, "petrol": 1.8}},
    "BMW": {"i3": 2.5},
    "Fiat": 3.0,
}


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (("Audi", "A4", "petrol"), 1.8),  # its own
        (("Audi", "A4", "diesel"), 1.7),  # the model's
        (("Audi", "A3", "diesel"), 1.5),
        (("Audi", "A3", "petrol"), 1.0),  # the model has none for the rest: the make's
        (("Audi", "Q7", "petrol"), 1.0),  # an unknown model: the make's
        (("BMW", "i3", "electric"), 2.5),  # the model's value holds for all its variants
        (("BMW", "M3", "petrol"), 0.0),  # the make has none for the rest: everyone's
        (("Fiat", "500", "petrol"), 3.0),
        (("Lada", "Niva", "petrol"), 0.0),
    ],
)
def test_who_has_no_value_takes_the_parents(words: tuple[str, ...], value: float) -> None:
    # given a tree of values, when words are looked up, then the deepest value that is known counts
    assert look_up(TREE, words) == value


def test_a_variant_takes_its_parents_curve() -> None:
    # given curves for all cars and for one model, when a variant is looked up, then the nearest curve above counts
    tree = {"": [0.0, -1.0], "Audi": {"A3": {"": [0.0, -2.0], "diesel": [0.0, -3.0]}}}
    assert look_up(tree, ("Audi", "A3", "diesel")) == [0.0, -3.0]
    assert look_up(tree, ("Audi", "A3", "petrol")) == [0.0, -2.0]
    assert look_up(tree, ("Audi", "A4", "petrol")) == [0.0, -1.0]


def test_where_a_tree_says_nothing_there_is_nothing() -> None:
    # given trees without a value for the rest, when unknown words are looked up, then there is none
    assert look_up({"Audi": 1.0}, ("BMW",)) is None
    assert look_up({}, ("BMW",)) is None
    assert look_up(0.5, ()) == 0.5
    assert look_up([0.1, 0.2], ()) == [0.1, 0.2]
