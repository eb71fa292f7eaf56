"""How good the prices are in each part of the market: by price, age, rarity and words, with confidence intervals."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from model.dataset import Dataset
from model.evaluation import Evaluation
from model.ranges import SUPPORT_BUCKETS
from model.schema.vocabulary import CLOSED_SETS

PRICE_BANDS_EUR = (0, 5_000, 10_000, 20_000, 50_000)
AGE_BANDS_YEARS = (0, 1, 3, 5, 7, 9, 12, 20)
UNITS = {
    "price_eur": ("cars at prices", " EUR"),
    "age_years": ("cars at ages", " years"),
    "listings of the model": ("models with listings", ""),
}
FEWEST_ROWS = 30  # of a segment: figures of fewer say nothing
Z = 1.96  # of 95% confidence

Segment = dict[str, Any]


def segments(dataset: Dataset, evaluation: Evaluation) -> list[Segment]:
    """One entry a segment: what it is, its rows, and its figures, each as [value, low, high] of 95% confidence.

    Rows whose model no other fold had are not priced and count nowhere.
    """
    found = parts_of_the_market(dataset.table, evaluation.errors.support)
    priced = evaluation.errors.support >= 1
    return [
        {"by": by, **which, "rows": int((rows & priced).sum()), **_figures(dataset, evaluation, rows & priced)}
        for by, which, rows in found
        if (rows & priced).sum() >= FEWEST_ROWS
    ]


def parts_of_the_market(listings: pd.DataFrame, support: np.ndarray) -> list[tuple[str, dict[str, Any], np.ndarray]]:
    """By what the market is cut, which part of it, and which rows those are; any of the parts may be empty.

    listings have price_eur, age_years, price_kind and the words of CLOSED_SETS; support is of each row's model.
    """
    bands = (
        ("price_eur", listings["price_eur"].to_numpy(), PRICE_BANDS_EUR),
        ("age_years", listings["age_years"].to_numpy(), AGE_BANDS_YEARS),
        ("listings of the model", support, SUPPORT_BUCKETS),
    )
    found = []
    for by, numbers, edges in bands:
        for rows, low, high in _cut(numbers, edges):
            found.append((by, {"from": low, "to": high}, rows))
    for name in (*CLOSED_SETS, "price_kind"):
        words = listings[name].to_numpy()
        found += [(name, {"word": word}, words == word) for word in sorted(set(words))]
    return found


def name_of(segment: Segment) -> str:
    """A segment in words: cars at prices below 5,000 EUR."""
    by, low, high = segment["by"], segment.get("from"), segment.get("to")
    if by == "price_kind":
        return f"{segment['word']} prices"
    if "word" in segment:
        return f"{by.replace('_', ' ')} {CLOSED_SETS[by].label(segment['word']).lower()}"
    what, unit = UNITS[by]
    if not low:
        return f"{what} below {high:,}{unit}"
    return f"{what} from {low:,}{unit}" + ("" if high is None else f" to {high:,}{unit}")


def _cut(numbers: np.ndarray, edges: tuple[int, ...]) -> Iterator[tuple[np.ndarray, int, int | None]]:
    for low, high in zip(edges, (*edges[1:], None), strict=True):
        yield (numbers >= low) & (numbers < high if high is not None else True), low, high


def _figures(dataset: Dataset, evaluation: Evaluation, rows: np.ndarray) -> dict[str, list[float]]:
    price_eur = dataset.price_eur[rows]
    log_error = evaluation.errors.log_error[rows]
    absolute_eur = np.abs(price_eur * (np.exp(-log_error) - 1))
    return {
        "mae_eur": _mean(absolute_eur),
        "mdape_percent": _median(absolute_eur / price_eur * 100),
        "bias_percent": _median(np.expm1(-log_error) * 100),
        "coverage_percent": _share(evaluation.held[rows]),
        "mean_width_percent": _mean(evaluation.width[rows] * 100),
    }


def _mean(values: np.ndarray) -> list[float]:
    half = Z * values.std() / np.sqrt(len(values))
    return _rounded(values.mean(), values.mean() - half, values.mean() + half)


def _median(values: np.ndarray) -> list[float]:
    """With the interval between order statistics that holds the median of any distribution."""
    ordered = np.sort(values)
    half = Z * np.sqrt(len(values)) / 2
    low = max(int(np.floor(len(values) / 2 - half)), 0)
    high = min(int(np.ceil(len(values) / 2 + half)), len(values) - 1)
    return _rounded(np.median(values), ordered[low], ordered[high])


def _share(held: np.ndarray) -> list[float]:
    """In per cent, with the interval of Wilson (1927)."""
    count, share = len(held), held.mean()
    middle = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    half = Z / (1 + Z**2 / count) * np.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2))
    return _rounded(100 * share, 100 * (middle - half), 100 * (middle + half))


def _rounded(*values: float) -> list[float]:
    return [round(float(value), 2) for value in values]
