"""Two versions side by side, by their cards: figures, segments, vocabulary, the market's effects, data."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.services.cards import Card
from model.schema.features import FEATURE
from model.schema.vocabulary import CLOSED_SETS

SEGMENT_FIGURES = ("mae_eur", "mdape_percent", "bias_percent", "coverage_percent", "mean_width_percent")


def compare(card: Card, other: Card) -> dict[str, Any]:
    """What `card` says where `other` says something else; every difference is the first less the second."""
    return {
        "version": _described(card),
        "other": _described(other),
        "figures": _figures(card.document["figures"], other.document["figures"]),
        "segments": _segments(card, other),
        "vocabulary": _vocabulary(card, other),
        "market": _market(card.document["coefficients"], other.document["coefficients"]),
    }


def _described(card: Card) -> dict[str, Any]:
    data = card.document["data"]
    names = ("name", "digest", "synthetic", "market_as_of", "oldest_listing", "rows_read", "rows_used")
    return {
        "version": card.version,
        "data": {name: data[name] for name in names},
        "models": len(card.models),
        "coverage": card.coverage,
        "sale_level": card.document["sale_level"],
    }


def _figures(ours: Mapping[str, float], theirs: Mapping[str, float]) -> list[dict[str, Any]]:
    names = [*ours, *(name for name in theirs if name not in ours)]
    return [{"figure": name, **_pair(ours.get(name), theirs.get(name), 3)} for name in names]


def _pair(value: float | None, other: float | None, decimals: int) -> dict[str, float | None]:
    difference = None if value is None or other is None else round(value - other, decimals)
    return {"value": value, "other": other, "difference": difference}


def _segments(card: Card, other: Card) -> list[dict[str, Any]]:
    ours, theirs = (
        {_key(segment): segment for segment in each.document["segments"]} for each in (card, other)
    )
    return [
        {
            **{name: part for name, part in zip(("by", "from", "to", "word"), key, strict=True) if part is not ...},
            "rows": _pair(ours.get(key, {}).get("rows"), theirs.get(key, {}).get("rows"), 0),
            "figures": [
                {"figure": name, **_pair(_measured(ours, key, name), _measured(theirs, key, name), 3)}
                for name in SEGMENT_FIGURES
            ],
        }
        for key in [*ours, *(key for key in theirs if key not in ours)]
    ]


def _key(segment: Mapping[str, Any]) -> tuple:
    return (segment["by"], *(segment.get(name, ...) for name in ("from", "to", "word")))


def _measured(segments: Mapping[tuple, Mapping[str, Any]], key: tuple, name: str) -> float | None:
    return segments[key][name][0] if key in segments else None


def _vocabulary(card: Card, other: Card) -> dict[str, Any]:
    ours, theirs = set(card.models), set(other.models)
    our_makes, their_makes = ({make for make, _ in models} for models in (ours, theirs))
    return {
        "makes_added": sorted(our_makes - their_makes, key=str.casefold),
        "makes_removed": sorted(their_makes - our_makes, key=str.casefold),
        "models_added": _named(ours - theirs),
        "models_removed": _named(theirs - ours),
    }


def _named(models: set[tuple[str, str]]) -> list[dict[str, str]]:
    in_order = sorted(models, key=lambda pair: (pair[0].casefold(), pair[1].casefold()))
    return [{"make": make, "model": model} for make, model in in_order]


def _market(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The market's effects at each point of ours, both against our reference, in per cent points of difference.

    The other version's curves have points of their own: they are read between them, as straight lines of the log.
    """
    return [
        {
            "feature": name,
            "label": FEATURE[name].label,
            "reference": ours["market"][name]["reference"],
            "points": [
                {
                    "at": value,
                    "label": _label(name, value),
                    **_pair(_percent(log), _percent(_log(name, value, ours, theirs)), 2),
                }
                for value, log in zip(points, ours["market"][name]["effects"], strict=True)
            ],
        }
        for name, points in ours["points"].items()
        if name in theirs["points"]
    ]


def _log(name: str, value: Any, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> float | None:
    """The other version's log effect of a value against our reference, None for a word that it does not have."""
    points, effects = theirs["points"][name], theirs["market"][name]["effects"]
    at, reference = (
        _at(points, effects, each) if name not in CLOSED_SETS else dict(zip(points, effects, strict=True)).get(each)
        for each in (value, ours["market"][name]["reference"])
    )
    return None if at is None or reference is None else at - reference


def _at(points: Sequence[float], effects: Sequence[float], value: float) -> float:
    """The line through points in rising order at a value; beyond them, as at the nearest."""
    after = bisect_right(points, value)
    if after == 0:
        return effects[0]
    if after == len(points):
        return effects[-1]
    low, high = points[after - 1], points[after]
    share = (value - low) / (high - low)
    return effects[after - 1] + share * (effects[after] - effects[after - 1])


def _percent(log: float | None) -> float | None:
    return None if log is None else round(math.expm1(log) * 100, 2)


def _label(name: str, value: Any) -> str:
    return CLOSED_SETS[name].label(value) if name in CLOSED_SETS else f"{value:,.1f}".removesuffix(".0")
