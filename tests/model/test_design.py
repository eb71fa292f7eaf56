"""The linear design: knots where there is data, and columns that make the fit what the table says it is."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dataset import Dataset
from model.design import CURVES, SMALLEST_SEGMENT, build_design, join_words, split_words
from model.schema.features import CATEGORIES, NUMBERS


def cars(**numbers: Any) -> pd.DataFrame:
    """Golfs that differ in these numbers alone."""
    count = len(next(iter(numbers.values())))
    words = dict(zip(CATEGORIES, ("Volkswagen", "Golf", "petrol", "manual", "used"), strict=True))
    usual = {"age_years": 5.0, "mileage_km": 80_000.0, "power_hp": 110.0}
    return pd.DataFrame({name: [value] * count for name, value in (words | usual).items()} | numbers)


def test_axes_end_where_the_data_ends(dataset: Dataset) -> None:
    """Law: a curve says nothing of ages, mileages and powers that no listing had."""
    # given the demo market, when it gets its design, then each axis runs from the least to the greatest number
    axes = build_design(dataset.features).axes
    for name in NUMBERS:
        assert axes[name].knots[0] == dataset.features[name].min()
        assert axes[name].knots[-1] == dataset.features[name].max()


@given(st.lists(st.floats(1.0, 900.0), min_size=20, max_size=300))
def test_every_segment_has_its_share_of_the_data(powers: list[float]) -> None:
    """Law: knots rise, and between any two of them lies at least the stated share of the rows."""
    # given any powers, when they get their design
    axis = build_design(cars(power_hp=powers)).axes["power_hp"]
    # then the axis can carry a curve, and no segment of it is a guess
    knots = np.array(axis.knots)
    assert len(knots) >= 2
    assert (np.diff(knots) > 0).all()
    values = np.array(powers)
    for low, high in zip(knots[:-1], knots[1:], strict=True):
        assert ((values >= low) & (values <= high)).sum() >= SMALLEST_SEGMENT * len(values)


def test_knots_stand_where_prices_bend_if_there_is_data() -> None:
    # given cars of every mileage, when they get their design, then all of the axis' knots are there
    mileages = np.linspace(0, 500_000, 20_001)
    knots = build_design(cars(mileage_km=mileages)).axes["mileage_km"].knots
    wanted = [knot for knot in CURVES["mileage_km"].knots if knot >= 2_000]
    assert set(wanted) <= set(knots)
    assert 100.0 not in knots  # five cars lie below it


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_all_cars_share_gets_a_flat_curve(name: str) -> None:
    """A file of new cars alone is one age; it can be priced all the same."""
    # given cars that are alike in one number, and differ in price by another
    other = "mileage_km" if name != "mileage_km" else "age_years"
    numbers = {other: np.linspace(1, 10, 600)}
    features = cars(**numbers)
    # when the design is fitted
    design = build_design(features)
    design.pipeline.fit(features, -numbers[other])
    # then it predicts by the other number, and alike for any value of the shared one
    shifted = features.assign(**{name: features[name] * 3})
    assert np.allclose(design.pipeline.predict(features), -numbers[other], atol=0.05)
    assert np.array_equal(design.pipeline.predict(features), design.pipeline.predict(shifted))


def test_a_word_that_was_never_seen_counts_for_nothing(dataset: Dataset) -> None:
    """Folds meet models that their training part has not."""
    # given a fitted design
    features = dataset.features
    design = build_design(features)
    design.pipeline.fit(features, np.log(dataset.price_eur))
    # when a car of an unseen model is priced, then it gets the price of its make
    car = features.iloc[[0]].assign(model="no such model")
    assert np.isfinite(design.pipeline.predict(car)).all()


@given(st.lists(st.tuples(st.text(st.characters(exclude_characters="\x1f")), st.text("abc é-")), min_size=1))
def test_words_that_are_joined_can_be_split(rows: list[tuple[str, str]]) -> None:
    """Law: no two different pairs of words make one level."""
    # given pairs of words, when they are joined and split, then they are the same
    joined = join_words(pd.DataFrame(rows, columns=["make", "model"]))
    assert joined.shape == (len(rows), 1)
    assert [tuple(split_words(level)) for level in joined[:, 0]] == rows
