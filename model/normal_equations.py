"""The least-squares problem in the coefficients: the sums over the listings, the design's map, and its pulls."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy import sparse

from model.composition import Composition
from model.design import CATEGORY_PULL, CURVES, SALE_PULL, Design, index_pull, pulls
from model.moments import FIXED_POINT, Layout, Moments


@dataclass(frozen=True)
class CellSums:
    """The sums of model.moments in floats: gram is one block-diagonal matrix of all cells' (width, width) blocks."""

    layout: Layout
    gram: sparse.csr_array
    target: np.ndarray  # (cells, width)

    @cached_property
    def hats(self) -> np.ndarray:
        """The sums of the hats, weighted: (cells, width)."""
        first = np.zeros(self.target.shape)
        first[:, : self.layout.first_knots] = 1.0  # the hats of one axis add up to 1, so this sums over it
        return (self.gram @ first.ravel()).reshape(self.target.shape)

    @cached_property
    def weight(self) -> np.ndarray:
        """The weight of each cell's listings."""
        return self.hats[:, : self.layout.first_knots].sum(axis=1)


def cell_sums(layout: Layout, summed: Moments) -> CellSums:
    upper = summed.gram.tocoo()
    columns = upper.col + upper.row // layout.width * layout.width
    off_diagonal = upper.row != columns
    rows = np.concatenate([upper.row, columns[off_diagonal]])
    columns = np.concatenate([columns, upper.row[off_diagonal]])
    values = np.concatenate([upper.data, upper.data[off_diagonal]]) / FIXED_POINT
    size = len(layout.cells) * layout.width
    gram = sparse.coo_array((values, (rows, columns)), shape=(size, size)).tocsr()
    return CellSums(layout, gram, summed.target / FIXED_POINT)


def average_cars(design: Design, sums: CellSums) -> np.ndarray:
    """The share of each rise that the average car of each node has: (nodes, rises)."""
    layout = sums.layout
    rises = sums.hats[:, : layout.curve_width] @ layout.rises_to_heights.T
    averages = np.zeros((design.node_count, rises.shape[1]))
    weight = np.zeros(design.node_count)
    for nodes in design.node_chains(layout.cells).T:
        known = nodes >= 0
        np.add.at(averages, nodes[known], rises[known])
        np.add.at(weight, nodes[known], sums.weight[known])
    averages /= np.where(weight > 0, weight, 1.0)[:, np.newaxis]
    for node in np.flatnonzero(weight == 0):  # its listings weigh next to nothing: as its parent, which comes before it
        averages[node] = averages[design.parents[node]]
    return averages


class NormalEquations:
    """(gram + pulls) . coefficients = target, as products, for a bounded least-squares solver."""

    def __init__(self, design: Design, composition: Composition, sums: CellSums) -> None:
        self._composition, self._gram = composition, sums.gram
        self._penalty = _penalty(design, composition)
        self._tree = _Tree(design)
        self.target = composition.transposed(sums.target)
        self.diagonal = _diagonal(composition, sums) + self._penalty.diagonal()
        self.bounded = np.zeros(composition.coefficient_count, dtype=bool)
        self.bounded[: composition.rise_count] = True
        self._tree_pivots = self._tree.eliminate(self.diagonal[: composition.rise_count])

    def product(self, coefficients: np.ndarray) -> np.ndarray:
        heights = self._composition.heights(coefficients)
        pulled = self._penalty @ coefficients
        return self._composition.transposed((self._gram @ heights.ravel()).reshape(heights.shape)) + pulled

    def precondition(self, residual: np.ndarray) -> np.ndarray:
        """About the inverse times this: by the diagonal, and exactly along the tree, whose pulls bind most."""
        guess = residual / self.diagonal
        rises = self._composition.rise_count
        guess[:rises] = self._tree.solve(self._tree_pivots, residual[:rises])
        return guess


class _Tree:
    """The pulls of nodes to their parents as equations, which elimination from the leaves up solves without fill.

    For each rise alone: pivot.child - pull.parent = right-hand side, and the same from above.
    """

    def __init__(self, design: Design) -> None:
        self._parents, self._pulls = design.parents, pulls(design)
        starts = np.cumsum([0, *map(len, design.nodes)])
        self._levels = [slice(start, end) for start, end in pairwise(starts.tolist())]
        self._children = [
            sparse.csr_array(
                (np.ones(level.stop - level.start), (design.parents[level], np.arange(level.stop - level.start))),
                shape=(design.node_count, level.stop - level.start),
            )
            for level in self._levels[1:]
        ]

    def eliminate(self, diagonal: np.ndarray) -> np.ndarray:
        """The pivots of all nodes for this diagonal: (nodes, rises)."""
        pivots = diagonal.reshape(self._pulls.shape).copy()
        for level, children in zip(self._levels[:0:-1], reversed(self._children), strict=True):
            pivots -= children @ (self._pulls[level] ** 2 / pivots[level])
        return pivots

    def solve(self, pivots: np.ndarray, right: np.ndarray) -> np.ndarray:
        rises = right.reshape(pivots.shape).copy()
        for level, children in zip(self._levels[:0:-1], reversed(self._children), strict=True):
            rises += children @ (self._pulls[level] / pivots[level] * rises[level])
        rises /= pivots
        for level in self._levels[1:]:
            rises[level] += self._pulls[level] / pivots[level] * rises[self._parents[level]]
        return rises.ravel()


def _penalty(design: Design, composition: Composition) -> sparse.csr_array:
    """The pulls as a matrix: sum of pull * (child - parent)^2 over the tree, of pull * level^2, and so on."""
    strength = pulls(design)
    rises = np.arange(strength.size).reshape(strength.shape)
    children = rises[1:].ravel()
    parents = rises[design.parents[1:]].ravel()
    pull = strength[1:].ravel()
    levels = composition.rise_count + np.arange(design.level_count)
    index = levels[-1] + 1 + np.arange(design.index_count)
    last = composition.coefficient_count - 1
    entries = [
        (rises[0], rises[0], strength[0]),
        (children, children, pull), (parents, parents, pull), (children, parents, -pull), (parents, children, -pull),
        (levels, levels, np.full(len(levels), CATEGORY_PULL)),
        (np.array([last]), np.array([last]), np.array([SALE_PULL])),
    ]  # fmt: skip
    if design.index is not None:
        entries.append((np.repeat(index, len(index)), np.tile(index, len(index)), index_pull(design.index).ravel()))
    rows, columns, values = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    return sparse.coo_array((values, (rows, columns)), shape=(last + 1, last + 1)).tocsr()


def _diagonal(composition: Composition, sums: CellSums) -> np.ndarray:
    """The diagonal of the gram of coefficients."""
    layout = sums.layout
    diagonal = composition.level_of.power(2).T @ sums.weight
    # A rise meets itself where both hats of a product stand on its better side.
    upper = sparse.triu(sums.gram).tocoo()
    row, column = upper.row % layout.width, upper.col % layout.width
    value = np.where(row == column, upper.data, 2 * upper.data)
    squares = np.zeros((len(layout.cells), layout.curve_width - len(CURVES)))
    first = 0
    for number, (name, axis) in enumerate(layout.design.axes.items()):
        count = len(axis.knots)
        on_axis = (row >= first) & (column < first + count)
        worse = row if CURVES[name][0] > 0 else column
        of_knot = np.zeros((len(layout.cells), count))
        np.add.at(of_knot, (upper.row[on_axis] // layout.width, worse[on_axis] - first), value[on_axis])
        if CURVES[name][0] > 0:
            cumulated = of_knot[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
        else:
            cumulated = of_knot.cumsum(axis=1)[:, :-1]
        squares[:, first - number : first - number + count - 1] = cumulated
        first += count
    has = sums.hats[:, : layout.curve_width] @ layout.rises_to_heights.T
    own = squares - 2 * composition.averages[composition.deepest] * has
    by_node = np.zeros(composition.averages.shape)
    np.add.at(by_node, composition.deepest, own)
    diagonal[: by_node.size] += by_node.ravel()
    circumstances = layout.width - layout.curve_width
    if circumstances:
        blocks = sums.gram.diagonal().reshape(-1, layout.width)[:, layout.curve_width :]
        diagonal[len(diagonal) - circumstances :] += blocks.sum(axis=0)
    return diagonal
