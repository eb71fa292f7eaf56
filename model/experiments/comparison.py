"""Algorithms on one table of listings, each cross-validated on the same folds and measured alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.dataset import Dataset, folds
from model.evaluation import Evaluation, model_numbers, price_errors
from model.experiments.algorithms import Algorithm
from model.experiments.bootstrap import Lead, leads
from model.experiments.kept_predictions import KeptPredictions, Prediction
from model.fitting import Fit, chunks_of, fit
from model.ranges import Errors, calibrate

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """An algorithm's errors on one table, with ranges about its prices made as ours are, and the seconds a fold."""

    algorithm: Algorithm
    evaluation: Evaluation
    seconds: tuple[float, ...]

    @property
    def mean_seconds(self) -> float:
        return sum(self.seconds) / len(self.seconds)

    @property
    def predicted_eur(self) -> np.ndarray:
        return self.evaluation.errors.price_eur


@dataclass(frozen=True)
class Comparison:
    """Ours and others on one table: outcomes (ours first), our lead over each other by name, our fit on every row."""

    dataset: Dataset
    outcomes: tuple[Outcome, ...]
    leads: dict[str, Lead]
    fitted: Fit

    @property
    def ours(self) -> Outcome:
        return self.outcomes[0]


def compare(dataset: Dataset, algorithms: Sequence[Algorithm], kept_in: Path, *, fresh: bool, tell: Tell) -> Comparison:
    """Run the algorithms, ours first among them, on all folds of a table. What kept_in has of them is taken from there.

    fresh: what it has is forgotten before.
    """
    outcomes = tuple(_run(dataset, algorithm, kept_in, fresh, tell) for algorithm in algorithms)
    ours, *others = outcomes
    tell("comparing ours with each other by resampling the cars")
    lead = leads(dataset.price_eur, ours.predicted_eur, {o.algorithm.name: o.predicted_eur for o in others})
    tell("fitting ours on all rows, for its curves")
    return Comparison(dataset, outcomes, lead, fit(chunks_of(dataset.table)))


def _run(dataset: Dataset, algorithm: Algorithm, kept_in: Path, fresh: bool, tell: Tell) -> Outcome:
    kept = KeptPredictions(kept_in, dataset, algorithm)
    if fresh:
        kept.forget()
    log_price = np.empty(len(dataset.table))
    seconds = []
    parts = list(folds(len(dataset.table)))
    for number, (train, test) in enumerate(parts, start=1):
        prediction = kept.read(number, len(test), tell)
        how = "taken from an earlier run"
        if prediction is None:
            prediction = _predict(dataset, algorithm, train, test)
            kept.write(number, prediction)
            how = f"{prediction.seconds:,.1f} s"
        log_price[test] = prediction.log_price
        seconds.append(prediction.seconds)
        figures = price_errors(dataset.price_eur[test], np.exp(prediction.log_price))
        tell(
            f"{algorithm.name}, fold {number} of {len(parts)}: MAE {figures['mae_eur']:,.0f} EUR, "
            f"median error {figures['mdape_percent']:.2f}% ({how})"
        )
    return Outcome(algorithm, evaluate(dataset, log_price), tuple(seconds))


def _predict(dataset: Dataset, algorithm: Algorithm, train: np.ndarray, test: np.ndarray) -> Prediction:
    assert algorithm.fit is not None  # who is not installed is not compared
    started = time.monotonic()
    pricer = algorithm.fit(dataset.table.iloc[train])
    log_price = pricer.log_listing_price(dataset.table.iloc[test])
    return Prediction(log_price, time.monotonic() - started)


def evaluate(dataset: Dataset, log_price: np.ndarray) -> Evaluation:
    """What model.evaluation.cross_validate measures, of log prices that any algorithm predicted for unseen rows."""
    table, price_eur = dataset.table, dataset.price_eur
    parts = list(folds(len(table)))
    model = model_numbers(table)
    support = np.empty(len(table), dtype=int)
    for train, test in parts:
        support[test] = np.bincount(model[train], minlength=model.max() + 1)[model[test]]
    predicted_eur = np.exp(log_price)
    errors = Errors(np.log(price_eur) - log_price, support, model, table["age_years"].to_numpy(), predicted_eur)
    below, above = np.empty(len(table)), np.empty(len(table))
    for others, fold in parts:
        below[fold], above[fold] = calibrate(errors.take(others)).half_widths(errors.take(fold))
    by_fold = [price_errors(price_eur[test], predicted_eur[test]) for _, test in parts]
    evaluation = Evaluation({}, by_fold, errors, below, above)
    priced = support >= 1
    figures = price_errors(price_eur, predicted_eur) | {
        "coverage_percent": float(evaluation.held[priced].mean() * 100),
        "mean_width_percent": float(evaluation.width[priced].mean() * 100),
        "rmse_fixed_split_eur": by_fold[0]["rmse_eur"],
        "r2_fixed_split": by_fold[0]["r2"],
    }
    return Evaluation(figures, by_fold, errors, below, above)
