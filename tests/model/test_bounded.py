"""The solver: the minimum that others find, with no coefficient below its bound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import lsq_linear, nnls

from model.bounded import DidNotConverge, minimise

SMALL = 1e-6


class Dense:
    """A quadratic whose matrix is written out; the guess of its inverse is its diagonal's, or the one given."""

    def __init__(
        self, matrix: np.ndarray, target: np.ndarray, bounded: np.ndarray, guess: np.ndarray | None = None
    ) -> None:
        self.target, self.bounded, self.diagonal = target, bounded, np.diag(matrix).copy()
        self._matrix, self._guess = matrix, np.diag(1 / self.diagonal) if guess is None else guess

    def product(self, x: np.ndarray) -> np.ndarray:
        return self._matrix @ x

    def precondition(self, residual: np.ndarray) -> np.ndarray:
        return self._guess @ residual


def solve(
    matrix: np.ndarray, target: np.ndarray, bounded: np.ndarray, start: np.ndarray, tolerance: float,
    most_steps: int = 2_000,
) -> np.ndarray:  # fmt: skip
    return minimise(Dense(matrix, target, bounded), start, tolerance=tolerance, most_steps=most_steps)


class Problem:
    """A random least-squares problem |A x - b|^2 + |x|^2 / 100, some of whose coefficients must not be negative."""

    def __init__(self, seed: int, size: int, *, bounded: float = 0.5) -> None:
        rng = np.random.default_rng(seed)
        scales = 10 ** rng.uniform(-1, 1, size)  # columns of unlike size, as those of rare and common words are
        self.a = np.concatenate([rng.normal(size=(2 * size, size)) * scales, np.eye(size) / 10])
        self.b = np.concatenate([rng.normal(size=2 * size), np.zeros(size)])
        self.bounded = rng.random(size) < bounded
        self.matrix, self.target = self.a.T @ self.a, self.a.T @ self.b

    def minimise(self, start: np.ndarray | None = None, tolerance: float = 1e-14) -> np.ndarray:
        begin = np.zeros(len(self.target)) if start is None else start
        return solve(self.matrix, self.target, self.bounded, begin, tolerance)


PROBLEMS = st.builds(Problem, st.integers(0, 100_000), st.integers(1, 25))


@given(PROBLEMS)
def test_the_minimum_is_the_one_that_scipy_finds(problem: Problem) -> None:
    """Law: the solution is that of a bounded least-squares solver that was made by others."""
    # given any problem, when it is solved by both, then both find the same
    low = np.where(problem.bounded, 0.0, -np.inf)
    expected = lsq_linear(problem.a, problem.b, bounds=(low, np.inf), method="bvls", tol=1e-14).x
    assert problem.minimise() == pytest.approx(expected, abs=SMALL * (1 + np.abs(expected).max()))


@given(st.integers(0, 100_000), st.integers(1, 25))
def test_where_nothing_may_be_negative_it_is_that_of_nnls(seed: int, size: int) -> None:
    # given a problem whose coefficients are all bounded, when it is solved by both, then both find the same
    problem = Problem(seed, size, bounded=1.0)
    expected, _ = nnls(problem.a, problem.b)
    assert problem.minimise() == pytest.approx(expected, abs=SMALL * (1 + np.abs(expected).max()))


@given(PROBLEMS)
def test_no_step_from_the_minimum_gains(problem: Problem) -> None:
    """Law (Karush, Kuhn, Tucker): nothing is below its bound; the slope is 0 where a coefficient can move, and leads
    below the bound where it stands there.
    """
    # given any problem, when it is solved
    x = problem.minimise()
    gradient = problem.matrix @ x - problem.target
    # then no step gains
    assert (x[problem.bounded] >= 0).all()
    at_bound = problem.bounded & (x == 0)
    slope = gradient / np.sqrt(np.diag(problem.matrix))
    assert np.abs(slope[~at_bound]).max(initial=0.0) < SMALL * 10
    assert (slope[at_bound] > -SMALL * 10).all()


@given(PROBLEMS, st.integers(0, 100))
def test_the_minimum_does_not_depend_on_the_start(problem: Problem, seed: int) -> None:
    """Law: a quadratic with a positive definite matrix has one minimum; starts below the bound are mended."""
    # given any problem and any start, when it is solved from there, then the minimum is the one from 0
    start = np.random.default_rng(seed).normal(0, 10, len(problem.target))
    assert problem.minimise(start) == pytest.approx(problem.minimise(), abs=SMALL * 10)


@given(PROBLEMS)
def test_any_guess_of_the_inverse_will_do(problem: Problem) -> None:
    """Law: what is given for the inverse makes the way shorter or longer; the minimum is the same."""
    # given any problem, when it is solved with no guess and with the exact inverse, then the minimum is the same
    size = len(problem.target)
    inverse = np.linalg.inv(problem.matrix)
    for guess in (np.eye(size), (inverse + inverse.T) / 2):
        quadratic = Dense(problem.matrix, problem.target, problem.bounded, guess)
        found = minimise(quadratic, np.zeros(size), tolerance=1e-14, most_steps=5_000)
        assert found == pytest.approx(problem.minimise(), abs=SMALL * 100)


def test_the_minimum_by_hand() -> None:
    """x^2 + y^2 - 2 x + 4 y is least at (1, -2); where neither may be negative, at (1, 0)."""
    # given this problem with and without bounds, when it is solved, then that is what is found
    target = np.array([2.0, -4.0])
    free, held = (solve(2 * np.eye(2), target, np.full(2, each), np.zeros(2), 1e-12) for each in (False, True))
    assert free == pytest.approx([1, -2])
    assert held == pytest.approx([1, 0])
    assert held[1] == 0.0


def test_where_there_is_nothing_to_explain_all_coefficients_are_zero() -> None:
    # given a target of zeros, when it is met, then by zeros
    assert solve(np.eye(3), np.zeros(3), np.array([True, False, True]), np.zeros(3), 1e-9).tolist() == [0, 0, 0]


def test_the_same_problem_has_the_same_solution_to_the_bit() -> None:
    # given a problem, when it is solved twice, then not a bit differs
    first, again = (Problem(5, 20).minimise() for _ in range(2))
    assert np.array_equal(first, again)


def test_too_few_steps_are_told() -> None:
    """Law: a fit that is not done is an error, never a result."""
    # given a problem that takes more than one step, when one is allowed, then that is told
    problem = Problem(3, 25)
    with pytest.raises(DidNotConverge, match="even in its step 1"):
        solve(problem.matrix, problem.target, problem.bounded, np.zeros(25), 1e-15, most_steps=1)


def test_sums_that_are_no_numbers_are_told() -> None:
    # given a target that is no number, when it is to be met, then that is told, and nothing is returned
    with pytest.raises(DidNotConverge):
        solve(np.eye(2), np.full(2, np.nan), np.full(2, True), np.zeros(2), 1e-9)


@pytest.mark.parametrize("seed", [149, 439, 994, *range(20)])
def test_the_minimum_is_found_where_columns_are_much_alike(seed: int) -> None:
    """Law: what is returned is the minimum. Rises next to each other look alike where few cars lie between them."""
    # given a problem of staircases, which differ from each other in a few rows, and hardly any pull
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 80))
    stairs = np.tril(np.ones((size, size)))[rng.integers(size, size=3 * size)] * 10 ** rng.uniform(-1, 1, size)
    a = np.concatenate([stairs, np.eye(size) * 10 ** rng.uniform(-3, 0)])
    b = np.concatenate([rng.normal(size=3 * size), np.zeros(size)])
    bounded = rng.random(size) < 0.8
    # when it is solved
    matrix, target = a.T @ a, a.T @ b
    x = solve(matrix, target, bounded, np.zeros(size), 1e-13)
    # then it is as good as what scipy finds
    best = lsq_linear(a, b, bounds=(np.where(bounded, 0.0, -np.inf), np.inf), method="bvls", tol=1e-14).x
    gained, gain = (0.5 * y @ matrix @ y - target @ y for y in (x, best))
    assert gained == pytest.approx(gain, rel=1e-6)
