"""The least-squares problem in the coefficients: the sums over the listings, the design's map, and its pulls."""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from model.cell_sums import CellSums
from model.composition import Composition
from model.design import CATEGORY_TERMS, CURVES, SALE_PULL, Design, index_pull, pulls


class NormalEquations:
    """(gram + pulls) . coefficients = target, as products, for a bounded least-squares solver."""

    def __init__(self, design: Design, composition: Composition, sums: CellSums) -> None:
        self._composition, self._gram = composition, sums.gram
        self._penalty = _penalty(design, composition)
        self.target = composition.transposed(sums.target)
        of_listings = _diagonal(composition, sums)
        self.diagonal = of_listings + self._penalty.diagonal()
        self.bounded = np.zeros(composition.coefficient_count, dtype=bool)
        self.bounded[: composition.rise_count] = True
        # The pulls bind rises most. Their matrix is all but a tree, so it is solved exactly with next to no fill.
        rises = slice(0, composition.rise_count)
        self._rises_alone = splu(
            (self._penalty[rises, rises] + sparse.diags_array(of_listings[rises])).tocsc(),
            permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True},
        )  # fmt: skip

    def product(self, coefficients: np.ndarray) -> np.ndarray:
        heights = self._composition.heights(coefficients)
        pulled = self._penalty @ coefficients
        return self._composition.transposed((self._gram @ heights.ravel()).reshape(heights.shape)) + pulled

    def precondition(self, residual: np.ndarray) -> np.ndarray:
        """About the inverse times this: by the diagonal, and exactly along the tree of curves."""
        guess = residual / self.diagonal
        rises = self._composition.rise_count
        guess[:rises] = self._rises_alone.solve(residual[:rises])
        return guess


def _penalty(design: Design, composition: Composition) -> sparse.csr_array:
    """The pulls as a matrix: sum of pull * (child - parents' share)^2 over the tree, of pull * level^2, and so on."""
    strength = pulls(design)
    apart = sparse.kron(composition.ancestry.pulled_apart, sparse.eye_array(strength.shape[1]), format="csr")
    of_levels = np.repeat(list(CATEGORY_TERMS.values()), [len(known) for known in design.levels])
    blocks = [apart.T @ sparse.diags_array(strength.ravel()) @ apart, sparse.diags_array(of_levels)]
    if design.index is not None:
        blocks.append(sparse.coo_array(index_pull(design.index)))
    blocks.append(sparse.coo_array([[SALE_PULL]]))
    return sparse.block_diag(blocks, format="csr")


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
