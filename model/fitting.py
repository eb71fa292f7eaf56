"""Ridge on the log of the price: fits the design with scikit-learn and compiles it to a coefficient table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from model.design import CATEGORY_TERMS, CURVES, Design, build_design, split_words, term_name
from model.schema.features import NUMBERS
from model.schema.vehicle import Vehicle
from model.table import WORDS, CoefficientTable, KnownModel, RangeStep, Term, Tree

COVERAGE = 0.9
# Models with few listings are harder to price; each bucket of support has a range of its own.
SUPPORT_BUCKETS = (1, 5, 20, 100)
FEWEST_IN_BUCKET = 50  # residuals; a 5% quantile of fewer is a guess, so the range of all is taken


@dataclass(frozen=True)
class Fit:
    """A fitted design: scikit-learn's pipeline, which predicts log prices, and the axes it was given."""

    design: Design

    @property
    def pipeline(self) -> Pipeline:
        return self.design.pipeline

    def log_price(self, features: pd.DataFrame) -> np.ndarray:
        return self.pipeline.predict(features)


def fit(features: pd.DataFrame, price_eur: np.ndarray) -> Fit:
    """Fit log price on the columns of FEATURES. The median price is aimed at, so nothing corrects exp() to the mean."""
    design = build_design(features)
    design.pipeline.fit(features, np.log(price_eur))
    return Fit(design)


def support_of(models: pd.DataFrame, among: pd.DataFrame) -> np.ndarray:
    """How many rows of `among` have the make and model of each row of `models`."""
    counts = among.value_counts(["make", "model"]).to_dict()
    return np.array([counts.get(pair, 0) for pair in zip(models["make"], models["model"], strict=True)])


def conformal_ranges(residuals: np.ndarray, support: np.ndarray) -> tuple[RangeStep, ...]:
    """The range of the log price by support, from log residuals (true - predicted) of rows that no fit had seen.

    Split conformal prediction (Vovk et al.; Lei et al. 2018), with the residuals of all folds pooled, an equal
    share of the error in each tail, and the finite-sample correction (n + 1) of the quantiles.
    """
    steps = []
    for i, bucket in enumerate(SUPPORT_BUCKETS):
        end = SUPPORT_BUCKETS[i + 1] if i + 1 < len(SUPPORT_BUCKETS) else np.inf
        # A row unseen in its fold has its model's support of the whole data, 1 or more.
        inside = residuals[(support >= bucket) & (support < end)]
        low, high = _tails(inside if len(inside) >= FEWEST_IN_BUCKET else residuals)
        steps.append(RangeStep(bucket, min(low, 0.0), max(high, 0.0)))
    return tuple(steps)


def _tails(residuals: np.ndarray) -> tuple[float, float]:
    ordered = np.sort(residuals)
    outside = (1 - COVERAGE) / 2
    rank = min(int(np.ceil((len(ordered) + 1) * (1 - outside))), len(ordered))
    return float(ordered[len(ordered) - rank]), float(ordered[rank - 1])


def compile_table(fitted: Fit, features: pd.DataFrame, ranges: Sequence[RangeStep]) -> CoefficientTable:
    """The fitted pipeline's coefficients as a table that prices equally, and the typical car of each model."""
    columns = fitted.pipeline.named_steps["columns"]
    ridge = fitted.pipeline.named_steps["ridge"]
    terms = []
    for words in CATEGORY_TERMS:
        name = term_name(words)
        levels = columns.named_transformers_[name].named_steps["onehotencoder"].categories_[0]
        coefficients = ridge.coef_[columns.output_indices_[name]]
        terms.append(Term(words, None, _tree(levels, coefficients)))
    for name in CURVES:
        terms.append(Term((), name, ridge.coef_[columns.output_indices_[name]].tolist()))
    seen = {name: tuple(sorted(features[name].unique())) for name in WORDS}
    return CoefficientTable(
        intercept=float(ridge.intercept_),
        axes=fitted.design.axes,
        terms=tuple(terms),
        words=seen,
        models=typical_cars(features),
        coverage=COVERAGE,
        ranges=tuple(ranges),
    )


def typical_cars(features: pd.DataFrame) -> tuple[KnownModel, ...]:
    """For each make and model: the commonest word of each category, the median of each number."""
    groups = features.groupby(["make", "model"], sort=True)
    medians = groups[list(NUMBERS)].median()
    # Of equally common words the first in the alphabet, so that the same data gives the same table.
    commonest: Callable[[pd.Series], str] = lambda column: column.value_counts().sort_index().idxmax()
    words = groups[list(WORDS)].agg(commonest)
    support = groups.size()
    return tuple(
        KnownModel(
            make, model, int(support[make, model]),
            Vehicle(make, model, **words.loc[(make, model)].to_dict(), **medians.loc[(make, model)].to_dict()),
        )
        for make, model in support.index
    )  # fmt: skip


def _tree(levels: Sequence[str], coefficients: np.ndarray) -> Tree:
    tree: dict = {}
    for level, coefficient in zip(levels, coefficients, strict=True):
        *path, last = split_words(level)
        branch = tree
        for word in path:
            branch = branch.setdefault(word, {})
        branch[last] = float(coefficient)
    return tree
