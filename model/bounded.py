"""Least squares with coefficients that must not be negative, for a matrix that is known by its products alone.

A projected Newton method: coefficients that one Newton step of their own would take below 0 are sent to 0 and held;
for the others preconditioned conjugate gradients solve the quadratic; the step along the bounds is cut short where it
raises the objective. (Bertsekas 1982, "Projected Newton methods for optimization problems with simple constraints";
More and Toraldo 1991, "On the solution of large quadratic programming problems with bound constraints".) Nothing here
depends on chance or threads: the same sums give the same coefficients.
"""

from typing import Protocol

import numpy as np

GRADIENT_STEPS = 60  # of conjugate gradients, before the held coefficients are looked at again
GRADIENT_GAIN = 1e-4  # the share of the squared gradient at which they end earlier
SUFFICIENT_DECREASE = 1e-4
SHORTEST_STEP = 1e-6


class DidNotConverge(ArithmeticError):
    """The minimum was not reached in the steps allowed."""


class Quadratic(Protocol):
    """1/2 x.H.x - target.x for a symmetric positive definite H, with x >= 0 where `bounded` says so."""

    target: np.ndarray
    bounded: np.ndarray
    diagonal: np.ndarray  # of H

    def product(self, x: np.ndarray) -> np.ndarray:
        """H.x"""

    def precondition(self, residual: np.ndarray) -> np.ndarray:
        """A symmetric positive definite guess of the inverse of H, times this."""


def minimise(quadratic: Quadratic, start: np.ndarray, *, tolerance: float, most_steps: int = 200) -> np.ndarray:
    """The x that minimises the quadratic within its bounds.

    Ends when two steps in a row gain less than `tolerance` of the objective each. Raises DidNotConverge.
    """
    bounded, target = quadratic.bounded, quadratic.target
    x = np.where(bounded, np.maximum(start, 0.0), start)
    gradient = quadratic.product(x) - target
    objective = 0.5 * x @ (gradient - target)
    small_gains = 0
    for _ in range(most_steps):
        held = bounded & (gradient > 0) & (x <= gradient / quadratic.diagonal)
        direction = np.where(held, -x, _newton_direction(quadratic, gradient, ~held))
        before = objective
        length = 1.0
        while True:
            moved = x + length * direction
            moved = np.where(bounded, np.maximum(moved, 0.0), moved)
            moved_gradient = quadratic.product(moved) - target
            moved_objective = 0.5 * moved @ (moved_gradient - target)
            if moved_objective <= before + SUFFICIENT_DECREASE * (gradient @ (moved - x)) or length < SHORTEST_STEP:
                break
            length /= 2
        if moved_objective <= objective:
            x, gradient, objective = moved, moved_gradient, moved_objective
        small_gains = small_gains + 1 if before - objective <= tolerance * abs(objective) else 0
        if small_gains == 2:
            return x
    raise DidNotConverge(f"the fit gained more than {tolerance:g} of its objective even in its step {most_steps}")


def _newton_direction(quadratic: Quadratic, gradient: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Where the quadratic's minimum over the free coefficients lies from here, about."""
    direction = np.zeros_like(gradient)
    residual = np.where(free, -gradient, 0.0)
    scaled = np.where(free, quadratic.precondition(residual), 0.0)
    search = scaled
    size = first_size = residual @ scaled
    for _ in range(GRADIENT_STEPS):
        if size <= GRADIENT_GAIN * first_size or size == 0.0:
            break
        changed = np.where(free, quadratic.product(search), 0.0)
        length = size / (search @ changed)
        direction = direction + length * search
        residual = residual - length * changed
        scaled = np.where(free, quadratic.precondition(residual), 0.0)
        new_size = residual @ scaled
        search = scaled + new_size / size * search
        size = new_size
    return direction
