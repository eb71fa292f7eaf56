"""What the fit needs to know of the listings: sums over them that have the size of the vocabulary, not of the data.

A listing's log price is linear in its hats: on each axis the two knots around its number share a weight of 1 (a
B-spline of degree 1). So all listings of a cell (make, model, fuel, gearbox, offer type) are told by two sums over
them, of w x x^T and w x y, with x the hats and the listing's circumstances, y the log price, w the listing's weight.

A chunk of listings gives its sums wherever it lies, and the sums of all chunks are added up. They are sums of whole
numbers (fixed point), so they are the same to the bit for any chunks in any order on any machines.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate

import numpy as np
import pandas as pd
from scipy import sparse

from model.axes import segments
from model.design import Design, rises_to_heights
from model.schema.features import CATEGORIES

# The unit of the sums. Exact as long as no sum reaches 2**53 of them: some 100 million listings of one cell.
FIXED_POINT = 2.0**26

# Beyond some 10% of error a listing's pull grows no further: it may be a damaged car or a typing error.
ROBUST_FROM = 0.1
# What someone reports may be a lie as well: beyond some 30% its pull falls again, soon to nothing, while an honest
# report that is off by a tenth keeps nearly all of it. Before there is a fit to judge it by, it hardly counts.
REPORTS_FROM = 0.5
FIRST_WEIGHT_OF_REPORTS = 0.01


@dataclass(frozen=True)
class Moments:
    """The sums by cell: gram, the upper triangles of (width, width) matrices on top of one another, and target,
    (cells, width); both in FIXED_POINT.
    """

    gram: sparse.csr_array
    target: np.ndarray


@dataclass(frozen=True)
class Layout:
    """How listings are written in numbers: the cells in their order, and what stands where in x.

    x holds the hats on the axes, then on the market index but for its first knot, then 1 for a sale.
    """

    design: Design
    cells: pd.DataFrame

    @cached_property
    def width(self) -> int:
        return self.curve_width + self.design.index_count + 1

    @cached_property
    def curve_width(self) -> int:
        """The hats on the axes."""
        return sum(len(axis.knots) for axis in self.design.axes.values())

    @cached_property
    def first_knots(self) -> int:
        """The hats on the first axis, which carries the levels too: a listing's hats on an axis add up to 1."""
        return len(next(iter(self.design.axes.values())).knots)

    @cached_property
    def rises_to_heights(self) -> np.ndarray:
        return rises_to_heights(self.design.axes)

    def cell_numbers(self, listings: pd.DataFrame) -> np.ndarray:
        """The cell of each listing, by its number. Each must be one that occurs."""
        key = np.zeros(len(listings), dtype=np.int64)
        known = np.zeros(len(self.cells), dtype=np.int64)
        for name in CATEGORIES:
            words = pd.Index(self.cells[name].unique()).sort_values()
            key = key * len(words) + words.get_indexer(pd.Index(listings[name]))
            known = known * len(words) + words.get_indexer(pd.Index(self.cells[name]))
        order = np.argsort(known)
        return order[np.searchsorted(known, key, sorter=order)]

    def hats(self, listings: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """The places in x where each listing has other than 0, and what: two arrays (listings, places)."""
        places, values = [], []
        starts = [0, *accumulate(len(axis.knots) for axis in self.design.axes.values())]
        for start, (name, axis) in zip(starts, self.design.axes.items(), strict=False):
            segment, share = segments(axis, listings[name].to_numpy(dtype=float))
            places += [start + segment, start + segment + 1]
            values += [1 - share, share]
        if self.design.index is not None:
            segment, share = segments(self.design.index, listings["days_ago"].to_numpy(dtype=float))
            start = self.curve_width - 1  # the first knot, the market date, has no place: the index is 0 there
            places += [np.maximum(start + segment, self.curve_width), start + segment + 1]
            values += [np.where(segment == 0, 0.0, 1 - share), share]
        places.append(np.full(len(listings), self.width - 1))
        values.append((listings["price_kind"] == "sale").to_numpy(dtype=float))
        # Places rise from left to right, and columns lie together in memory: sums run over them.
        return np.stack(places).T, np.stack(values).T


def sum_chunk(listings: pd.DataFrame, layout: Layout, heights: np.ndarray | None) -> Moments:
    """The sums over some listings: a table of FEATURES, price_eur, days_ago, price_kind, weight and is_report.

    heights, (cells, width), are an earlier fit's; by them each listing is weighed down as its error grows.
    """
    cells = layout.cell_numbers(listings)
    places, values = layout.hats(listings)
    target = np.log(listings["price_eur"].to_numpy()) - layout.design.intercept
    is_report = listings["is_report"].to_numpy(dtype=bool)
    weight = listings["weight"].to_numpy(dtype=float)
    if heights is None:
        weight = weight * np.where(is_report, FIRST_WEIGHT_OF_REPORTS, 1.0)
    else:
        weight = weight * robust_weight(target - (heights[cells[:, None], places] * values).sum(axis=1), is_report)
    size = len(layout.cells) * layout.width
    first = cells * layout.width  # the row of the gram where the listing's cell begins
    entries = []
    for i in range(places.shape[1]):
        weighted = values[:, i] * weight * FIXED_POINT
        for j in range(i, places.shape[1]):
            products = np.rint(weighted * values[:, j])
            some = np.flatnonzero(products)
            entries.append((products[some], (first + places[:, i])[some], places[some, j]))
    products, rows, columns = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    gram = sparse.coo_array((products, (rows, columns)), shape=(size, layout.width)).tocsr()
    weighted_target = weight * target * FIXED_POINT
    targets = np.zeros(size)
    for i in range(places.shape[1]):
        targets += np.bincount(first + places[:, i], np.rint(values[:, i] * weighted_target), minlength=size)
    return Moments(gram, targets.reshape(len(layout.cells), layout.width))


def robust_weight(log_error: np.ndarray, is_report: np.ndarray) -> np.ndarray:
    """What is left of a listing's weight at this error, 0 to 1.

    Listings: pseudo-Huber (Charbonnier et al. 1997, "Deterministic edge-preserving regularization"), whose pull is
    bounded. Reports: Geman and McClure (1987, "Statistical methods for tomographic image reconstruction"), whose pull
    comes back to 0.
    """
    weight = 1 / np.sqrt(1 + (log_error / ROBUST_FROM) ** 2)
    return np.where(is_report, (1 + (log_error / REPORTS_FROM) ** 2) ** -2.0, weight)


def add_up(parts: Iterable[Moments]) -> Moments:
    """The sums over all parts together; one part at a time is held beside them."""
    return reduce(lambda total, part: Moments(total.gram + part.gram, total.target + part.target), parts)
