"""The linear design: what the log of a price is the sum of.

    log price = intercept
              + one level for each of the car's words, and for some of them together   (CATEGORY_TERMS)
              + a curve of age + a curve of mileage + a curve of log power              (CURVES)
              + the market index on the day of the listing + the level of a sale        (the listing's circumstances)

A curve is straight between its axis' knots and flat outside. Its coefficients are its rises, one a segment: how much
the price gains from the worse end of the segment to the better one (younger, fewer kilometres, more power). They are
never negative, and a car meets one curve an axis: so a price can only go the right way.

Curves form a tree: all cars > price class > family of models > model > model and fuel > model, fuel and gearbox; a make
has a node of its own below its class, for cars of which no family is known (CURVE_LEVELS). Every node holds whole
curves, not differences to its parent's, and is pulled towards its parent as strongly as it has few listings to say
otherwise. Price classes have no bounds: a family between two of them is pulled to what lies between their curves
(model.ancestry). A car takes the curves of the deepest node that knows it, and no class' curves themselves.

A node's curves count from the node's average car. What sets that car apart from its parent's average car is priced by
the parent's curves, so that the levels of a small model's and a large one's mean the same:

    curves of a car at node n = rises_n . (car - average_n) + rises_parent . (average_n - average_parent) + ...

The circumstances move prices while fitting and are not part of a car's price: it is asked for on the market date.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pandas as pd

from model.axes import end_at
from model.census import Census
from model.families import with_families
from model.schema.features import DAYS_PER_YEAR
from model.table import Axis

Words = tuple[str, ...]

# A level of these words together counts where it lowers the error; how strongly it is pulled to 0, in listings. Levels
# are free: no category can turn a curve round.
CATEGORY_TERMS: Mapping[Words, float] = {
    ("make",): 2.0,
    ("fuel",): 2.0,
    ("gearbox",): 2.0,
    ("offer_type",): 2.0,
    ("make", "fuel"): 2.0,
    ("make", "gearbox"): 2.0,
    ("make", "offer_type"): 2.0,
    ("make", "family"): 1.0,
    ("make", "family", "fuel"): 4.0,
    ("make", "family", "gearbox"): 4.0,
    ("make", "family", "offer_type"): 4.0,
    ("make", "model"): 3.0,
    ("make", "model", "fuel"): 5.0,
    ("make", "model", "gearbox"): 5.0,
    ("make", "model", "offer_type"): 5.0,
    ("make", "model", "fuel", "gearbox"): 5.0,
}


@dataclass(frozen=True)
class CurveLevel:
    """Nodes of the tree of curves: by which words, from how many listings on, and how strongly each axis' rises are
    pulled to the parent's (in listings that span a segment).
    """

    by: Words
    fewest: int
    pull: Mapping[str, float]


# The knots are prices of a make's or a family's cars.
PRICE_CLASSES = Axis("log", (8_000, 16_000, 32_000, 64_000, 256_000))
CLASS_PULL = {"age_years": 4.0, "mileage_km": 4.0, "power_hp": 3.0}
CURVE_LEVELS = (
    CurveLevel(("make",), 1, {"age_years": 4.0, "mileage_km": 4.0, "power_hp": 3.0}),
    CurveLevel(("make", "family"), 1, {"age_years": 5.0, "mileage_km": 5.0, "power_hp": 4.0}),
    CurveLevel(("make", "family", "model"), 2, {"age_years": 6.0, "mileage_km": 6.0, "power_hp": 4.5}),
    CurveLevel(("make", "family", "model", "fuel"), 3, {"age_years": 15.0, "mileage_km": 15.0, "power_hp": 9.0}),
    CurveLevel(
        ("make", "family", "model", "fuel", "gearbox"), 5, {"age_years": 20.0, "mileage_km": 20.0, "power_hp": 12.0}
    ),
)
MAKE_DEPTH, FAMILY_DEPTH, MODEL_DEPTH = 1, 2, 3  # in the tree, whose root is at 0
# Rises of narrow segments are small, so they are pulled more strongly: by the root of how narrow they are.
NARROWEST, WIDEST = 10.0, 0.1  # times as narrow as the axis' mean segment, at most and at least
ROOT_PULL = 1.0  # of the curves of all cars to flat ones

# The direction in which a price may go, and the knots: closer where prices bend or listings crowd.
CURVES = {
    "age_years": (-1, Axis("linear", (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 40))),
    "mileage_km": (-1, Axis(
        "linear",
        (0, 100, 2_000, 5_000, 10_000, 20_000, 30_000, 45_000, 60_000, 80_000, 100_000, 125_000, 150_000, 200_000,
         250_000, 400_000),
    )),
    "power_hp": (1, Axis("log", tuple(round(30 * (800 / 30) ** (i / 40), 1) for i in range(41)))),
}  # fmt: skip
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
# The market index: monthly for a year back from the market date, then ever more coarsely.
INDEX_MONTHS_AGO = (*range(13), 15, 18, 21, 24, 30, 36, 48, 60, 84, 120, 180, 300)
INDEX_DAYS_AGO = Axis("linear", tuple(DAYS_PER_MONTH * months for months in INDEX_MONTHS_AGO))
# Of the index' slope in one segment to the next one's, and of every slope to 0; in listings, for slopes a month.
INDEX_BEND_PULL = 50.0
INDEX_SLOPE_PULL = 1.0
SALE_PULL = 1_000.0  # of the level of sales to that of asking prices, in listings


@dataclass(frozen=True)
class Design:
    """The design on some listings: axes that end where they do, and the nodes and levels that occur in them.

    nodes number the tree's nodes, level by level from the root, with those of the price classes after it, and levels
    those of each of CATEGORY_TERMS; both run on from one dictionary to the next. parents is the node above each, -1 for
    the root and where price classes are above. index is None where all listings are of one day.
    """

    intercept: float
    axes: Mapping[str, Axis]
    nodes: tuple[Mapping[Words, int], ...]
    levels: tuple[Mapping[Words, int], ...]
    parents: np.ndarray
    index: Axis | None

    @property
    def node_count(self) -> int:
        return len(self.parents)

    @property
    def classes(self) -> slice:
        """The nodes of the price classes."""
        return slice(1, 1 + len(PRICE_CLASSES.knots))

    @property
    def level_count(self) -> int:
        return sum(map(len, self.levels))

    @property
    def index_count(self) -> int:
        return 0 if self.index is None else len(self.index.knots) - 1  # on the market date itself it is 0

    def node_chains(self, cells: pd.DataFrame) -> np.ndarray:
        """For each row of words the node of each level from the root on, -1 where there is none: (rows, levels)."""
        cells = with_families(cells)
        chains = [np.zeros(len(cells), dtype=int)]
        for level, nodes in zip(CURVE_LEVELS, self.nodes[1:], strict=True):
            chains.append(_numbers_of(cells, level.by, nodes))
        return np.stack(chains, axis=1)

    def cell_levels(self, cells: pd.DataFrame) -> np.ndarray:
        """For each row of words the level of each category term, -1 where it is unknown: (rows, terms)."""
        cells = with_families(cells)
        found = [_numbers_of(cells, by, known) for by, known in zip(CATEGORY_TERMS, self.levels, strict=True)]
        return np.stack(found, axis=1)


def build_design(census: Census) -> Design:
    """The design for the listings that were counted: axes as far as they reach, every word that occurs as a level."""
    cells = with_families(census.cells)
    nodes: list[dict[Words, int]] = [{(): 0}]
    parents = [-1, *(0 for _ in PRICE_CLASSES.knots)]
    by_above: Words = ()
    for depth, level in enumerate(CURVE_LEVELS, start=1):
        rows = cells.groupby(list(level.by), sort=True)["rows"].sum()
        known = [_words(key) for key, count in rows.items() if count >= level.fewest]
        above = nodes[-1]
        nodes.append({words: len(parents) + i for i, words in enumerate(known)})
        parents += [-1 if depth <= FAMILY_DEPTH else above[words[: len(by_above)]] for words in known]
        by_above = level.by
    levels: list[dict[Words, int]] = []
    for by in CATEGORY_TERMS:
        start = sum(map(len, levels))
        found = (_words(key) for key in cells.groupby(list(by), sort=True).groups)
        levels.append({words: start + i for i, words in enumerate(found)})
    return Design(
        intercept=census.mean_log_price,
        axes={name: end_at(axis, *census.reach[name]) for name, (_, axis) in CURVES.items()},
        nodes=tuple(nodes),
        levels=tuple(levels),
        parents=np.array(parents),
        index=end_at(INDEX_DAYS_AGO, 0.0, census.reach["days_ago"][1]) if census.reach["days_ago"][1] > 0 else None,
    )


def pulls(design: Design) -> np.ndarray:
    """How strongly each node's rises are pulled to those above it (the root's: to 0): (nodes, rises)."""
    counts = [len(axis.knots) - 1 for axis in design.axes.values()]
    rows = [np.full((1, sum(counts)), ROOT_PULL)]
    for pull, nodes in (
        (CLASS_PULL, len(PRICE_CLASSES.knots)),
        *((level.pull, len(nodes)) for level, nodes in zip(CURVE_LEVELS, design.nodes[1:], strict=True)),
    ):
        rows.append(np.tile(np.repeat([pull[name] for name in design.axes], counts), (nodes, 1)))
    return np.concatenate(rows) * np.concatenate([_narrowness(axis) for axis in design.axes.values()])


def _narrowness(axis: Axis) -> np.ndarray:
    """How much more strongly the rise of each segment is pulled."""
    widths = np.diff(axis.positions())
    return np.sqrt(np.clip(widths.mean() / widths, WIDEST, NARROWEST))


def index_pull(index: Axis) -> np.ndarray:
    """The pulls on the market index as a matrix over its knots but the first, (knots - 1, knots - 1)."""
    months = np.diff(index.knots) / DAYS_PER_MONTH
    count = len(months)
    slopes = (np.eye(count) - np.eye(count, k=-1)) / months[:, np.newaxis]
    bends = np.diff(slopes, axis=0)
    return INDEX_SLOPE_PULL * slopes.T @ slopes + INDEX_BEND_PULL * bends.T @ bends


def rises_to_heights(axes: Mapping[str, Axis]) -> np.ndarray:
    """What each rise adds to the curve's height at each knot: (rises, knots), all axes' after one another.

    A curve is 0 at its worse end. A rise counts in full at every knot on the better side of its segment.
    """
    knot_counts = [len(axis.knots) for axis in axes.values()]
    matrix = np.zeros((sum(knot_counts) - len(knot_counts), sum(knot_counts)))
    knot_starts = [0, *accumulate(knot_counts)]
    for number, name in enumerate(axes):
        count, first_knot = knot_counts[number], knot_starts[number]
        better_above = CURVES[name][0] > 0
        for segment in range(count - 1):
            better = slice(segment + 1, count) if better_above else slice(0, segment + 1)
            matrix[first_knot - number + segment, first_knot : first_knot + count][better] = 1.0
    return matrix


def _numbers_of(cells: pd.DataFrame, by: Words, numbers: Mapping[Words, int]) -> np.ndarray:
    columns = [cells[name] for name in by]
    return np.array([numbers.get(words, -1) for words in zip(*columns, strict=True)], dtype=int)


def _words(key: object) -> Words:
    return key if isinstance(key, tuple) else (str(key),)
