"""Linear regressions as others would price cars: scikit-learn's, on words as one-hot columns and plain numbers.

What they cannot do is what they are here to show: no curves, no slopes of a model's own, no words together. Their
penalties were chosen by cross-validation on 35,138 real listings, and stay fixed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import RegressorMixin
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from model.schema.features import CATEGORIES
from model.schema.listing import PRICE_BOUNDS_EUR

RIDGE = {"alpha": 0.1}
# A tighter tolerance takes ten times as long and moves the mean error by a euro.
LASSO = {"alpha": 1e-5, "tol": 1e-2, "max_iter": 3_000}
ELASTIC_NET = {"alpha": 1e-5, "l1_ratio": 0.5, "tol": 1e-2, "max_iter": 3_000}


@dataclass(frozen=True)
class LogPricePipeline:
    """A fitted pipeline that predicts the log of the price."""

    pipeline: Pipeline

    def log_listing_price(self, listings: pd.DataFrame) -> np.ndarray:
        return self.pipeline.predict(listings)


@dataclass(frozen=True)
class PricePipeline:
    """A fitted pipeline that predicts the price itself.

    Where it goes below the least that a listing may cost, even below zero, the car is priced at that least: so the
    figures are kinder to it than it deserves.
    """

    pipeline: Pipeline

    def log_listing_price(self, listings: pd.DataFrame) -> np.ndarray:
        return np.log(np.maximum(self.pipeline.predict(listings), PRICE_BOUNDS_EUR[0]))


def fit_least_squares(listings: pd.DataFrame) -> PricePipeline:
    """Ordinary least squares on the price, with power as it is."""
    return PricePipeline(_fit(LinearRegression(), listings, listings["price_eur"].to_numpy(), plain=["power_hp"]))


def fit_ridge(listings: pd.DataFrame) -> LogPricePipeline:
    return _fit_log_price(Ridge(**RIDGE), listings)


def fit_lasso(listings: pd.DataFrame) -> LogPricePipeline:
    return _fit_log_price(Lasso(**LASSO), listings)


def fit_elastic_net(listings: pd.DataFrame) -> LogPricePipeline:
    return _fit_log_price(ElasticNet(**ELASTIC_NET), listings)


def _fit_log_price(regressor: RegressorMixin, listings: pd.DataFrame) -> LogPricePipeline:
    return LogPricePipeline(_fit(regressor, listings, np.log(listings["price_eur"].to_numpy()), logs=["power_hp"]))


def _fit(
    regressor: RegressorMixin,
    listings: pd.DataFrame,
    target: np.ndarray,
    plain: Sequence[str] = (),
    logs: Sequence[str] = (),
) -> Pipeline:
    """Circumstances (days_ago, price_kind) are columns like all others, so that references know what ours knows."""
    columns = ColumnTransformer(
        [
            ("words", OneHotEncoder(handle_unknown="ignore"), [*CATEGORIES, "price_kind"]),
            ("numbers", StandardScaler(), ["age_years", "mileage_km", "days_ago", *plain]),
            ("logs", make_pipeline(FunctionTransformer(np.log), StandardScaler()), list(logs)),
        ]
    )
    pipeline = Pipeline([("columns", columns), ("regressor", regressor)])
    return pipeline.fit(listings, target, regressor__sample_weight=listings["weight"].to_numpy())
