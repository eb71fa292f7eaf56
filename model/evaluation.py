"""How well a design prices cars that it has not seen: cross-validated errors, and how often the range holds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model.dataset import Dataset, folds
from model.fitting import conformal_ranges, fit, support_of
from model.table import RangeStep

# Above it a few supercars weigh more than all others together; figures are given below it too.
COMMON_PRICES_UP_TO_EUR = 100_000.0


@dataclass(frozen=True)
class Evaluation:
    """Cross-validated figures, and the log residuals of all rows (true - predicted), each unseen by its fit."""

    figures: dict[str, float]
    by_fold: list[dict[str, float]]
    residuals: np.ndarray
    support: np.ndarray


def cross_validate(dataset: Dataset, progress: Callable[[str], None]) -> Evaluation:
    """Fit on all folds but one, price that one, for each fold in turn. Tells `progress` of each."""
    features, price_eur = dataset.features, dataset.price_eur
    parts = list(folds(len(price_eur)))
    predicted = np.empty(len(price_eur))
    by_fold = []
    for number, (train, test) in enumerate(parts, start=1):
        fitted = fit(features.iloc[train], price_eur[train])
        predicted[test] = fitted.log_price(features.iloc[test])
        by_fold.append(errors(price_eur[test], np.exp(predicted[test])))
        progress(
            f"fold {number} of {len(parts)}: MAE {by_fold[-1]['mae_eur']:,.0f} EUR, "
            f"median error {by_fold[-1]['mdape_percent']:.2f}%"
        )
    residuals = np.log(price_eur) - predicted
    support = support_of(features, features)
    figures = errors(price_eur, np.exp(predicted)) | _range_figures(parts, residuals, predicted, support)
    return Evaluation(figures, by_fold, residuals, support)


def errors(price_eur: np.ndarray, predicted_eur: np.ndarray) -> dict[str, float]:
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


def _range_figures(
    parts: list[tuple[np.ndarray, np.ndarray]], residuals: np.ndarray, predicted: np.ndarray, support: np.ndarray
) -> dict[str, float]:
    """Coverage and mean width of the range: each fold by the quantiles of the other folds' residuals."""
    held, width = np.empty(len(residuals), dtype=bool), np.empty(len(residuals))
    for others, fold in parts:
        low, high = range_of(conformal_ranges(residuals[others], support[others]), support[fold])
        held[fold] = (residuals[fold] >= low) & (residuals[fold] <= high)
        width[fold] = np.exp(high) - np.exp(low)
    return {"coverage_percent": float(held.mean() * 100), "mean_width_percent": float(width.mean() * 100)}


def range_of(ranges: tuple[RangeStep, ...], support: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The low and high ends of the log range for models of this support."""
    step = np.searchsorted([step.from_support for step in ranges], support, "right") - 1
    return np.array([s.low for s in ranges])[step], np.array([s.high for s in ranges])[step]
