"""The mix of a market: which share of its listings is of each age, price, make and so on, to tell two markets apart."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from model.dataset import Dataset

# Where the bands of numbers end, so that each holds a part of the market worth telling.
BANDS: Mapping[str, tuple[float, ...]] = {
    "age_years": (1, 3, 5, 7, 10, 15),
    "mileage_km": (10_000, 30_000, 60_000, 100_000, 150_000, 200_000),
    "power_hp": (75, 100, 125, 150, 200, 300),
    "price_eur": (3_000, 6_000, 10_000, 15_000, 20_000, 30_000, 50_000),
}
WORDS = ("fuel", "gearbox", "make")
DECIMALS = 6
LEAST_SHARE = 1e-4  # of a band that is empty on one side, where the logarithm would have no bound
SMALL_SHARE = 0.01  # words rarer than this in the reference are told together

Mix = Mapping[str, Mapping[str, float]]  # of each feature the share of each band or word


def take_mix(dataset: Dataset) -> dict[str, dict[str, float]]:
    """The mix of the collected listings."""
    collected = dataset.table[dataset.collected]
    bands = {name: pd.cut(collected[name], (-np.inf, *ends, np.inf)).astype(str) for name, ends in BANDS.items()}
    shares = {
        name: values.value_counts(normalize=True).sort_index().round(DECIMALS)
        for name, values in {**bands, **{name: collected[name] for name in WORDS}}.items()
    }
    return {name: {str(value): float(share) for value, share in some.items()} for name, some in shares.items()}


def profile(dataset: Dataset) -> dict[str, Any]:
    """What a version keeps of its data, for later data to be told from."""
    return {"listings": int(dataset.collected.sum()), "synthetic": dataset.synthetic, "mix": take_mix(dataset)}


def drift(reference: Mix, mix: Mix) -> dict[str, float]:
    """How far each feature's mix is from the reference's: the population stability index, the sum over bands of
    (share - share before) x ln(share / share before).
    """
    return {name: _stability_index(reference[name], shares) for name, shares in mix.items() if name in reference}


def _stability_index(before: Mapping[str, float], now: Mapping[str, float]) -> float:
    index = 0.0
    rest_before = rest_now = 0.0
    for value in sorted({*before, *now}):
        if before.get(value, 0.0) < SMALL_SHARE:
            rest_before += before.get(value, 0.0)
            rest_now += now.get(value, 0.0)
        else:
            index += _term(before[value], now.get(value, 0.0))
    return index + _term(rest_before, rest_now)


def _term(before: float, now: float) -> float:
    before, now = max(before, LEAST_SHARE), max(now, LEAST_SHARE)
    return float((now - before) * np.log(now / before))
