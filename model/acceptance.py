"""What no version may be registered with: figures that say the listings were read wrongly or tell nothing of prices."""

import math

import numpy as np

from model.dataset import Dataset
from model.errors import DataError
from model.evaluation import Evaluation

# Half of all cars below or above these is another currency, or prices in thousands.
PLAUSIBLE_MEDIAN_EUR = (700.0, 150_000.0)
LEAST_EXPLAINED = 0.3  # of the variance of log prices; real listings reach 0.95, shuffled columns 0
COVERAGE_PERCENT = (80.0, 98.0)  # of a 90% range, cross-validated


def check_prices(dataset: Dataset) -> None:
    """Raise DataError for prices that cannot be asked in euros for a market of cars, or that are all alike."""
    price_eur = dataset.price_eur[dataset.collected]
    if price_eur.min() == price_eur.max():
        raise DataError(f"{dataset.source}: every price is {price_eur[0]:,.0f}, so there is nothing to learn")
    median = float(np.median(price_eur))
    low, high = PLAUSIBLE_MEDIAN_EUR
    if not low <= median <= high:
        raise DataError(
            f"{dataset.source}: the median price is {median:,.0f}, which is not that of a market of cars in euros "
            f"({low:,.0f} to {high:,.0f}). Are the prices in another currency, or in thousands?"
        )


def check_evaluation(dataset: Dataset, evaluation: Evaluation) -> None:
    """Raise DataError for a model that prices no better than chance, or whose range does not hold."""
    if not all(math.isfinite(figure) for figure in evaluation.figures.values()):
        raise DataError(f"{dataset.source}: the cross-validated figures are not finite: {evaluation.figures}")
    log_error, log_price = evaluation.errors.log_error, np.log(dataset.price_eur)
    explained = 1 - log_error[dataset.collected].var() / log_price[dataset.collected].var()
    if explained < LEAST_EXPLAINED:
        raise DataError(
            f"{dataset.source}: the cars explain {max(explained, 0):.0%} of the variance of their prices, where "
            f"listings explain {LEAST_EXPLAINED:.0%} at the very least. Are columns mixed up?"
        )
    low, high = COVERAGE_PERCENT
    coverage = evaluation.figures["coverage_percent"]
    if not low <= coverage <= high:
        raise DataError(
            f"{dataset.source}: the 90% range holds {coverage:.0f}% of prices, not {low:.0f} to {high:.0f}%"
        )
