"""The first pass over the listings: which cars there are, how many of each, and how far their numbers reach.

What accounts report adds cells, and counts for nothing else: what is published of a model (its listings, its typical
car, how far its numbers reach) is told by what was collected alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd

from model.schema.features import CATEGORIES, NUMBERS

# What the typical car of a model is counted in: months, thousands of km, whole hp.
STEPS = {"age_years": 1 / 12, "mileage_km": 1_000.0, "power_hp": 1.0}


@dataclass(frozen=True)
class Census:
    """Counts of some listings. Those of several parts together are those of the whole.

    cells has a row for each combination of words that occurs, sorted, with its number of `rows` and how many of them
    were `collected`. All else is of the collected: values holds for each number a series of counts by make, model and
    value in STEPS; ends a table of its least and greatest (min, max) by make and model; reach those of each number and
    of days_ago over all models.
    """

    cells: pd.DataFrame
    values: Mapping[str, pd.Series]
    ends: Mapping[str, pd.DataFrame]
    reach: Mapping[str, tuple[float, float]]
    log_price_thousandths: int  # their sum, of whole numbers: it does not depend on the order of the parts

    @property
    def mean_log_price(self) -> float:
        return self.log_price_thousandths / 1_000 / max(int(self.cells["collected"].sum()), 1)


def take_census(listings: pd.DataFrame) -> Census:
    """Count some listings: a table of FEATURES, price_eur, days_ago and is_report."""
    is_collected = ~listings["is_report"].astype(bool)
    collected = listings[is_collected]
    cells = listings.assign(collected=is_collected).groupby(list(CATEGORIES), sort=True)
    values = {
        name: collected.assign(value=np.rint(collected[name] / step)).groupby(["make", "model", "value"]).size()
        for name, step in STEPS.items()
    }
    return Census(
        cells=cells["collected"].agg(rows="size", collected="sum").reset_index(),
        values=values,
        ends={name: collected.groupby(["make", "model"])[name].agg(["min", "max"]) for name in NUMBERS},
        reach={name: _reach(collected[name].to_numpy(dtype=float)) for name in (*NUMBERS, "days_ago")},
        log_price_thousandths=int(np.rint(np.log(collected["price_eur"]) * 1_000).sum()),
    )


def _reach(numbers: np.ndarray) -> tuple[float, float]:
    """The least and the greatest; of none what changes nobody else's."""
    return float(numbers.min(initial=np.inf)), float(numbers.max(initial=-np.inf))


def add_up(parts: Iterable[Census]) -> Census:
    """The census of all parts together; one part at a time is held beside it."""
    return reduce(_both, parts)


def _both(one: Census, other: Census) -> Census:
    cells = pd.concat([one.cells, other.cells]).groupby(list(CATEGORIES), sort=True)[["rows", "collected"]].sum()
    return Census(
        cells=cells.reset_index(),
        values={
            name: pd.concat([one.values[name], other.values[name]]).groupby(level=[0, 1, 2]).sum() for name in STEPS
        },
        ends={
            name: pd.concat([one.ends[name], other.ends[name]]).groupby(level=[0, 1]).agg({"min": "min", "max": "max"})
            for name in NUMBERS
        },
        reach={
            name: (min(low, other.reach[name][0]), max(high, other.reach[name][1]))
            for name, (low, high) in one.reach.items()
        },
        log_price_thousandths=one.log_price_thousandths + other.log_price_thousandths,
    )
