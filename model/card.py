"""The model card: all that others need to know of a version, as one JSON document.

The gateway works by it alone: what can be priced (vocabulary, with the listings behind each choice), what each
feature is worth at the typical car of each model (coefficients), how good the version is (figures), on what data it
was trained, and where its limits are.
"""

import hashlib
from datetime import timedelta

import numpy as np
import pandas as pd

from model.dataset import Dataset
from model.evaluation import Evaluation
from model.fitting import Fit
from model.schema.features import CARD_FORMAT, FEATURES, MODEL_NAME, NUMBERS, schema_digest
from model.schema.vocabulary import CLOSED_SETS
from model.scorer import Scorer
from model.segments import Segment, name_of, segments
from model.table import CoefficientTable


INTENDED_USE = (
    "What dealers ask for a used car in Germany on the market date, given make, model, fuel, gearbox, kind of offer, "
    "age, mileage and power; with the reasons in euros and a range.",
    "Made for buying, selling and stock-keeping, with a person who sees the car. Not for insurance cases, credit or "
    "tax without an appraisal, nor for vans, motorhomes, classics and makes that are not in the vocabulary.",
)
LIMITS = (
    "Prices are dealers' asking prices in Germany on the market date, for cars in average condition without accident.",
    "Equipment, condition, colour, previous owners and place are not in the data; the range holds what they move.",
    "Ages, mileages and powers beyond the listings are priced as the nearest that were seen.",
    "The range is calibrated over all cars and by the number of listings of the model, not for each single model.",
)
HOW_TO_READ = (
    "Every effect is measured against the typical car of the same make and model: its commonest words, the medians of "
    "its numbers.",
    "An effect of +0.10 is exp(0.10) - 1 = 10.5% more than the typical car's price, all else being as in the typical "
    "car.",
    "More kilometres or age never raise a price and more power never lowers it: the curves cannot turn round.",
    "They say what the market asks, not what causes it: an automatic may cost more because it comes with more "
    "equipment.",
)
SMALLEST_FAIR_SEGMENT = 100  # cars, for what is said of the fairness of ranges


def table_digest(table_json: str) -> str:
    return hashlib.sha256(table_json.encode()).hexdigest()


def build_card(
    version: str, fitted: Fit, table: CoefficientTable, table_json: str, dataset: Dataset, evaluation: Evaluation
) -> dict[str, object]:
    """The card of a version whose table was compiled from this fit on this dataset."""
    by_segment = segments(dataset, evaluation)
    collected = dataset.features[dataset.collected]  # no account widens what is known of a model
    return {
        "format": CARD_FORMAT,
        "name": MODEL_NAME,
        "version": version,
        "schema_digest": schema_digest(),
        "table_digest": table_digest(table_json),
        "data": {
            "name": dataset.source,
            "digest": dataset.digest,
            "synthetic": dataset.synthetic,
            "market_as_of": dataset.market_date.isoformat(),
            "oldest_listing": (dataset.market_date - timedelta(days=dataset.table["days_ago"].max())).isoformat(),
            "rows_read": dataset.report.rows_read,
            "rows_used": dataset.report.rows_used,
            "dropped": dict(dataset.report.dropped.most_common()),
        },
        "figures": {name: round(value, 3) for name, value in evaluation.figures.items()},
        "figures_by_fold": [{name: round(v, 3) for name, v in fold.items()} for fold in evaluation.by_fold],
        "segments": by_segment,
        "fairness": _fairness(by_segment, table.coverage),
        "coverage": table.coverage,
        "intended_use": list(INTENDED_USE),
        "limits": list(LIMITS),
        "how_to_read": list(HOW_TO_READ),
        "market_index": _market_index(fitted, dataset),
        "sale_level": round(fitted.sale_level, 5),
        "bounds": _bounds(collected),
        "distributions": _distributions(collected),
        "vocabulary": _vocabulary(table, collected),
        "coefficients": _coefficients(table),
    }


def _fairness(by_segment: list[Segment], coverage: float) -> list[str]:
    """Whom the range serves worst, in sentences."""
    large = [segment for segment in by_segment if segment["rows"] >= SMALLEST_FAIR_SEGMENT]
    if not large:
        return []
    least = min(large, key=lambda segment: segment["coverage_percent"][0])
    widest = max(large, key=lambda segment: segment["mean_width_percent"][0])
    return [
        f"Of the parts of the market with {SMALLEST_FAIR_SEGMENT} cars or more the range holds least often for "
        f"{name_of(least)}: {least['coverage_percent'][0]:.1f}% of prices, where {coverage:.0%} are promised over all.",
        f"It is widest for {name_of(widest)}: {widest['mean_width_percent'][0]:.0f}% of the price.",
        "Who sells or buys a car is not in the data, and no price depends on it.",
    ]


def _market_index(fitted: Fit, dataset: Dataset) -> list[dict[str, object]]:
    """The market's level on past days against the market date, as logs; empty where all listings are of one day."""
    if fitted.design.index is None:
        return []
    days = (dataset.market_date - timedelta(days=days_ago) for days_ago in fitted.design.index.knots)
    return [
        {"date": day.isoformat(), "log_level": round(float(level), 5)}
        for day, level in zip(days, fitted.index, strict=True)
    ]


def _bounds(features: pd.DataFrame) -> dict[str, list[float]]:
    return {name: [float(features[name].min()), float(features[name].max())] for name in NUMBERS}


def _distributions(features: pd.DataFrame) -> dict[str, dict[str, list[float]]]:
    """How the numbers lie, so that whoever serves can tell whether he is asked about other cars: the shares of the
    listings between edges, which are deciles; a value on an edge lies above it.
    """
    found = {}
    for name in NUMBERS:
        values = features[name].to_numpy(dtype=float)
        edges = np.unique(np.round(np.quantile(values, np.linspace(0.1, 0.9, 9)), 3))
        counts = np.bincount(np.digitize(values, edges), minlength=len(edges) + 1)
        found[name] = {"edges": edges.tolist(), "shares": np.round(counts / counts.sum(), 5).tolist()}
    return found


def _vocabulary(table: CoefficientTable, features: pd.DataFrame) -> list[dict[str, object]]:
    """Each model with its listings, typical car, bounds of its numbers, and its variants by count."""
    variants = features.value_counts(["make", "model", *CLOSED_SETS]).reset_index()
    by_model = {pair: rows for pair, rows in variants.groupby(["make", "model"])}
    bounds = features.groupby(["make", "model"])[list(NUMBERS)].agg(["min", "max"])
    models = []
    for known in table.models:
        rows = by_model[known.make, known.model][[*CLOSED_SETS, "count"]]
        own = bounds.loc[(known.make, known.model)]
        models.append(
            {
                "make": known.make,
                "model": known.model,
                "listings": known.support,
                "typical": {name: getattr(known.typical, name) for name in (*CLOSED_SETS, *NUMBERS)},
                "bounds": {name: [float(own[name, "min"]), float(own[name, "max"])] for name in NUMBERS},
                "variants": [[*row[:-1], int(row[-1])] for row in rows.itertuples(index=False)],
            }
        )
    return models


def _coefficients(table: CoefficientTable) -> dict[str, object]:
    """What each value of each feature changes against the typical car of each model, all else being typical.

    `points` are the values of each feature; `effects` hold, per make and model, the base in euros and a list a
    feature of log effects, in the order of the points: exp(effect) - 1 is the share of the base's price.
    """
    points: dict[str, list] = {name: list(words) for name, words in table.words.items()}
    points |= {name: list(axis.knots) for name, axis in table.axes.items()}
    order = [feature.name for feature in FEATURES if feature.name in points]
    rows: dict[str, list] = {feature.name: [] for feature in FEATURES}
    for known in table.models:
        for name in order:
            for value in points[name]:
                for feature in FEATURES:
                    typical = getattr(known.typical, feature.name)
                    rows[feature.name].append(value if feature.name == name else typical)
    scored = Scorer(table).score(rows)
    log_effect = np.round(np.log(scored["price_eur"] / scored["base_eur"]), 5)
    start = 0
    effects: dict[str, dict] = {}
    for known in table.models:
        of_model: dict[str, object] = {"base_eur": round(float(scored["base_eur"][start]), 2)}
        for name in order:
            of_model[name] = log_effect[start : start + len(points[name])].tolist()
            start += len(points[name])
        effects.setdefault(known.make, {})[known.model] = of_model
    market = _market_effects(table, points, order, effects)
    return {"points": {name: points[name] for name in order}, "market": market, "effects": effects}


def _market_effects(
    table: CoefficientTable, points: dict[str, list], order: list[str], effects: dict[str, dict]
) -> dict[str, object]:
    """The effects over all models, weighted by their listings, against a reference common to all: per feature its
    point (the commonest word, the point nearest to the median) and the log effects in the order of the points.
    """
    weights = np.array([known.support for known in table.models], dtype=float)
    market: dict[str, object] = {}
    for name in order:
        typical = [getattr(known.typical, name) for known in table.models]
        if name in NUMBERS:
            by_value = np.argsort(typical)
            median = typical[by_value[np.searchsorted(weights[by_value].cumsum(), weights.sum() / 2)]]
            reference = int(np.abs(np.array(points[name]) - median).argmin())
        else:
            counts = [weights[np.array(typical) == word].sum() for word in points[name]]
            reference = int(np.argmax(counts))
        curves = np.array([effects[known.make][known.model][name] for known in table.models])
        mean = np.average(curves - curves[:, [reference]], axis=0, weights=weights)
        market[name] = {"reference": points[name][reference], "effects": np.round(mean, 5).tolist()}
    return market
