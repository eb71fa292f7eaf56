"""The sums over all listings, as the fit uses them: by cell, in floats."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

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
