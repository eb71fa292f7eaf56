"""Bounded ridge on the log of the price, in a few passes over chunks of listings, here or on a cluster."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from model import census, moments
from model.ancestry import Ancestry, trace
from model.bounded import minimise
from model.cell_sums import cell_sums
from model.census import Census
from model.composition import compose
from model.design import Design, build_design
from model.moments import Layout, Moments
from model.normal_equations import NormalEquations
from model.schema.features import CATEGORIES

REWEIGHTINGS = 2  # a third changes no figure
# Of the objective. What is left of it moves prices by 0.01% in the mean. The passes before the last make weights only.
TOLERANCE = 1e-6
TOLERANCE_FOR_WEIGHTS = 1e-4

DECIMALS = 7  # of a coefficient: a ten-millionth of a price is less than anyone can see, and the table stays small

ROWS_PER_CHUNK = 100_000

Chunk = Callable[[], pd.DataFrame]
Run = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Part:
    """Some rows of a table, as a chunk."""

    listings: pd.DataFrame

    def __call__(self) -> pd.DataFrame:
        return self.listings


def chunks_of(listings: pd.DataFrame, rows: int = ROWS_PER_CHUNK) -> list[Chunk]:
    """A table that is in memory, as chunks of so many rows."""
    return [Part(listings.iloc[i : i + rows]) for i in range(0, len(listings), rows)]


@dataclass(frozen=True)
class Fit:
    """The design on the listings' vocabulary, its coefficients (model.composition), and its nodes' ancestry."""

    census: Census
    design: Design
    ancestry: Ancestry
    coefficients: np.ndarray

    @property
    def averages(self) -> np.ndarray:
        """Each node's average car: (nodes, rises)."""
        return self.ancestry.averages

    @property
    def rises(self) -> np.ndarray:
        """The rises of each node's curves: (nodes, rises)."""
        return self.coefficients[: self.averages.size].reshape(self.averages.shape)

    @property
    def levels(self) -> np.ndarray:
        return self.coefficients[self.averages.size : self.averages.size + self.design.level_count]

    @property
    def index(self) -> np.ndarray:
        """The log of the market's level at the knots of design.index, against the market date (the first: 0)."""
        start = self.averages.size + self.design.level_count
        return np.concatenate([[0.0], self.coefficients[start : start + self.design.index_count]])

    @property
    def sale_level(self) -> float:
        """The log of what sales are against asking prices, all else equal."""
        return float(self.coefficients[-1])

    def log_price(self, features: pd.DataFrame) -> np.ndarray:
        """The plain evaluation, design matrix times coefficients: log asking prices on the market date."""
        return self.log_listing_price(features.assign(days_ago=0.0, price_kind="asking"))

    def log_listing_price(self, listings: pd.DataFrame) -> np.ndarray:
        """The same on the day of each listing (days_ago) and for its price_kind."""
        cells = listings[list(CATEGORIES)].drop_duplicates(ignore_index=True)
        layout = Layout(self.design, cells)
        heights = compose(layout, self.ancestry).heights(self.coefficients)
        places, values = layout.hats(listings)
        numbers = layout.cell_numbers(listings)
        return self.design.intercept + (heights[numbers[:, np.newaxis], places] * values).sum(axis=1)


def fit(chunks: Sequence[Chunk], run: Run = map) -> Fit:
    """Fit log price on all rows of the chunks: tables of FEATURES, price_eur, days_ago, price_kind,
    weight and is_report (model.dataset).

    `run` maps a function over the chunks, map() or a cluster's; the passes are 2 + REWEIGHTINGS. The median price is
    aimed at, so nothing corrects exp() to the mean.
    """
    counted = census.add_up(run(_count, chunks))
    design = build_design(counted)
    layout = Layout(design, counted.cells)
    sums = cell_sums(layout, moments.add_up(run(partial(_sum, layout=layout, heights=None), chunks)))
    with threadpool_limits(1):  # sums over more threads would be other bits on other machines
        composition = compose(layout, trace(design, sums))
    coefficients = np.zeros(composition.coefficient_count)
    for passed in range(1 + REWEIGHTINGS):
        if passed:
            heights = composition.heights(coefficients)
            sums = cell_sums(layout, moments.add_up(run(partial(_sum, layout=layout, heights=heights), chunks)))
        equations = NormalEquations(design, composition, sums)
        with threadpool_limits(1):  # products are small: more threads cost more than they save
            tolerance = TOLERANCE if passed == REWEIGHTINGS else TOLERANCE_FOR_WEIGHTS
            coefficients = minimise(equations, coefficients, tolerance=tolerance)
    # + 0.0 turns -0.0 into 0.0
    return Fit(counted, design, composition.ancestry, np.round(coefficients, DECIMALS) + 0.0)


def _count(chunk: Chunk) -> Census:
    return census.take_census(chunk())


def _sum(chunk: Chunk, layout: Layout, heights: np.ndarray | None) -> Moments:
    return moments.sum_chunk(chunk(), layout, heights)
