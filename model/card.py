"""The model card: all that others need to know of a version, as one JSON document.

The gateway works by it alone: what can be priced (vocabulary, with the listings behind each choice), what each
feature is worth at the typical car of each model (coefficients), how good the version is (figures), on what data it
was trained, and where its limits are.
"""

import hashlib

import numpy as np
import pandas as pd

from model.dataset import Dataset
from model.evaluation import Evaluation
from model.schema.features import CARD_FORMAT, FEATURES, MODEL_NAME, NUMBERS, schema_digest
from model.schema.vocabulary import CLOSED_SETS
from model.scorer import Scorer
from model.table import CoefficientTable


LIMITS = (
    "Prices are dealers' asking prices in Germany on the market date, for cars in average condition without accident.",
    "Equipment, condition, colour, previous owners and place are not in the data; the range holds what they move.",
    "Ages, mileages and powers beyond the listings are priced as the nearest that were seen.",
    "The range is calibrated over all cars and by the number of listings of the model, not for each single model.",
)


def table_digest(table_json: str) -> str:
    return hashlib.sha256(table_json.encode()).hexdigest()


def build_card(
    version: str, table: CoefficientTable, table_json: str, dataset: Dataset, evaluation: Evaluation
) -> dict[str, object]:
    """The card of a version whose table was trained on this dataset."""
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
            "rows_read": dataset.report.rows_read,
            "rows_used": dataset.report.rows_used,
            "dropped": dict(dataset.report.dropped.most_common()),
        },
        "figures": {name: round(value, 3) for name, value in evaluation.figures.items()},
        "figures_by_fold": [{name: round(v, 3) for name, v in fold.items()} for fold in evaluation.by_fold],
        "coverage": table.coverage,
        "limits": list(LIMITS),
        "bounds": _bounds(dataset.features),
        "vocabulary": _vocabulary(table, dataset.features),
        "coefficients": _coefficients(table),
    }


def _bounds(features: pd.DataFrame) -> dict[str, list[float]]:
    return {name: [float(features[name].min()), float(features[name].max())] for name in NUMBERS}


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
