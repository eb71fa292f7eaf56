"""Compiling: the table prices as the fit does, knows what the data knows, and its typical cars are typical."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model.census import STEPS, take_census
from model.compiling import compile_table, known_models
from model.dataset import Dataset
from model.evaluation import Evaluation
from model.fitting import Fit, chunks_of, fit
from model.ranges import Calibration, calibrate
from model.schema.features import CATEGORIES, FEATURES, NUMBERS
from model.scorer import Scorer
from model.table import Axis, CoefficientTable, Spread
from model.table_reading import check
from tests.model.markets import listings, noisy_market, random_cars, rule
from tests.model.pricing import random_cars as cars_of_table


def priced(table: CoefficientTable, features: pd.DataFrame) -> np.ndarray:
    return Scorer(table).score({name: features[name].to_numpy() for name in features})["price_eur"]


def difference(table: CoefficientTable, fitted: Fit, features: pd.DataFrame) -> float:
    """By how much the table's prices are off the plain evaluation's at most, as a share."""
    return float(np.abs(priced(table, features) / np.exp(fitted.log_price(features)) - 1).max())


def test_the_table_prices_as_the_plain_evaluation(dataset: Dataset, fitted: Fit, table: CoefficientTable) -> None:
    """Law: design matrix times coefficients and the scorer agree to 1e-9 of the price on every row."""
    # given the fit and the table that was compiled from it, when every row is priced by both, then they agree
    assert difference(table, fitted, dataset.features) < 1e-9


def test_they_agree_beyond_the_data_too(dataset: Dataset, fitted: Fit, table: CoefficientTable) -> None:
    """Law: the same holds where curves are flat, and at their knots."""
    # given cars with numbers at and beyond the ends of the axes, and every number that is a knot
    features = dataset.features.head(100)
    moved = [
        features.assign(**{name: value})
        for name, axis in table.axes.items()
        for value in (*axis.knots, axis.knots[0] * 0.9, axis.knots[-1] * 2)
    ]
    # when they are priced by both, then they agree
    assert difference(table, fitted, pd.concat(moved)) < 1e-9


def test_they_agree_on_words_never_seen_together(fitted: Fit, table: CoefficientTable) -> None:
    """Law: the same holds for every combination of known words, which takes its parents' levels and curves."""
    # given cars of any words and numbers, when they are priced by both, then they agree
    assert difference(table, fitted, pd.DataFrame(cars_of_table(table, 5_000, seed=9))) < 1e-9


def test_listings_of_many_days_make_prices_of_the_market_date() -> None:
    """The circumstances are not part of a car's price."""
    # given a market with sales and many days
    rng = np.random.default_rng(1)
    market = noisy_market(
        2_000, days_ago=rng.integers(0, 400, 2_000) * 1.0, price_kind=rng.choice(["asking", "sale"], 2_000)
    )
    fitted = fit(chunks_of(market))
    # when it is compiled, then the table says what is asked for on the market date
    table = compile_table(fitted, CALIBRATION)
    check(table)
    assert difference(table, fitted, market[[feature.name for feature in FEATURES]]) < 1e-9


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_all_cars_share_can_be_compiled(name: str) -> None:
    """A file of new cars alone is one age; it can be priced all the same."""
    # given cars that are alike in one number
    cars = random_cars(np.random.default_rng(2), 600).assign(**{name: 100.0})
    fitted = fit(chunks_of(listings(cars, rule(cars))))
    # when their table is compiled
    table = compile_table(fitted, CALIBRATION)
    # then it prices by the other numbers, and alike for any value of the shared one
    check(table)
    assert difference(table, fitted, cars) < 1e-9
    assert np.abs(np.log(priced(table, cars)) - rule(cars)).max() < 0.05
    assert priced(table, cars.assign(**{name: 300.0})) == pytest.approx(priced(table, cars), rel=1e-5)


def test_the_table_knows_what_the_data_knows(dataset: Dataset, table: CoefficientTable) -> None:
    # given the demo market, when its table is compiled, then every word and model of it is known, and nothing else
    check(table)
    features = dataset.features
    assert {(known.make, known.model) for known in table.models} == set(
        zip(features["make"], features["model"], strict=True)
    )
    for name, words in table.words.items():
        assert list(words) == sorted(set(features[name]))
    assert sum(known.support for known in table.models) == len(features)


def test_models_stand_in_the_order_of_the_alphabet(table: CoefficientTable) -> None:
    # given the compiled table, when its models are listed, then makes and models are sorted
    names = [(known.make, known.model) for known in table.models]
    assert all(one < other for one, other in pairwise(names))


def test_every_models_width_is_its_calibrations(
    dataset: Dataset, evaluation: Evaluation, table: CoefficientTable
) -> None:
    """Law: models are numbered alike where their errors are counted and where their widths are written down."""
    # given the demo market's calibration, when widths are read off its table, then each model has its own
    calibration = calibrate(evaluation.errors)
    number = evaluation.errors.model
    row_of = {pair: row for row, pair in enumerate(zip(dataset.table["make"], dataset.table["model"], strict=True))}
    for known in table.models:
        of_model = np.array([number[row_of[known.make, known.model]]])
        expected = calibration.log_scales(np.array([known.support]), of_model)[0]
        assert known.log_scale == pytest.approx(expected, abs=1e-12)
    assert table.spread == calibration.spread


def test_curves_are_written_once_where_children_have_none(table: CoefficientTable) -> None:
    """Law: a tree holds no branch that says nothing but what stands above it."""
    # given the demo market's table, when its trees are gone through, then no branch is a lone value for the rest
    def check_tree(tree: Any) -> None:
        if isinstance(tree, dict):
            assert set(tree) != {""}
            for branch in tree.values():
                check_tree(branch)

    for term in table.terms:
        check_tree(term.tree)


CALIBRATION = Calibration(
    (0.0, -0.1, -0.2, -0.3), {0: 0.05},
    Spread(Axis("linear", (0.0, 20.0)), (-2.0, -1.5), Axis("log", (1e3, 1e5)), (0.0, 0.1), (0.1, 0.0)),
)  # fmt: skip


def cars_of(*rows: tuple) -> pd.DataFrame:
    cars = pd.DataFrame(rows, columns=[feature.name for feature in FEATURES])
    return listings(cars, np.full(len(rows), 9.0))


def test_the_typical_car_is_the_commonest_and_the_median() -> None:
    # given three cars of one model and one of another
    market = cars_of(
        ("Audi", "A3", "petrol", "manual", "used", 2.0, 10_000.0, 110.0),
        ("Audi", "A3", "petrol", "automatic", "used", 4.0, 50_000.0, 150.0),
        ("Audi", "A3", "diesel", "automatic", "new", 9.0, 20_000.0, 116.0),
        ("BMW", "i3", "electric", "automatic", "used", 1.0, 5_000.0, 170.0),
    )
    # when the typical cars are made
    a3, i3 = known_models(take_census(market), CALIBRATION)
    # then each has its model's commonest words and median numbers
    assert (a3.make, a3.model, a3.support) == ("Audi", "A3", 3)
    typical = a3.typical
    assert (typical.fuel, typical.gearbox, typical.offer_type) == ("petrol", "automatic", "used")
    assert (typical.age_years, typical.mileage_km, typical.power_hp) == (4.0, 20_000.0, 116.0)
    assert (i3.support, i3.typical.fuel) == (1, "electric")
    # and its width is its bucket's and its own
    assert (a3.log_scale, i3.log_scale) == (0.05, 0.0)


def test_reports_make_no_car_typical() -> None:
    """Law: a model's listings and its typical car are what was collected, however many reports say otherwise."""
    # given a collected car, and many reports of another fuel, age and power
    market = cars_of(
        ("Audi", "A5", "petrol", "manual", "used", 3.0, 30_000.0, 190.0),
        *[("Audi", "A5", "lpg", "automatic", "used", 9.0, 200_000.0, 900.0)] * 58,
    ).assign(is_report=[False] + [True] * 58)
    # when the typical car is made, then it is the collected one
    (a5,) = known_models(take_census(market), CALIBRATION)
    assert a5.support == 1
    assert (a5.typical.fuel, a5.typical.gearbox, a5.typical.power_hp) == ("petrol", "manual", 190.0)


def test_typical_numbers_are_whole_months_thousands_of_km_and_hp() -> None:
    """So that typical cars can be counted in parts; of two in the middle it is the lesser."""
    # given two cars between whole numbers, when the typical one is made, then it has the lesser's nearest whole ones
    market = cars_of(
        ("Audi", "A3", "petrol", "manual", "used", 2.99, 10_600.0, 109.7),
        ("Audi", "A3", "petrol", "manual", "used", 4.0, 50_000.0, 150.0),
    )
    (known,) = known_models(take_census(market), CALIBRATION)
    assert (known.typical.age_years, known.typical.mileage_km, known.typical.power_hp) == (3.0, 11_000.0, 110.0)


def test_of_equally_common_words_the_first_in_the_alphabet_is_typical() -> None:
    """The order of the rows must not change the base of the reasons."""
    # given two cars that differ in every word, in both orders
    market = cars_of(
        ("Audi", "A3", "petrol", "manual", "used", 2.0, 10_000.0, 110.0),
        ("Audi", "A3", "diesel", "automatic", "new", 4.0, 30_000.0, 150.0),
    )
    # when the typical car is made of each, then it is the same
    (one,), (other,) = (known_models(take_census(some), CALIBRATION) for some in (market, market.iloc[::-1]))
    assert one == other
    assert (one.typical.fuel, one.typical.gearbox, one.typical.offer_type) == ("diesel", "automatic", "new")


def test_typical_cars_are_their_models_own(dataset: Dataset, table: CoefficientTable) -> None:
    """Law: half of a model's cars are no older, no further driven and no stronger than its typical car, to a step."""
    # given the demo market's table, when typical cars are compared with the listings, then they lie in the middle
    by_model = dataset.table.groupby(["make", "model"])
    for known in table.models:
        rows = by_model.get_group((known.make, known.model))
        for name in NUMBERS:
            value, step = getattr(known.typical, name), STEPS[name]
            assert (rows[name] < value + step).sum() >= len(rows) / 2
            assert (rows[name] > value - step).sum() >= len(rows) / 2
        for name in (name for name in CATEGORIES if name not in ("make", "model")):
            assert (rows[name] == getattr(known.typical, name)).sum() == rows[name].value_counts().max()
