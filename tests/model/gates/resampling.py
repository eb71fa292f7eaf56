"""Challengers by bootstraps of the errors of two refits, and how often the gates pass them."""

import numpy as np

from model.gates.paired import Paired
from model.gates.recipe_gate import check_recipe
from model.gates.refresh_gate import check_refresh


def resampled(pairs: Paired, rng: np.random.Generator) -> Paired:
    """As many groups drawn with replacement, each draw a group of its own; who is the challenger is drawn too."""
    order = pairs.group.argsort(kind="stable")
    _, starts, sizes = np.unique(pairs.group[order], return_index=True, return_counts=True)
    drawn = rng.integers(len(starts), size=len(starts))
    of_draw = np.repeat(np.arange(len(drawn)), sizes[drawn])
    place = np.arange(len(of_draw)) - np.repeat(np.cumsum(sizes[drawn]) - sizes[drawn], sizes[drawn])
    rows = order[starts[drawn][of_draw] + place]
    challenger, champion = pairs.challenger[rows], pairs.champion[rows]
    if rng.random() < 0.5:
        challenger, champion = champion, challenger
    return Paired(challenger, champion, of_draw)


def equally_good(pairs: Paired, change: float = 0.0) -> Paired:
    """The pairs with the challenger's errors scaled, so that its mean is `change` above the champion's."""
    return Paired(pairs.challenger * (1 + change) / (1 + pairs.change), pairs.champion, pairs.group)


def passed_recipe(pairs: Paired, draws: int, seed: int) -> int:
    """Of so many challengers, how many pass the recipe gate with all of its findings."""
    rng = np.random.default_rng(seed)
    return sum(all(finding.passed for finding in check_recipe(resampled(pairs, rng))) for _ in range(draws))


def passed_recipe_improved(pairs: Paired, improvement: float, draws: int, seed: int) -> int:
    """The same of challengers that are truly better by so much: their errors are scaled after they are drawn."""
    rng = np.random.default_rng(seed)
    passed = 0
    for _ in range(draws):
        drawn = resampled(equally_good(pairs), rng)
        better = Paired(drawn.challenger * (1 - improvement), drawn.champion, drawn.group)
        passed += all(finding.passed for finding in check_recipe(better))
    return passed


def passed_refresh(pairs: Paired, draws: int, seed: int) -> int:
    """Of so many equal refreshes, how many pass."""
    rng = np.random.default_rng(seed)
    equal = equally_good(pairs)
    return sum(all(finding.passed for finding in check_refresh(resampled(equal, rng), "")) for _ in range(draws))
