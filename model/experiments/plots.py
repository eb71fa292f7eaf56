"""What the experiments' report plots: calibration, errors, our residuals, and our curves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from model.design import MODEL_DEPTH, rises_to_heights
from model.experiments.comparison import Comparison
from model.experiments.figures import Curve, bands, lines
from model.families import family
from model.fitting import Fit

QUANTILES = np.linspace(0.01, 0.99, 99)
GROUPS = 20  # of cars, as many in each, along an axis of residuals
BAND_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
# Shown of what algorithms differ by; the worst leave the plot, so that the others can be told apart.
WITHIN_PERCENT = 25.0
SHARES = np.linspace(0.1, 0.98, 89)
COMMONEST_MODELS = 6
OWN_CARS = (0.01, 0.99)  # between these shares of a model's cars its curve is drawn
CURVE_POINTS = 200
AXES = {"age_years": "Age, years", "mileage_km": "Mileage, km", "power_hp": "Power, hp"}


@dataclass(frozen=True)
class Plot:
    """A plot in its part of the report: its SVG, and what it shows."""

    part: Literal["calibration", "errors", "residuals", "curves"]
    svg: str
    caption: str


def plots(comparison: Comparison) -> list[Plot]:
    """All plots of one source."""
    return [*_calibration(comparison), _errors(comparison), *_residuals(comparison), *_curves(comparison)]


def deciles(predicted_eur: np.ndarray, actual_eur: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean prediction and the mean price of each tenth of the cars, from the cheapest predictions up."""
    tenths = np.array_split(predicted_eur.argsort(), 10)
    return (
        np.array([predicted_eur[cars].mean() for cars in tenths]),
        np.array([actual_eur[cars].mean() for cars in tenths]),
    )


def _calibration(comparison: Comparison) -> Iterator[Plot]:
    actual_eur = comparison.price_eur
    predicted = {outcome.algorithm.name: outcome.predicted_eur for outcome in comparison.outcomes}
    by_decile = {name: deciles(predicted_eur, actual_eur) for name, predicted_eur in predicted.items()}
    title = "Mean price against mean prediction, by tenths of the prediction"
    svg = lines(
        {name: (mean_eur, (price_eur / mean_eur - 1) * 100) for name, (mean_eur, price_eur) in by_decile.items()},
        title=f"{title}, {comparison.dataset.source}", x="Mean prediction, EUR",
        y="Mean price, % off it", log_x=True, within=WITHIN_PERCENT,
    )  # fmt: skip
    yield Plot("calibration", svg, f"{title}. Above the line, cars cost more than predicted.")
    title = "Quantiles of the predictions against those of the prices"
    actual = np.quantile(actual_eur, QUANTILES)
    svg = lines(
        {name: (actual, (np.quantile(values, QUANTILES) / actual - 1) * 100) for name, values in predicted.items()},
        title=f"{title}, {comparison.dataset.source}", x="Quantile of the prices, EUR",
        y="Quantile of predictions, % off it", log_x=True, within=WITHIN_PERCENT,
    )  # fmt: skip
    yield Plot("calibration", svg, f"{title}, from 1% to 99%. On the line both are distributed alike.")


def _errors(comparison: Comparison) -> Plot:
    actual_eur = comparison.price_eur
    off = {
        outcome.algorithm.name: np.quantile(np.abs(outcome.predicted_eur / actual_eur - 1), SHARES)
        for outcome in comparison.outcomes
    }
    ours = off[comparison.ours.algorithm.name]
    title = "Errors of all algorithms against ours, from the best priced cars to the worst"
    svg = lines(
        {name: (SHARES * 100, (quantiles / ours - 1) * 100) for name, quantiles in off.items()},
        title=f"{title}, {comparison.dataset.source}", x="Share of the cars priced better, %",
        y="Error, % above ours", within=WITHIN_PERCENT,
    )  # fmt: skip
    return Plot("errors", svg, f"{title}; in the middle the median error. Above ours, errors are larger.")


def _residuals(comparison: Comparison) -> Iterator[Plot]:
    collected = comparison.dataset.collected
    table, errors = comparison.dataset.table[collected], comparison.ours.evaluation.errors.take(collected)
    off = np.expm1(errors.log_error) * 100
    along = {"price_eur": ("Predicted price, EUR", errors.price_eur)}
    along |= {name: (label, table[name].to_numpy()) for name, label in AXES.items()}
    for name, (label, numbers) in along.items():
        title = f"Our residuals by {label.split(',')[0].lower()}"
        middles, spread = _spread(numbers, off)
        log = name in ("price_eur", "power_hp")
        svg = bands(
            middles, spread, title=f"{title}, {comparison.dataset.source}", x=label,
            y="Price, % off the prediction", log_x=log,
        )  # fmt: skip
        yield Plot("residuals", svg, f"{title}. Above the line, cars cost more than predicted.")


def _spread(numbers: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Groups of equally many cars along numbers: the median number of each, and the quantiles of its values."""
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, GROUPS + 1)[1:-1]))
    group = np.searchsorted(edges, numbers, "right")
    members = [np.flatnonzero(group == number) for number in np.unique(group)]
    middles = np.array([np.median(numbers[rows]) for rows in members])
    return middles, np.stack([np.quantile(values[rows], BAND_QUANTILES) for rows in members], axis=1)


def _curves(comparison: Comparison) -> Iterator[Plot]:
    table, fitted = comparison.dataset.table[comparison.dataset.collected], comparison.fitted
    models = table.value_counts(["make", "model"]).index[:COMMONEST_MODELS]
    for name, label in AXES.items():
        everywhere = table[name]
        curves = {"all cars": _curve(fitted, 0, name, everywhere.quantile(OWN_CARS))}
        for make, model in models:
            own = everywhere[(table["make"] == make) & (table["model"] == model)]
            node = fitted.design.nodes[MODEL_DEPTH][make, family(model), model]
            curves[f"{make} {model}"] = _curve(fitted, node, name, own.quantile(OWN_CARS))
        log = name == "power_hp"
        title = f"What {label.split(',')[0].lower()} does to our price"
        svg = lines(
            curves, title=f"{title}, {comparison.dataset.source}", x=label, y="Price, % of the left end's",
            log_x=log, log_y=log,
        )  # fmt: skip
        yield Plot("curves", svg, f"{title}: all cars, and the commonest models between 1% and 99% of their own cars.")


def _curve(fitted: Fit, node: int, name: str, ends: pd.Series) -> Curve:
    """A node's curve between two numbers, in per cent of the price at the first."""
    axes = fitted.design.axes
    heights = fitted.rises[node] @ rises_to_heights(axes)
    start = sum(len(axes[before].knots) for before in list(axes)[: list(axes).index(name)])
    axis = axes[name]
    first, last = axis.position(ends.to_numpy())
    positions = np.linspace(first, last, CURVE_POINTS)
    height = np.interp(positions, axis.positions(), heights[start : start + len(axis.knots)])
    numbers = np.exp(positions) if axis.scale == "log" else positions
    return numbers, np.exp(height - height[0]) * 100
