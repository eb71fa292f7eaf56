"""Algorithms on one table of listings, each cross-validated on the same folds and measured alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.dataset import Dataset
from model.evaluation import Evaluation, errors_in_words, evaluate, fold_errors
from model.experiments.algorithms import Algorithm
from model.experiments.bootstrap import Lead, leads
from model.experiments.kept_predictions import KeptPredictions, Prediction
from model.fitting import Fit, chunks_of, fit

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """An algorithm's errors on one table, with ranges about its prices made as ours are, and the seconds a fold.

    predicted_eur is of the listings that were collected: reports judge nobody.
    """

    algorithm: Algorithm
    evaluation: Evaluation
    predicted_eur: np.ndarray
    seconds: tuple[float, ...]

    @property
    def mean_seconds(self) -> float:
        return sum(self.seconds) / len(self.seconds)


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

    @property
    def price_eur(self) -> np.ndarray:
        """The prices of the listings that were collected."""
        return self.dataset.price_eur[self.dataset.collected]


def compare(dataset: Dataset, algorithms: Sequence[Algorithm], kept_in: Path, *, fresh: bool, tell: Tell) -> Comparison:
    """Run the algorithms, ours first among them, on all folds of a table. What kept_in has of them is taken from there.

    fresh: what it has is forgotten before.
    """
    outcomes = tuple(_run(dataset, algorithm, kept_in, fresh, tell) for algorithm in algorithms)
    ours, *others = outcomes
    tell("comparing ours with each other by resampling the cars")
    lead = leads(
        dataset.price_eur[dataset.collected],
        ours.predicted_eur,
        {other.algorithm.name: other.predicted_eur for other in others},
    )
    tell("fitting ours on all rows, for its curves")
    return Comparison(dataset, outcomes, lead, fit(chunks_of(dataset.table)))


def _run(dataset: Dataset, algorithm: Algorithm, kept_in: Path, fresh: bool, tell: Tell) -> Outcome:
    kept = KeptPredictions(kept_in, dataset, algorithm)
    if fresh:
        kept.forget()
    log_price = np.empty(len(dataset.table))
    seconds = []
    parts = list(dataset.folds())
    for number, (train, test) in enumerate(parts, start=1):
        prediction = kept.read(number, len(test), tell)
        how = "taken from an earlier run"
        if prediction is None:
            prediction = _predict(dataset, algorithm, train, test)
            kept.write(number, prediction)
            how = f"{prediction.seconds:,.1f} s"
        log_price[test] = prediction.log_price
        seconds.append(prediction.seconds)
        figures = errors_in_words(fold_errors(dataset, log_price, test))
        tell(f"{algorithm.name}, fold {number} of {len(parts)}: {figures} ({how})")
    return Outcome(algorithm, evaluate(dataset, log_price), np.exp(log_price[dataset.collected]), tuple(seconds))


def _predict(dataset: Dataset, algorithm: Algorithm, train: np.ndarray, test: np.ndarray) -> Prediction:
    assert algorithm.fit is not None  # who is not installed is not compared
    started = time.monotonic()
    pricer = algorithm.fit(dataset.table.iloc[train])
    log_price = pricer.log_listing_price(dataset.table.iloc[test])
    return Prediction(log_price, time.monotonic() - started)
