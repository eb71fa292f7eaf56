"""The fit: the table is the pipeline, the typical car is typical, and the range holds as often as it says."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from model.dataset import Dataset
from model.fitting import (
    COVERAGE,
    FEWEST_IN_BUCKET,
    SUPPORT_BUCKETS,
    Fit,
    compile_table,
    conformal_ranges,
    fit,
    support_of,
    typical_cars,
)
from model.schema.features import FEATURES
from model.scorer import Scorer
from model.table import CoefficientTable
from model.table_reading import check, read_table


def priced(table: CoefficientTable, features: pd.DataFrame) -> np.ndarray:
    return Scorer(table).score({name: features[name].to_numpy() for name in features})["price_eur"]


def test_the_table_prices_as_the_fitted_pipeline_does(
    dataset: Dataset, fitted: Fit, table: CoefficientTable
) -> None:
    """Law: scikit-learn and the scorer agree to 1e-9 of the price on every row."""
    # given the pipeline and the table that was compiled from it, when every row is priced by both, then they agree
    expected = np.exp(fitted.log_price(dataset.features))
    assert np.abs(priced(table, dataset.features) / expected - 1).max() < 1e-9


def test_they_agree_beyond_the_data_too(dataset: Dataset, fitted: Fit, table: CoefficientTable) -> None:
    """Law: the same holds where curves are flat, and at their knots."""
    # given cars with numbers at and beyond the ends of the axes, and every power that is a knot
    features = dataset.features.head(200)
    for name, axis in table.axes.items():
        for value in (*axis.knots, axis.knots[0] * 0.9, axis.knots[-1] * 2):
            moved = features.assign(**{name: value})
            # when they are priced by both, then they agree
            expected = np.exp(fitted.log_price(moved))
            assert np.abs(priced(table, moved) / expected - 1).max() < 1e-9


def test_the_compiled_table_knows_what_the_data_knows(dataset: Dataset, table: CoefficientTable) -> None:
    # given the demo market, when its table is compiled, then every word and model of it is known, and nothing else
    check(table)
    features = dataset.features
    assert {(known.make, known.model) for known in table.models} == set(
        zip(features["make"], features["model"], strict=True)
    )
    for name, words in table.words.items():
        assert list(words) == sorted(set(features[name]))
    assert sum(known.support for known in table.models) == len(features)


def test_the_same_data_makes_the_same_table(dataset: Dataset, fitted: Fit, table: CoefficientTable) -> None:
    """Law: a training can be repeated to the byte."""
    # given the same rows, when they are fitted again, then the table's text is the same
    again = compile_table(fit(dataset.features, dataset.price_eur), dataset.features, table.ranges)
    assert again.to_json() == table.to_json()
    assert read_table(again.to_json()) == table


def test_a_fit_finds_the_prices_that_made_the_data() -> None:
    """Where the log price is a sum of levels and straight curves, the ridge's pull alone keeps the fit from exact."""
    # given cars priced by a rule of the design's form
    rng = np.random.default_rng(5)
    count = 4_000
    features = pd.DataFrame(
        {
            "make": rng.choice(["Audi", "BMW"], count), "model": "one", "fuel": rng.choice(["diesel", "petrol"], count),
            "gearbox": rng.choice(["automatic", "manual"], count), "offer_type": "used",
            "age_years": rng.uniform(0, 10, count), "mileage_km": rng.uniform(0, 200_000, count),
            "power_hp": rng.uniform(60, 300, count),
        }
    )  # fmt: skip
    log_price = (
        9.0 + 0.2 * (features["make"] == "BMW") + 0.1 * (features["gearbox"] == "automatic")
        - 0.1 * features["age_years"] - 2e-6 * features["mileage_km"] + 0.7 * np.log(features["power_hp"] / 100)
    )  # fmt: skip
    # when the design is fitted
    predicted = fit(features, np.exp(log_price.to_numpy())).log_price(features)
    # then every price is met to half a per cent, and most to a tenth of that
    difference = np.abs(predicted - log_price.to_numpy())
    assert difference.max() < 5e-3
    assert np.median(difference) < 5e-4


def test_support_counts_the_listings_of_a_model() -> None:
    # given listings of two models, when the support of cars is asked for, then it is how many there are of each
    listings = pd.DataFrame({"make": ["Audi"] * 3 + ["BMW"], "model": ["A3", "A3", "A4", "A3"]})
    cars = pd.DataFrame({"make": ["Audi", "Audi", "BMW", "BMW"], "model": ["A3", "A4", "A3", "A4"]})
    assert support_of(cars, listings).tolist() == [2, 1, 1, 0]


def test_the_range_ends_at_the_right_ranks() -> None:
    """Split conformal with 5% in each tail: of n residuals the upper end is the ceil(0.95 (n + 1))th smallest, the
    lower end the same from above.
    """
    # given the residuals -0.50, -0.49 ... 0.49 (100 of them, shuffled) of common models
    residuals = np.random.default_rng(0).permutation(np.arange(-50, 50) / 100)
    # when the range is made
    ranges = conformal_ranges(residuals, np.full(100, 500))
    # then it runs from the 96th largest to the 96th smallest: ceil(0.95 * 101) = 96
    assert [step.from_support for step in ranges] == list(SUPPORT_BUCKETS) == [1, 5, 20, 100]
    assert ranges[-1].low == pytest.approx(-0.46)
    assert ranges[-1].high == pytest.approx(0.45)


def test_each_bucket_of_support_has_its_own_range_if_it_has_the_residuals() -> None:
    # given narrow residuals of common models, wide ones of rare ones, and too few of middling ones to tell
    rng = np.random.default_rng(1)
    wide, narrow = rng.normal(0, 0.4, 2_000), rng.normal(0, 0.1, 2_000)
    few = rng.normal(0, 5.0, FEWEST_IN_BUCKET - 1)
    residuals = np.concatenate([wide, narrow, few])
    support = np.concatenate([np.full(2_000, 3), np.full(2_000, 150), np.full(len(few), 10)])
    # when the ranges are made
    rare, middling, _, common = conformal_ranges(residuals, support)
    # then the rare are wide, the common narrow, and the middling have the range of all
    everything = conformal_ranges(residuals, np.full(len(residuals), 1))[0]
    assert rare.high == pytest.approx(0.4 * 1.645, rel=0.1)
    assert common.high == pytest.approx(0.1 * 1.645, rel=0.1)
    assert (middling.low, middling.high) == (everything.low, everything.high)


def test_the_range_holds_the_price_even_if_all_errors_lie_on_one_side() -> None:
    # given residuals that are all positive, when the range is made, then it still begins at the price
    ranges = conformal_ranges(np.linspace(0.1, 0.5, 200), np.full(200, 50))
    assert all(step.low == 0.0 < step.high for step in ranges)


def test_fewer_residuals_than_a_tail_needs_give_the_widest_range() -> None:
    # given ten residuals, of which no 5% can be cut, when the range is made, then it runs from the least to the most
    residuals = np.array([-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert {(step.low, step.high) for step in conformal_ranges(residuals, np.ones(10))} == {(-0.3, 0.6)}


@pytest.mark.parametrize("count", [60, 200, 1_000])
def test_the_range_covers_at_least_what_it_says(count: int) -> None:
    """Law: over exchangeable residuals the mean coverage of a new one lies in [0.9, 0.9 + 2 / (n + 1)]."""
    # given many draws of calibration residuals, skewed and heavy-tailed, and of new ones
    rng = np.random.default_rng(count)
    coverage = []
    for _ in range(400):
        residuals = rng.standard_t(3, count) + np.abs(rng.normal(0, 1, count))
        new = rng.standard_t(3, 500) + np.abs(rng.normal(0, 1, 500))
        step = conformal_ranges(residuals, np.full(count, 150))[-1]
        # when the share of new ones within the range is taken
        coverage.append(((new >= step.low) & (new <= step.high)).mean())
    # then it is what was promised, within the error of the experiment
    error = 4 * np.std(coverage) / np.sqrt(len(coverage))
    assert COVERAGE - error <= np.mean(coverage) <= COVERAGE + 2 / (count + 1) + error


def test_the_typical_car_is_the_commonest_and_the_median() -> None:
    # given three cars of one model and one of another
    rows = [
        ("Audi", "A3", "petrol", "manual", "used", 2.0, 10_000.0, 110.0),
        ("Audi", "A3", "petrol", "automatic", "used", 4.0, 50_000.0, 150.0),
        ("Audi", "A3", "diesel", "automatic", "new", 9.0, 20_000.0, 116.0),
        ("BMW", "i3", "electric", "automatic", "used", 1.0, 5_000.0, 170.0),
    ]
    features = pd.DataFrame(rows, columns=[feature.name for feature in FEATURES])
    # when the typical cars are made
    a3, i3 = typical_cars(features)
    # then each has its model's commonest words and median numbers
    assert (a3.make, a3.model, a3.support) == ("Audi", "A3", 3)
    typical = a3.typical
    assert (typical.fuel, typical.gearbox, typical.offer_type) == ("petrol", "automatic", "used")
    assert (typical.age_years, typical.mileage_km, typical.power_hp) == (4.0, 20_000.0, 116.0)
    assert (i3.support, i3.typical.fuel) == (1, "electric")


def test_of_equally_common_words_the_first_in_the_alphabet_is_typical() -> None:
    """The order of the rows must not change the base of the reasons."""
    # given two cars that differ in every word, in both orders
    rows = [
        ("Audi", "A3", "petrol", "manual", "used", 2.0, 10_000.0, 110.0),
        ("Audi", "A3", "diesel", "automatic", "new", 4.0, 30_000.0, 150.0),
    ]
    features = pd.DataFrame(rows, columns=[feature.name for feature in FEATURES])
    # when the typical car is made of each, then it is the same
    (one,), (other,) = typical_cars(features), typical_cars(features.iloc[::-1])
    assert one == other
    assert (one.typical.fuel, one.typical.gearbox, one.typical.offer_type) == ("diesel", "automatic", "new")


def test_models_stand_in_the_order_of_the_alphabet(table: CoefficientTable) -> None:
    # given the compiled table, when its models are listed, then makes and models are sorted
    names = [(known.make, known.model) for known in table.models]
    assert all(one < other for one, other in pairwise(names))
