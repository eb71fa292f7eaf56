"""The least-squares problem: the same as one that is written out in full, listing by listing."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls

from model.ancestry import Ancestry, trace
from model.bounded import minimise
from model.cell_sums import CellSums, cell_sums
from model.census import take_census
from model.composition import compose
from model.design import (
    CATEGORY_TERMS,
    CURVE_LEVELS,
    INDEX_BEND_PULL,
    INDEX_SLOPE_PULL,
    SALE_PULL,
    Design,
    build_design,
    pulls,
)
from model.families import with_families
from model.moments import Layout, sum_chunk
from model.normal_equations import NormalEquations
from tests.model.markets import noisy_market, shares_of_rises


@dataclass(frozen=True)
class Case:
    """A tiny market, and what is made of its sums."""

    market: pd.DataFrame
    design: Design
    sums: CellSums
    ancestry: Ancestry
    equations: NormalEquations

    @property
    def averages(self) -> np.ndarray:
        return self.ancestry.averages

    @property
    def count(self) -> int:
        return len(self.equations.target)


def tiny(seed: int, *, days: int, sales: bool) -> Case:
    count = 60
    rng = np.random.default_rng(seed)
    market = noisy_market(
        count, seed, days_ago=rng.integers(0, days, count) * 1.0, weight=rng.uniform(0.2, 1.0, count),
        price_kind=rng.choice(["asking", "sale"] if sales else ["asking"], count),
    )  # fmt: skip
    market = market[market["model"].isin(["A3", "A3 Sportback", "S"])]
    census = take_census(market)
    design = build_design(census)
    layout = Layout(design, census.cells)
    sums = cell_sums(layout, sum_chunk(market, layout, None))
    ancestry = trace(design, sums)
    return Case(market, design, sums, ancestry, NormalEquations(design, compose(layout, ancestry), sums))


@pytest.fixture(scope="module", params=["one day", "a year", "a year with sales"])
def case(request: pytest.FixtureRequest) -> Case:
    return tiny(7, days=1 if request.param == "one day" else 365, sales="sales" in request.param)


def nodes_of(design: Design, market: pd.DataFrame) -> list[int]:
    """Each listing's deepest node."""
    deepest = [0] * len(market)
    for level, nodes in zip(CURVE_LEVELS, design.nodes[1:], strict=True):
        words = with_families(market)[list(level.by)].itertuples(index=False, name=None)
        deepest = [nodes.get(word, above) for word, above in zip(words, deepest, strict=True)]
    return deepest


def matrix_in_full(case: Case) -> np.ndarray:
    """The design matrix: a row a listing, a column a coefficient."""
    design, averages = case.design, case.averages
    market = with_families(case.market)
    at, rises = shares_of_rises(design.axes, market), averages.shape[1]
    shares = case.ancestry.shares.toarray()
    matrix = np.zeros((len(market), case.count))

    def count(row: int, node: int, car: np.ndarray, share: float) -> None:
        matrix[row, node * rises : (node + 1) * rises] += share * (car - averages[node])
        for parent in np.flatnonzero(shares[node]).tolist():
            count(row, parent, averages[node], share * shares[node, parent])

    for row, (node, listing) in enumerate(zip(nodes_of(design, market), market.to_dict("records"), strict=True)):
        count(row, node, at[row], 1.0)
        for by, known in zip(CATEGORY_TERMS, design.levels, strict=True):
            matrix[row, averages.size + known[tuple(listing[name] for name in by)]] = 1
        if design.index is not None:
            knots = np.eye(len(design.index.knots))[1:]
            index = [np.interp(listing["days_ago"], design.index.knots, knot) for knot in knots]
            start = averages.size + design.level_count
            matrix[row, start : start + len(index)] = index
        matrix[row, -1] = listing["price_kind"] == "sale"
    return matrix


def pulls_in_full(case: Case) -> np.ndarray:
    """A row a pull, the root of its strength in it, so that the squares of their products add up to the penalty."""
    design, rises = case.design, case.averages.shape[1]
    rows = []

    def pull(strength: float, parts: dict[int, float]) -> None:
        row = np.zeros(case.count)
        for coefficient, part in parts.items():
            row[coefficient] = strength**0.5 * part
        rows.append(row)

    strength, shares = pulls(design), case.ancestry.shares.toarray()
    for node in range(design.node_count):
        above = np.flatnonzero(shares[node])
        for number in range(rises):
            parents = {int(parent) * rises + number: -shares[node, parent] for parent in above}
            pull(strength[node, number], {node * rises + number: 1} | parents)
    first = case.averages.size
    for of_level, known in zip(CATEGORY_TERMS.values(), design.levels, strict=True):
        for number in known.values():
            pull(of_level, {first + number: 1})
    start = case.averages.size + design.level_count
    months = np.diff(design.index.knots if design.index is not None else ()) / (365.25 / 12)
    slopes: list[dict[int, float]] = []  # of the index, a month: what of which knots makes up each
    for number, width in enumerate(months):
        since = {start + number - 1: -1 / width} if number else {}
        slopes.append({start + number: 1 / width} | since)
    for slope in slopes:
        pull(INDEX_SLOPE_PULL, slope)
    for earlier, later in pairwise(slopes):
        pull(INDEX_BEND_PULL, {k: later.get(k, 0) - earlier.get(k, 0) for k in earlier | later})
    pull(SALE_PULL, {case.count - 1: 1})
    return np.array(rows)


def test_products_are_those_of_the_matrix_in_full(case: Case) -> None:
    """Law: the products are A^T W A x + penalty, and the target A^T W y, as if A were written out."""
    # given the problem in full
    matrix, pulls = matrix_in_full(case), pulls_in_full(case)
    weight = case.market["weight"].to_numpy()
    gram = matrix.T @ (weight[:, None] * matrix) + pulls.T @ pulls
    log_price = np.log(case.market["price_eur"].to_numpy()) - case.design.intercept
    # when any coefficients are multiplied, then both products are the same, and so are the targets
    for x in np.random.default_rng(1).normal(size=(5, case.count)):
        assert case.equations.product(x) == pytest.approx(gram @ x, abs=1e-5)
    assert case.equations.target == pytest.approx(matrix.T @ (weight * log_price), abs=1e-5)


def test_products_are_symmetric(case: Case) -> None:
    """Law: x . H y = y . H x, without which conjugate gradients lead astray."""
    # given any coefficients, when products are compared both ways round, then they are the same
    rng = np.random.default_rng(2)
    for _ in range(20):
        x, y = rng.normal(size=(2, case.count))
        assert x @ case.equations.product(y) == pytest.approx(y @ case.equations.product(x), rel=1e-9)


def test_the_diagonal_is_that_of_the_products(case: Case) -> None:
    # given each coefficient alone, when it is multiplied, then it meets itself as the diagonal says
    found = [case.equations.product(one)[number] for number, one in enumerate(np.eye(case.count))]
    assert case.equations.diagonal == pytest.approx(np.array(found), rel=1e-9, abs=1e-9)
    assert (case.equations.diagonal > 0).all()


def test_the_guess_of_the_inverse_is_exact_along_the_tree(case: Case) -> None:
    """Law: it undoes the diagonal and the pulls of rises to those above them, whatever else is in the sums."""
    # given what the listings put on the diagonal, and the tree's pulls, written out as a matrix
    pulls = pulls_in_full(case)
    penalty = pulls.T @ pulls
    of_listings = case.equations.diagonal - penalty.diagonal()
    bounded = case.equations.bounded
    matrix = np.diag(case.equations.diagonal)
    matrix[np.ix_(bounded, bounded)] = (np.diag(of_listings) + penalty)[np.ix_(bounded, bounded)]
    # when the guess is applied to its products, then the coefficients are back
    for x in np.random.default_rng(3).normal(size=(5, case.count)):
        assert case.equations.precondition(matrix @ x) == pytest.approx(x, abs=1e-8)


def test_the_guess_of_the_inverse_is_symmetric_and_positive(case: Case) -> None:
    """Law: without which conjugate gradients lead astray."""
    # given any residuals, when the guess is applied to them, then that is what it is
    rng = np.random.default_rng(4)
    for _ in range(20):
        x, y = rng.normal(size=(2, case.count))
        assert x @ case.equations.precondition(y) == pytest.approx(y @ case.equations.precondition(x), rel=1e-9)
        assert x @ case.equations.precondition(x) > 0


def test_rises_alone_are_bounded(case: Case) -> None:
    # given the problem, when its bounds are read, then rises have one, and levels, index and sales none
    rises = case.averages.size
    assert case.equations.bounded.tolist() == [True] * rises + [False] * (case.count - rises)


def solve(matrix: np.ndarray, target: np.ndarray, bounded: np.ndarray) -> np.ndarray:
    """Least squares with the bounded coefficients at 0 or above: the free ones are whatever is best beside them."""
    free = matrix[:, ~bounded]
    basis, _ = np.linalg.qr(free)
    x = np.empty(len(bounded))
    # What no choice of the free ones explains.
    left, right = (part - basis @ (basis.T @ part) for part in (matrix[:, bounded], target))
    x[bounded], _ = nnls(left, right)
    x[~bounded] = np.linalg.lstsq(free, target - matrix[:, bounded] @ x[bounded], rcond=None)[0]
    return x


def test_the_solution_is_that_of_the_problem_in_full(case: Case) -> None:
    """Law: bounded ridge on cell sums finds the coefficients that scipy finds for the rows themselves."""
    # given the problem in full
    root = np.sqrt(case.market["weight"].to_numpy())
    log_price = np.log(case.market["price_eur"].to_numpy()) - case.design.intercept
    pulls = pulls_in_full(case)
    matrix = np.concatenate([root[:, None] * matrix_in_full(case), pulls])
    target = np.concatenate([root * log_price, np.zeros(len(pulls))])
    # when both are solved
    expected = solve(matrix, target, case.equations.bounded)
    found = minimise(case.equations, np.zeros(case.count), tolerance=1e-13, most_steps=10_000)
    # then the coefficients are the same
    assert found == pytest.approx(expected, abs=2e-5)
    assert (found[case.equations.bounded] >= 0).all()
    assert (found[case.equations.bounded] == 0).any()
