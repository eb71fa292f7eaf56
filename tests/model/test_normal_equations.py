"""The least-squares problem: the same as one that is written out in full, listing by listing."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import lsq_linear

from model.bounded import minimise
from model.census import take_census
from model.composition import compose
from model.design import (
    CATEGORY_PULL,
    CATEGORY_TERMS,
    CURVE_LEVELS,
    CURVES,
    INDEX_BEND_PULL,
    INDEX_SLOPE_PULL,
    ROOT_PULL,
    SALE_PULL,
    Design,
    build_design,
    pulls,
)
from model.moments import Layout, sum_chunk
from model.normal_equations import CellSums, NormalEquations, average_cars, cell_sums
from tests.model.markets import noisy_market


@dataclass(frozen=True)
class Case:
    """A tiny market, and what is made of its sums."""

    market: pd.DataFrame
    design: Design
    sums: CellSums
    averages: np.ndarray
    equations: NormalEquations

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
    market = market[market["model"].isin(["A1", "A3", "S"])]
    census = take_census(market)
    design = build_design(census)
    layout = Layout(design, census.cells)
    sums = cell_sums(layout, sum_chunk(market, layout, None))
    averages = average_cars(design, sums)
    return Case(market, design, sums, averages, NormalEquations(design, compose(layout, averages), sums))


@pytest.fixture(scope="module", params=["one day", "a year", "a year with sales"])
def case(request: pytest.FixtureRequest) -> Case:
    return tiny(7, days=1 if request.param == "one day" else 365, sales="sales" in request.param)


def positions(design: Design, market: pd.DataFrame) -> np.ndarray:
    """The share of each rise that each listing's car has."""
    columns = []
    for name, axis in design.axes.items():
        knots = axis.positions()
        at = axis.position(market[name].to_numpy())
        for left, right in zip(knots[:-1], knots[1:], strict=True):
            share = np.clip((at - left) / (right - left), 0, 1)
            columns.append(share if CURVES[name][0] > 0 else 1 - share)
    return np.stack(columns, axis=1)


def node_of(design: Design, market: pd.DataFrame, depth: int) -> list[int | None]:
    """Each listing's node at a depth of the tree."""
    if depth == 0:
        return [0] * len(market)
    by = list(CURVE_LEVELS[depth - 1].by)
    return [design.nodes[depth].get(words) for words in market[by].itertuples(index=False, name=None)]


def averages_in_full(design: Design, market: pd.DataFrame) -> np.ndarray:
    at, weight = positions(design, market), market["weight"].to_numpy()
    averages = np.zeros((design.node_count, at.shape[1]))
    for depth in range(len(design.nodes)):
        of = np.array([-1 if node is None else node for node in node_of(design, market, depth)])
        for node in set(of) - {-1}:
            averages[node] = np.average(at[of == node], axis=0, weights=weight[of == node])
    return averages


def matrix_in_full(case: Case) -> np.ndarray:
    """The design matrix: a row a listing, a column a coefficient."""
    design, market, averages = case.design, case.market, case.averages
    at, rises = positions(design, market), averages.shape[1]
    chains = list(zip(*(node_of(design, market, depth) for depth in range(len(design.nodes))), strict=True))
    matrix = np.zeros((len(market), case.count))
    for row, (_, listing) in enumerate(market.iterrows()):
        below = at[row]
        for node in [node for node in reversed(chains[row]) if node is not None]:
            matrix[row, node * rises : (node + 1) * rises] = below - averages[node]
            below = averages[node]
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

    names = [name for name, axis in design.axes.items() for _ in axis.knots[1:]]
    for number in range(rises):
        pull(ROOT_PULL, {number: 1})
    for level, nodes in zip(CURVE_LEVELS, design.nodes[1:], strict=True):
        for node in nodes.values():
            for number, name in enumerate(names):
                parent = int(design.parents[node])
                pull(level.pull[name], {node * rises + number: 1, parent * rises + number: -1})
    for number in range(design.level_count):
        pull(CATEGORY_PULL, {case.averages.size + number: 1})
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


def test_average_cars_are_the_weighted_means(case: Case) -> None:
    # given a market, when its average cars are made of the sums, then they are the means of the listings
    assert case.averages == pytest.approx(averages_in_full(case.design, case.market), abs=1e-6)


def test_the_sums_know_the_weight_of_each_cell(case: Case) -> None:
    # given a market, when weights are read off its sums, then they are those of the listings
    layout = case.sums.layout
    expected = np.bincount(layout.cell_numbers(case.market), case.market["weight"], minlength=len(layout.cells))
    assert case.sums.weight == pytest.approx(expected, abs=1e-6)


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
    """Law: it undoes the diagonal and the pulls of nodes to their parents, whatever else is in the sums."""
    # given the diagonal and the tree's pulls alone, written out as a matrix
    rises = case.averages.shape[1]
    matrix = np.diag(case.equations.diagonal)
    strength = pulls(case.design)
    for node in range(1, case.design.node_count):
        for number in range(rises):
            child, parent = node * rises + number, int(case.design.parents[node]) * rises + number
            matrix[child, parent] = matrix[parent, child] = -strength[node, number]
    # when the guess is applied to its products, then the coefficients are back
    for x in np.random.default_rng(3).normal(size=(5, case.count)):
        assert case.equations.precondition(matrix @ x) == pytest.approx(x, abs=1e-9)


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


def test_the_solution_is_that_of_the_problem_in_full(case: Case) -> None:
    """Law: bounded ridge on cell sums finds the coefficients that scipy finds for the rows themselves."""
    # given the problem in full
    root = np.sqrt(case.market["weight"].to_numpy())
    log_price = np.log(case.market["price_eur"].to_numpy()) - case.design.intercept
    pulls = pulls_in_full(case)
    matrix = np.concatenate([root[:, None] * matrix_in_full(case), pulls])
    target = np.concatenate([root * log_price, np.zeros(len(pulls))])
    low = np.where(case.equations.bounded, 0.0, -np.inf)
    # when both are solved
    expected = lsq_linear(matrix, target, bounds=(low, np.inf), method="bvls", tol=1e-12).x
    found = minimise(case.equations, np.zeros(case.count), tolerance=1e-13, most_steps=10_000)
    # then the coefficients are the same
    assert found == pytest.approx(expected, abs=2e-5)
    assert (found[case.equations.bounded] >= 0).all()
    assert (found[case.equations.bounded] == 0).any()
