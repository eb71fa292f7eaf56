"""Gradient-boosted trees on the log price by CatBoost, which encodes words, alone and together, by itself.

Its ordered target statistics let no row meet its own price (Prokhorenkova et al. 2018, "CatBoost: unbiased boosting
with categorical features").
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from catboost import CatBoostRegressor

from model.schema.features import CATEGORIES, NUMBERS

THREADS = 2
WORDS = [*CATEGORIES, "price_kind"]
COLUMNS = [*WORDS, *NUMBERS, "days_ago"]
SETTINGS = {"iterations": 1_000, "depth": 8, "learning_rate": 0.1, "loss_function": "RMSE", "random_seed": 42}


@dataclass(frozen=True)
class Trees:
    """Fitted trees."""

    regressor: CatBoostRegressor

    def log_listing_price(self, listings: pd.DataFrame) -> np.ndarray:
        return self.regressor.predict(listings[COLUMNS], thread_count=THREADS)


def fit_trees(listings: pd.DataFrame) -> Trees:
    regressor = CatBoostRegressor(
        **SETTINGS, cat_features=WORDS, thread_count=THREADS, verbose=False, allow_writing_files=False
    )
    log_price = np.log(listings["price_eur"].to_numpy())
    return Trees(regressor.fit(listings[COLUMNS], log_price, sample_weight=listings["weight"].to_numpy()))
