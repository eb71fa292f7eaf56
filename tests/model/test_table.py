"""The coefficient table: JSON that a person can price by, that grows with the vocabulary, and is the same for the same
data.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.compiling import compile_table
from model.dataset import Dataset
from model.evaluation import Evaluation
from model.fitting import Fit, chunks_of, fit
from model.ranges import calibrate
from model.scorer import Scorer
from model.table import CoefficientTable, Term, look_up
from model.table_reading import read_table
from tests.model.markets import noisy_market
from tests.model.pricing import PriceByHand, random_cars, row_of

MakeTable = Callable[[int], CoefficientTable]
BYTES_A_CURVE = 12  # of one height at one knot, with its comma


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


def test_a_person_can_price_by_the_json_alone(table: CoefficientTable, make_table: MakeTable) -> None:
    """Law: price, base and range are what the table's description says, computed from its text and nothing else."""
    for made in (table, *map(make_table, range(8))):
        # given a table's text, and cars that it knows, also of words never seen together
        by_hand = PriceByHand(made.to_json())
        cars = random_cars(made, 60, seed=11)
        # when they are priced by hand and by the scorer
        scored = Scorer(made).score(cars)
        # then both say the same
        for row in range(60):
            car = row_of(cars, row)
            low, high = by_hand.range(car)
            found = [float(scored[name][row]) for name in ("price_eur", "base_eur", "low_eur", "high_eur")]
            assert found == pytest.approx([by_hand.price(car), by_hand.base(car), low, high], rel=1e-12)


def test_one_car_of_the_demo_market_by_hand(table: CoefficientTable) -> None:
    """Step by step, as somebody does it who has the file and a pocket calculator."""
    # given the table's text and a car of its first model, five years old, at knots of its axes
    raw: Any = json.loads(table.to_json())
    known = raw["models"][0]
    words = [known["make"], known["model"], *(known["typical"][name] for name in ("fuel", "gearbox", "offer_type"))]
    car = dict(zip(("make", "model", "fuel", "gearbox", "offer_type"), words, strict=True))
    place = {"age_years": 3, "mileage_km": 2, "power_hp": 5}
    car |= {name: raw["axes"][name]["knots"][knot] for name, knot in place.items()}
    # when the terms are looked up one after the other
    log_price = raw["intercept"]
    for term in raw["terms"]:
        value = look_up(term["tree"], tuple(car[name] for name in term["by"]))
        assert value is not None
        log_price += value[place[term["axis"]]] if isinstance(value, list) else value
    # then their sum is the log of the scorer's price
    scored = Scorer(table).score({name: [value] for name, value in car.items()})
    assert scored["price_eur"][0] == pytest.approx(2.718281828459045**log_price, rel=1e-12)


def test_the_same_data_makes_the_same_text(dataset: Dataset, evaluation: Evaluation, table: CoefficientTable) -> None:
    """Law: a training can be repeated to the byte, also with its rows in another order."""
    # given the same rows, shuffled, when they are fitted again, then the table's text is the same
    shuffled = dataset.table.sample(frac=1, random_state=1)
    again = compile_table(fit(chunks_of(shuffled)), calibrate(evaluation.errors))
    assert again.to_json() == table.to_json()


def test_the_table_grows_with_the_vocabulary_alone(
    table: CoefficientTable, fitted: Fit, evaluation: Evaluation
) -> None:
    """Law: its size is so many curves, a few for each model, however many listings there were."""
    # given the demo market's table, when its size is compared with its curves, then there is little else in it
    knots = sum(len(axis.knots) for axis in table.axes.values())
    assert len(table.to_json()) < fitted.design.node_count * knots * BYTES_A_CURVE * 1.5 + len(table.models) * 500
    # and listings ten times as many of the same cars hardly change it
    few, many = (
        compile_table(fit(chunks_of(noisy_market(count))), calibrate(evaluation.errors)) for count in (2_000, 20_000)
    )
    assert len(many.to_json()) < 1.2 * len(few.to_json())


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
