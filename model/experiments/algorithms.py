"""The algorithms that experiments compare, behind one interface: ours, and those that others would price cars by.

All get the same listings, with their weights and circumstances, and answer in the log of the price.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd

from model import fitting
from model.errors import JobError
from model.experiments import linear_regressions
from model.schema.listing import PRICE_BOUNDS_EUR

try:
    from model.experiments import lightgbm_trees
except ModuleNotFoundError:  # LightGBM and CatBoost are an extra of their own: only experiments need them
    lightgbm_trees = None  # type: ignore[assignment]
try:
    from model.experiments import catboost_trees
except ModuleNotFoundError:
    catboost_trees = None  # type: ignore[assignment]

INSTALL = "pip install '.[experiments]'  # in a checkout"


class Pricer(Protocol):
    """What a fit answers: the log price of listings, on the day and for the price_kind of each."""

    def log_listing_price(self, listings: pd.DataFrame) -> np.ndarray: ...


Fitter = Callable[[pd.DataFrame], Pricer]


@dataclass(frozen=True)
class Algorithm:
    """One way to price cars. fit takes listings as Dataset.table has them; it is None where its library is missing.

    module is where the code is, libraries what it runs on besides the model's own, settings what it is tuned to.
    """

    name: str
    description: str
    module: str
    fit: Fitter | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    libraries: tuple[str, ...] = ()


def _fit_ours(listings: pd.DataFrame) -> Pricer:
    return fitting.fit(fitting.chunks_of(listings))


OURS = Algorithm(
    "ours",
    "This project's: bounded ridge on the log price, with curves of families, models and variants that can only go the "
    "right way.",
    "model.fitting",
    _fit_ours,
)
ALGORITHMS = (
    OURS,
    Algorithm(
        "least-squares",
        "Ordinary least squares on the price itself, as the reference system had it: words as columns, plain numbers. "
        f"Where it goes below {PRICE_BOUNDS_EUR[0]:,.0f} EUR, that counts.",
        "model.experiments.linear_regressions",
        linear_regressions.fit_least_squares,
    ),
    Algorithm(
        "ridge",
        "Linear regression of the log price on words as columns, age, mileage and log power; squares penalised.",
        "model.experiments.linear_regressions",
        linear_regressions.fit_ridge,
        linear_regressions.RIDGE,
    ),
    Algorithm(
        "lasso",
        "The same columns as ridge; absolute values penalised.",
        "model.experiments.linear_regressions",
        linear_regressions.fit_lasso,
        linear_regressions.LASSO,
    ),
    Algorithm(
        "elastic-net",
        "The same columns as ridge; squares and absolute values penalised.",
        "model.experiments.linear_regressions",
        linear_regressions.fit_elastic_net,
        linear_regressions.ELASTIC_NET,
    ),
    Algorithm(
        "lightgbm",
        "Gradient-boosted trees on the log price by LightGBM: words as categories and as target encodings made inside "
        "the fold; tuned to the errors of such folds.",
        "model.experiments.lightgbm_trees",
        getattr(lightgbm_trees, "fit_trees", None),
        getattr(lightgbm_trees, "SETTINGS", {}),
        ("lightgbm",),
    ),
    Algorithm(
        "catboost",
        "Gradient-boosted trees on the log price by CatBoost, which encodes words by itself.",
        "model.experiments.catboost_trees",
        getattr(catboost_trees, "fit_trees", None),
        getattr(catboost_trees, "SETTINGS", {}),
        ("catboost",),
    ),
)


def choose(names: Sequence[str]) -> tuple[list[Algorithm], list[Algorithm]]:
    """The algorithms of these names, or all without a name, and always ours, the first; those that are not installed
    come apart, as the second list.

    Raises JobError where one that was named is not installed.
    """
    chosen = [algorithm for algorithm in ALGORITHMS if algorithm is OURS or not names or algorithm.name in names]
    missing = [algorithm for algorithm in chosen if algorithm.fit is None]
    if missing and names:
        raise JobError(f"{' and '.join(a.name for a in missing)} cannot run without its library: {INSTALL}")
    return [algorithm for algorithm in chosen if algorithm.fit is not None], missing
