"""From a fit to its coefficient table, and the typical car of each model."""

import numpy as np
import pandas as pd

from model.census import STEPS, Census
from model.design import (
    CATEGORY_TERMS,
    CURVE_LEVELS,
    FAMILY_DEPTH,
    MAKE_DEPTH,
    MODEL_DEPTH,
    Words,
    rises_to_heights,
)
from model.families import with_families
from model.fitting import DECIMALS, Fit
from model.ranges import COVERAGE, Calibration
from model.schema.vehicle import Vehicle
from model.table import WORDS, CoefficientTable, KnownModel, Term, Tree

DEEPEST = tuple(name for name in CURVE_LEVELS[-1].by if name != "family")


def compile_table(fitted: Fit, calibration: Calibration) -> CoefficientTable:
    """The fit's coefficients as a table that prices equally."""
    design = fitted.design
    terms = [Term(by, None, _tree(values)) for by, values in _levels(fitted).items()]
    nodes = _nodes(fitted)
    constants = fitted.ancestry.levels @ fitted.rises.ravel()
    terms.append(Term(DEEPEST, None, _tree({words: float(constants[number]) for words, number in nodes.items()})))
    heights = fitted.rises @ rises_to_heights(design.axes)
    first = 0
    for name, axis in design.axes.items():
        last = first + len(axis.knots)
        # Rises have so many decimals, so their sums do; the rest is rounding.
        curves = {words: np.round(heights[number, first:last], DECIMALS).tolist() for words, number in nodes.items()}
        terms.append(Term(DEEPEST, name, _tree(curves)))
        first = last
    cells = fitted.census.cells
    return CoefficientTable(
        intercept=design.intercept,
        axes=design.axes,
        terms=tuple(terms),
        words={name: tuple(sorted(cells[name].unique())) for name in WORDS},
        models=known_models(fitted.census, calibration),
        coverage=COVERAGE,
        spread=calibration.spread,
    )


def _levels(fitted: Fit) -> dict[Words, dict[Words, float]]:
    """The levels by the words of each term. A table knows no families: their levels are written out by model."""
    models = _models_of_families(fitted.census)
    values: dict[Words, dict[Words, float]] = {}
    for by, known in zip(CATEGORY_TERMS, fitted.design.levels, strict=True):
        of_term = values.setdefault(tuple("model" if name == "family" else name for name in by), {})
        for words, number in known.items():
            if "family" in by:
                make, of_family, *others = words
                targets = [(make, model, *others) for model in models[make, of_family]]
            else:
                targets = [words]
            for target in targets:
                of_term[target] = round(of_term.get(target, 0.0) + float(fitted.levels[number]), DECIMALS)
    return values


def _nodes(fitted: Fit) -> dict[Words, int]:
    """The nodes by the words of DEEPEST: a model that has none of its own takes its family's."""
    design, models = fitted.design, _models_of_families(fitted.census)
    nodes = {**design.nodes[0], **design.nodes[MAKE_DEPTH]}
    for (make, of_family), number in design.nodes[FAMILY_DEPTH].items():
        nodes |= {(make, model): number for model in models[make, of_family]}
    for level in design.nodes[MODEL_DEPTH:]:
        nodes |= {(make, *others): number for (make, _, *others), number in level.items()}
    return nodes


def _models_of_families(census: Census) -> dict[Words, list[str]]:
    pairs = census.cells[["make", "model"]].drop_duplicates()
    return with_families(pairs).groupby(["make", "family"])["model"].apply(list).to_dict()


def known_models(census: Census, calibration: Calibration) -> tuple[KnownModel, ...]:
    """Each make and model that was collected, sorted, with its typical car: the commonest word of each category, each
    number's median.

    Of equally common words the first in the alphabet, so that the same data gives the same table.
    """
    pair = ["make", "model"]
    cells = census.cells[census.cells["collected"] > 0]
    support = cells.groupby(pair, sort=True)["collected"].sum()
    words = {
        name: cells.groupby([*pair, name], sort=True)["collected"].sum().groupby(level=[0, 1]).idxmax().str[-1]
        for name in WORDS
    }
    # Counted in steps, a median can lie just beyond the numbers that were seen.
    medians = {
        name: (_medians(counts) * STEPS[name]).clip(census.ends[name]["min"], census.ends[name]["max"])
        for name, counts in census.values.items()
    }
    scales = calibration.log_scales(support.to_numpy(), np.arange(len(support)))
    models = []
    for (make, model), scale in zip(support.index, scales.tolist(), strict=True):
        key = (make, model)
        number = {name: float(values[key]) for name, values in medians.items()}
        typical = Vehicle(
            make, model, words["fuel"][key], words["gearbox"][key], words["offer_type"][key],
            number["age_years"], number["mileage_km"], number["power_hp"],
        )  # fmt: skip
        models.append(KnownModel(make, model, int(support[key]), scale, typical))
    return tuple(models)


def _medians(counts: pd.Series) -> pd.Series:
    """The median of each make and model, of counts by make, model and value: the first that half do not exceed."""
    counts = counts.sort_index()
    reached = counts.groupby(level=[0, 1]).cumsum()
    half = counts.groupby(level=[0, 1]).transform("sum") / 2
    values = counts.index.get_level_values(2).to_series(index=counts.index)
    return values[reached >= half].groupby(level=[0, 1]).first()


def _tree(values: dict[Words, float] | dict[Words, list[float]]) -> Tree:
    """Values by words as a tree; what stands at a node that has others below it stands under ""."""
    tree: dict = {}
    for words, value in values.items():
        branch = tree
        for word in words:
            branch = branch.setdefault(word, {})
        branch[""] = value
    return _pruned(tree)


def _pruned(tree: dict) -> Tree:
    if set(tree) == {""}:
        return tree[""]
    return {word: branch if word == "" else _pruned(branch) for word, branch in tree.items()}
