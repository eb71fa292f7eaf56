"""How the coefficients make up each cell's prices: the design as a linear map, from coefficients to heights at knots.

Coefficients are one vector: the rises of all nodes (nodes x rises), the levels, the market index, the level of sales.
For a cell (make, model, fuel, gearbox, offer type) they give its curves' heights at all knots, the cell's level
within those of the first axis, then the index at its knots and the level of sales: what x of model.moments multiplies.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from model.ancestry import Ancestry
from model.moments import Layout


@dataclass(frozen=True)
class Composition:
    """The map for some cells, whether they occurred in the data or not."""

    layout: Layout
    ancestry: Ancestry
    deepest: np.ndarray  # the node whose curves a cell takes
    level_of: sparse.csr_array  # (cells, coefficients)

    @property
    def averages(self) -> np.ndarray:
        return self.ancestry.averages

    @property
    def rise_count(self) -> int:
        return self.averages.size

    @property
    def coefficient_count(self) -> int:
        return self.level_of.shape[1]

    @cached_property
    def _circumstances(self) -> slice:
        return slice(self.coefficient_count - (self.layout.width - self.layout.curve_width), self.coefficient_count)

    @cached_property
    def _transposed_level_of(self) -> sparse.csr_array:
        return self.level_of.T.tocsr()

    @cached_property
    def _cells_of_node(self) -> sparse.csr_array:
        ones = np.ones(len(self.deepest)), (self.deepest, np.arange(len(self.deepest)))
        return sparse.csr_array(ones, shape=(len(self.averages), len(self.deepest)))

    def heights(self, coefficients: np.ndarray) -> np.ndarray:
        """(cells, width)"""
        layout = self.layout
        rises = coefficients[: self.rise_count].reshape(self.averages.shape)
        heights = np.empty((len(layout.cells), layout.width))
        heights[:, : layout.curve_width] = rises[self.deepest] @ layout.rises_to_heights
        heights[:, : layout.first_knots] += (self.level_of @ coefficients)[:, np.newaxis]
        heights[:, layout.curve_width :] = coefficients[self._circumstances]
        return heights

    def transposed(self, heights: np.ndarray) -> np.ndarray:
        """The map's transpose: from (cells, width) to coefficients."""
        layout = self.layout
        coefficients = self._transposed_level_of @ heights[:, : layout.first_knots].sum(axis=1)
        by_cell = heights[:, : layout.curve_width] @ layout.rises_to_heights.T
        coefficients[: self.rise_count] += (self._cells_of_node @ by_cell).ravel()
        coefficients[self._circumstances] += heights[:, layout.curve_width :].sum(axis=0)
        return coefficients


def compose(layout: Layout, ancestry: Ancestry) -> Composition:
    """The map for the layout's cells. What is unknown of a cell counts 0, or as its parent node."""
    design, cells = layout.design, layout.cells
    chains = design.node_chains(cells)
    deepest = chains[np.arange(len(cells)), (chains >= 0).sum(axis=1) - 1]
    levels = design.cell_levels(cells)
    rows, terms = np.nonzero(levels >= 0)
    of_words = sparse.coo_array(
        (np.ones(len(rows)), (rows, levels[rows, terms])), shape=(len(cells), design.level_count)
    )
    circumstances = sparse.coo_array((len(cells), layout.width - layout.curve_width))
    level_of = sparse.hstack([ancestry.levels[deepest], of_words, circumstances], format="csr")
    level_of.eliminate_zeros()
    return Composition(layout, ancestry, deepest, level_of)
