"""How well the design prices cars that it has not seen: cross-validated errors, and how often the range holds."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from model.dataset import Dataset
from model.errors import DataError
from model.fitting import Run, chunks_of, fit
from model.ranges import FEWEST_IN_BUCKET, Errors, calibrate

# Above it a few supercars weigh more than all others together; figures are given below it too.
COMMON_PRICES_UP_TO_EUR = 100_000.0


@dataclass(frozen=True)
class Evaluation:
    """Cross-validated figures; and for each row, priced by the fit that had not seen it, its errors and its range.

    below and above are how far the range reached from the log price; by the errors of the other folds.
    """

    figures: dict[str, float]
    by_fold: list[dict[str, float]]
    errors: Errors
    below: np.ndarray
    above: np.ndarray

    @property
    def held(self) -> np.ndarray:
        """Whether the range held the price."""
        return (self.errors.log_error >= -self.below) & (self.errors.log_error <= self.above)

    @property
    def width(self) -> np.ndarray:
        """The range's width as a share of the price."""
        return np.exp(self.above) - np.exp(-self.below)


def cross_validate(dataset: Dataset, progress: Callable[[str], None], run: Run = map) -> Evaluation:
    """Fit on all folds but one, price that one, for each fold in turn. Tells `progress` of each.

    Raises DataError where hardly any model comes twice.
    """
    table = dataset.table
    parts = list(dataset.folds())
    log_price = np.empty(len(table))
    for number, (train, test) in enumerate(parts, start=1):
        log_price[test] = fit(chunks_of(table.iloc[train]), run).log_listing_price(table.iloc[test])
        progress(f"fold {number} of {len(parts)}: {errors_in_words(fold_errors(dataset, log_price, test))}")
    return evaluate(dataset, log_price)


def evaluate(dataset: Dataset, log_price: np.ndarray) -> Evaluation:
    """Judge log prices that any algorithm predicted, for each row by a fit on the folds that it is not in.

    What accounts report is learnt from, and neither judges nor is judged: it has support 0, and no part in figures and
    ranges, which nobody could make narrow or wide by reports.

    Raises DataError where hardly any model comes twice.
    """
    table, price_eur = dataset.table, dataset.price_eur
    collected = dataset.collected
    parts = list(dataset.folds())
    model = model_numbers(table)
    support = np.empty(len(table), dtype=int)
    for train, test in parts:
        listings = np.bincount(model[train[collected[train]]], minlength=model.max() + 1)
        support[test] = np.where(collected[test], listings[model[test]], 0)
    if (support >= 1).sum() < FEWEST_IN_BUCKET:
        raise DataError(
            f"{dataset.source}: fewer than {FEWEST_IN_BUCKET} listings share their make and model with another, so "
            "there is nothing to tell a model's price from"
        )
    predicted_eur = np.exp(log_price)
    errors = Errors(np.log(price_eur) - log_price, support, model, table["age_years"].to_numpy(), predicted_eur)
    below, above = np.empty(len(table)), np.empty(len(table))
    for others, fold in parts:
        below[fold], above[fold] = calibrate(errors.take(others)).half_widths(errors.take(fold))
    by_fold = [fold_errors(dataset, log_price, test) for _, test in parts]
    evaluation = Evaluation({}, by_fold, errors, below, above)
    priced = support >= 1
    figures = price_errors(price_eur[collected], predicted_eur[collected]) | {
        "coverage_percent": float(evaluation.held[priced].mean() * 100),
        "mean_width_percent": float(evaluation.width[priced].mean() * 100),
        # of one split of 80 to 20, the first fold, to compare with figures that others publish of one
        "rmse_fixed_split_eur": by_fold[0]["rmse_eur"],
        "r2_fixed_split": by_fold[0]["r2"],
    }
    return replace(evaluation, figures=figures)


def fold_errors(dataset: Dataset, log_price: np.ndarray, test: np.ndarray) -> dict[str, float]:
    """The price_errors of a fold's collected rows."""
    judged = test[dataset.collected[test]]
    return price_errors(dataset.price_eur[judged], np.exp(log_price[judged]))


def errors_in_words(figures: dict[str, float]) -> str:
    return f"MAE {figures['mae_eur']:,.0f} EUR, median error {figures['mdape_percent']:.2f}%"


def model_numbers(table: pd.DataFrame) -> np.ndarray:
    """A number for each make and model, in the order of the alphabet."""
    return table.groupby(["make", "model"], sort=True).ngroup().to_numpy()


def price_errors(price_eur: np.ndarray, predicted_eur: np.ndarray) -> dict[str, float]:
    """MAE and RMSE in euros, R2, mean and median absolute error in per cent of the price, MAE of common prices.

    A market of dear cars alone has no figure for common prices.
    """
    error = predicted_eur - price_eur
    absolute = np.abs(error)
    common = price_eur <= COMMON_PRICES_UP_TO_EUR
    figures = {
        "mae_eur": float(absolute.mean()),
        "mdape_percent": float(np.median(absolute / price_eur) * 100),
        "mape_percent": float((absolute / price_eur).mean() * 100),
        "rmse_eur": float(np.sqrt((error**2).mean())),
        "r2": float(1 - (error**2).sum() / ((price_eur - price_eur.mean()) ** 2).sum()),
    }
    return figures | ({"mae_up_to_100k_eur": float(absolute[common].mean())} if common.any() else {})
