"""Reading a table: what could give no price, or a wrong one, is refused, and everything else can price."""

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
from model.table import Axis, CoefficientTable, Spread, Term
from model.table_reading import check, read_table

MakeTable = Callable[[int], CoefficientTable]
DELETE = object()


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
    "another format": (("format",), 1),
    "another contract": (("schema_digest",), "0" * 64),
    "no terms": (("terms",), DELETE),
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
    "no spread": (("spread",), DELETE),
    "a spread without a curve of age": (("spread", "by_age"), DELETE),
    "a spread of too few ages": (("spread", "by_age"), [0.1, 0.2]),
    "a spread of too many prices": (("spread", "below"), [0.1] * 5),
    "a spread that is NaN": (("spread", "above", 0), math.nan),
    "a spread without end": (("spread", "above", 0), 1e999),
    "a spread of text": (("spread", "by_age", 0), "0.1"),
    "a spread that is true": (("spread", "by_age", 0), True),
    "a spread wider than any price": (("spread", "above", 0), 9.0),
    "a spread on unsorted prices": (("spread", "price", "knots"), [3_000.0, 15_000.0, 8_000.0, 40_000.0]),
    "a spread on a single age": (("spread", "age", "knots"), [0.0]),
    "a spread on the logs of prices from zero": (("spread", "price", "knots", 0), 0.0),
    "a spread on an unknown scale": (("spread", "age", "scale"), "cubic"),
    "a model without its width": (("models", 0, "log_scale"), DELETE),
    "a model whose width is none": (("models", 0, "log_scale"), None),
    "a model whose width is NaN as text": (("models", 0, "log_scale"), "nan"),
    "a model whose width is endless": (("models", 0, "log_scale"), 1e999),
    "a model wider than any price": (("models", 0, "log_scale"), 50.0),
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


@pytest.mark.parametrize("size", [-1e3, -1e300, -1.79e308])
@pytest.mark.parametrize("curve", ["by_age", "below", "above"])
def test_a_spread_of_any_size_is_refused_or_gives_finite_ranges(
    small_table: CoefficientTable, curve: str, size: float
) -> None:
    # given a table of cheap cars whose ranges shrink to nothing at the first knot
    try:
        # when it is read
        read = read_table(changed(replace(small_table, intercept=7.0), ("spread", curve, 0), size))
    except TableError:
        return
    # then cars of every age have a range that is a number
    typical = read.models[0].typical
    cars = [vars_of(replace(typical, age_years=age), None) for age in range(12)]
    scored = Scorer(read).score({feature.name: [car[feature.name] for car in cars] for feature in FEATURES})
    for name in ("low_eur", "high_eur"):
        assert np.isfinite(scored[name]).all()


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "5", '"table"', "{}", '{"format": 2}', "[" * 100_000, "PK\x03\x04"], ids=range(10)
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
        (("format",), 1, "format is 1; this code reads 2"),
        (("schema_digest",), "x", "other features or outputs"),
        (("axes", "age_years", "knots"), [0, 4, 1, 12], "knots of age_years must rise"),
        (("spread", "below"), [0.1], "finite height at each knot"),
        (("spread", "above", 0), 9.0, "wider than any price"),
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
    flat = Spread(Axis("linear", (-5.0, 5)), (0, 0), Axis("log", (1, 2)), (-99.0, -99.0), (-99.0, -99.0))
    edge = replace(make_table(0), terms=(), spread=flat, intercept=0.0)
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
