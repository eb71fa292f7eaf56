"""The linear model of all peers: words as one-hot columns, piecewise linear curves, ridge on log price.

One estimator from the columns of FEATURES to a price in euros, so that each server loads the same file.
"""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, SplineTransformer

WORDS = ["make", "model", "fuel", "gearbox", "offer_type", "make_model"]
CURVES = ["age_years", "mileage_km", "log_power"]
KNOTS = 8
RIDGE_ALPHA = 0.1


def add_features(cars: pd.DataFrame) -> pd.DataFrame:
    """Columns of words and numbers, with those that the model derives from them."""
    return cars.assign(make_model=cars["make"] + " " + cars["model"], log_power=np.log(cars["power_hp"]))


def new_model() -> TransformedTargetRegressor:
    # Curves of degree 1 cost scikit-learn least, and can be written by hand for onnxruntime.
    columns = ColumnTransformer([
        ("words", OneHotEncoder(handle_unknown="ignore"), WORDS),
        ("curves", SplineTransformer(n_knots=KNOTS, degree=1, knots="quantile"), CURVES),
    ])
    steps = [("derived", FunctionTransformer(add_features)), ("columns", columns), ("ridge", Ridge(alpha=RIDGE_ALPHA))]
    return TransformedTargetRegressor(Pipeline(steps), func=np.log, inverse_func=np.exp, check_inverse=False)
