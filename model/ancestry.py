"""What each node of the tree of curves is pulled to, and the average car that its curves count from.

Deep nodes are pulled to the node above them. Makes and families of models have the curves of their price class above
them: a Ferrari has more to learn from a McLaren than from what all cars say. Their classes follow from the listings:
what a make's or a family's cars would cost if they were all of the same age and mileage (a fixed-effects regression)
lies between two of PRICE_CLASSES, which share it by how near it is to each.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from model.axes import hats
from model.cell_sums import CellSums
from model.design import FAMILY_DEPTH, MAKE_DEPTH, PRICE_CLASSES, Design

CIRCUMSTANCE_PULL = 0.5  # of what a year, a distance or a day is worth when classes are told, in listings
PRICE_PULL = 2.0  # of a make's price to the mean and of a family's to its make's, in listings


@dataclass(frozen=True)
class Ancestry:
    """shares, (nodes, nodes), are what a node's parents each have in the curves that it is pulled to; they add up to 1.
    averages, (nodes, rises), are the shares of each rise that a node's average car has.
    """

    shares: sparse.csr_array
    averages: np.ndarray

    @property
    def pulled_apart(self) -> sparse.csr_array:
        """From curves to how they differ from what they are pulled to: (nodes, nodes)."""
        return (sparse.eye_array(len(self.averages)) - self.shares).tocsr()

    @cached_property
    def levels(self) -> sparse.csr_array:
        """From all nodes' rises to each node's level, which a car of no rise at all would have: (nodes, nodes x rises).

        rises_n . (0 - average_n) + rises_parent . (average_n - average_parent) + ..., parents by their shares.
        """
        count, rises = self.averages.shape
        shares = self.shares.tocoo()
        step = shares.data[:, np.newaxis] * (self.averages[shares.row] - self.averages[shares.col])
        average_above = _by_node(shares.row, shares.col, step, count)
        everyone = np.arange(count)
        return self._with_those_above @ average_above - _by_node(everyone, everyone, self.averages, count)

    @property
    def _with_those_above(self) -> sparse.csr_array:
        """Sums over a node and all above it, by their shares: (nodes, nodes)."""
        total = of_height = sparse.eye_array(len(self.averages), format="csr")
        while of_height.nnz:
            of_height = of_height @ self.shares
            total = total + of_height
        return total


def trace(design: Design, sums: CellSums) -> Ancestry:
    """The ancestry of the design's nodes, by the listings of these sums."""
    layout = sums.layout
    chains = design.node_chains(layout.cells)
    shares = _shares(design, chains, sums)
    rises = sums.hats[:, : layout.curve_width] @ layout.rises_to_heights.T
    had = np.zeros((design.node_count, rises.shape[1]))
    weight = np.zeros(design.node_count)
    for nodes in chains.T:
        known = nodes >= 0
        np.add.at(had, nodes[known], rises[known])
        np.add.at(weight, nodes[known], sums.weight[known])
    families = list(design.nodes[FAMILY_DEPTH].values())
    of_classes = shares[families][:, design.classes].T
    had[design.classes] = of_classes @ had[families]
    weight[design.classes] = of_classes @ weight[families]
    averages = had / np.where(weight > 0, weight, 1.0)[:, np.newaxis]
    for node in np.flatnonzero(weight == 0):  # its listings weigh next to nothing: as those above, which come before it
        averages[node] = (shares[[node]] @ averages)[0]
    return Ancestry(shares, averages)


def _shares(design: Design, chains: np.ndarray, sums: CellSums) -> sparse.csr_array:
    """The shares of each node's parents; the price classes are those of makes and families."""
    count = design.node_count
    make, family = chains[:, MAKE_DEPTH], chains[:, FAMILY_DEPTH]
    log_price = _log_prices_alike(sums, family)
    everywhere = np.full(len(make), log_price.sum() / sums.weight.sum())
    of_make = _means(log_price, sums.weight, make, everywhere, count)
    of_family = _means(log_price, sums.weight, family, of_make[make], count)
    makes, families = (list(design.nodes[depth].values()) for depth in (MAKE_DEPTH, FAMILY_DEPTH))
    classed = np.array([*makes, *families])
    near = hats(PRICE_CLASSES, np.exp(design.intercept + np.concatenate([of_make[makes], of_family[families]])))
    number, price_class = np.nonzero(near)
    below = np.flatnonzero(design.parents >= 0)
    shares = np.concatenate([np.ones(len(below)), near[number, price_class]])
    children = np.concatenate([below, classed[number]])
    parents = np.concatenate([design.parents[below], design.classes.start + price_class])
    return sparse.coo_array((shares, (children, parents)), shape=(count, count)).tocsr()


def _log_prices_alike(sums: CellSums, family: np.ndarray) -> np.ndarray:
    """The sum over each cell of its listings' log prices, had they all the mean age, mileage and circumstances.

    What those are worth is told within families (Mundlak 1978, "On the pooling of time series and cross section
    data"), so that dear cars' being young does not count.
    """
    layout = sums.layout
    axis_of = np.repeat(list(layout.design.axes), [len(axis.knots) for axis in layout.design.axes.values()])
    counted = np.r_[np.flatnonzero(axis_of != "power_hp"), layout.curve_width : layout.width]
    gram = sums.gram.tocoo()
    everywhere = np.zeros((layout.width, layout.width))
    np.add.at(everywhere, (gram.row % layout.width, gram.col % layout.width), gram.data)
    hats_of_cell = sums.hats[:, counted]
    log_price = sums.target[:, : layout.first_knots].sum(axis=1)
    of_family = sparse.csr_array((np.ones(len(family)), (family, np.arange(len(family)))))
    total = of_family @ hats_of_cell
    weight = of_family @ sums.weight
    per_listing = total / np.where(weight > 0, weight, 1.0)[:, np.newaxis]
    within = everywhere[np.ix_(counted, counted)] - total.T @ per_listing
    target = sums.target[:, counted].sum(axis=0) - per_listing.T @ (of_family @ log_price)
    worth = np.linalg.solve(within + CIRCUMSTANCE_PULL * np.eye(len(counted)), target)
    mean = hats_of_cell.sum(axis=0) / sums.weight.sum()
    return log_price - (hats_of_cell - sums.weight[:, np.newaxis] * mean) @ worth


def _means(total: np.ndarray, weight: np.ndarray, node: np.ndarray, toward: np.ndarray, count: int) -> np.ndarray:
    """The mean of each node's cells, given by their totals and weights; pulled to another mean of theirs: (nodes,)."""
    other = np.zeros(count)
    other[node] = toward
    return (np.bincount(node, total, count) + PRICE_PULL * other) / (np.bincount(node, weight, count) + PRICE_PULL)


def _by_node(row: np.ndarray, node: np.ndarray, values: np.ndarray, count: int) -> sparse.csr_array:
    """A matrix (nodes, nodes x rises) with the values, (rows, rises), of a node in a row."""
    rises = values.shape[1]
    columns = node[:, np.newaxis] * rises + np.arange(rises)
    return sparse.coo_array(
        (values.ravel(), (np.repeat(row, rises), columns.ravel())), shape=(count, count * rises)
    ).tocsr()
