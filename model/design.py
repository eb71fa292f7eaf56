"""The linear design: which terms the log of a price is the sum of.

    log price = intercept + make + make and model + fuel + gearbox + offer type
                + curve(age) + curve(mileage) + curve(log power)

A curve is piecewise linear between knots and flat beyond the data. As a linear model it is one column a knot, 1 at
that knot and falling to 0 at its neighbours (a B-spline of degree 1), so its coefficients are its values there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, SplineTransformer

from model.table import Axis

# A category counts where it lowers the error; each is looked up by these features together.
CATEGORY_TERMS: tuple[tuple[str, ...], ...] = (
    ("make",),
    ("make", "model"),
    ("fuel",),
    ("gearbox",),
    ("offer_type",),
)

# Knots lie closer where prices bend: in the first years, the first kilometres and among common powers.
CURVES = {
    "age_years": Axis("linear", (0, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30)),
    "mileage_km": Axis(
        "linear",
        (0, 100, 2_000, 5_000, 10_000, 20_000, 30_000, 45_000, 60_000, 80_000, 100_000, 125_000, 150_000, 175_000,
         200_000, 250_000, 300_000, 400_000),
    ),
    "power_hp": Axis(
        "log",
        (10, 30, 50, 60, 68, 75, 82, 90, 100, 110, 120, 130, 140, 150, 165, 180, 200, 225, 250, 300, 350, 400, 500, 600,
         800, 1_000),
    ),
}  # fmt: skip

# A knot needs listings around it, or its value is a guess: each segment holds at least this share of the rows.
SMALLEST_SEGMENT = 0.002

RIDGE_ALPHA = 0.1  # of 0.03, 0.1, 0.3, 1 and 3 the best by mean and median error over the folds


@dataclass(frozen=True)
class Design:
    """The pipeline to fit, and the axes that its curves have been given on this data."""

    pipeline: Pipeline
    axes: Mapping[str, Axis]


def build_design(features: pd.DataFrame) -> Design:
    """The design for these rows: knots where there is data, every word that occurs as a level."""
    axes = {name: _fit_axis(axis, features[name].to_numpy()) for name, axis in CURVES.items()}
    columns = [
        (term_name(words), make_pipeline(_joined(words), OneHotEncoder(handle_unknown="ignore")), list(words))
        for words in CATEGORY_TERMS
    ]
    columns += [(name, _curve(axis), [name]) for name, axis in axes.items()]
    pipeline = Pipeline([("columns", ColumnTransformer(columns)), ("ridge", Ridge(alpha=RIDGE_ALPHA))])
    return Design(pipeline, axes)


def term_name(words: Sequence[str]) -> str:
    return " and ".join(words)


def join_words(table: pd.DataFrame) -> np.ndarray:
    """One column whose values are each row's words, joined by a character that no word holds."""
    return table.astype(str).agg("\x1f".join, axis=1).to_numpy()[:, np.newaxis]


def split_words(joined: str) -> list[str]:
    return joined.split("\x1f")


def _joined(words: Sequence[str]) -> FunctionTransformer:
    return FunctionTransformer(join_words, feature_names_out=lambda _, __: [term_name(words)])


def _curve(axis: Axis) -> Pipeline:
    knots = axis.positions()[:, np.newaxis]
    spline = SplineTransformer(degree=1, knots=knots, extrapolation="constant")
    return make_pipeline(FunctionTransformer(axis.position), spline)


def _fit_axis(axis: Axis, values: np.ndarray) -> Axis:
    """The axis with its ends at the data's, and without the knots that too few rows lie between."""
    low, high = float(values.min()), float(values.max())
    if low == high:  # all cars are alike in it: a curve that is flat, and needs two ends all the same
        return Axis(axis.scale, (low, low + 1.0))
    fewest = SMALLEST_SEGMENT * len(values)
    ordered = np.sort(values)
    knots = [low]
    for knot in (*(knot for knot in axis.knots if low < knot < high), high):
        between = np.searchsorted(ordered, knot, "right") - np.searchsorted(ordered, knots[-1], "left")
        if between >= fewest:
            knots.append(float(knot))
    if knots[-1] < high:  # the last segment was too small: it goes to the one before
        knots[-1 if len(knots) > 1 else len(knots) :] = [high]
    return Axis(axis.scale, tuple(knots))
