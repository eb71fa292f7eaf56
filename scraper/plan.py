"""A crawl plan: what of a site to ask for, and how slowly. A JSON file that whoever runs a crawl writes.

    {
      "source": "autoscout24",
      "queries": [
        {"make": "skoda"},
        {"make": "audi", "models": ["a3", "a4"]},
        {"make": "bmw", "from_year": 2015, "to_eur": 40000}
      ],
      "pace_s": 10
    }

Makes and models are in the site's own words, as its addresses have them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from scraper.asking import BLOCKS_A_DAY
from scraper.http import Manners
from scraper.pages.base import Query

LEAST_PACE_S = 1.0
QUERY_WORDS = ("make", "models", "from_year", "to_year", "from_eur", "to_eur")
SPANS = (("from_year", "to_year", 1900, 2200), ("from_eur", "to_eur", 0, 100_000_000))


@dataclass(frozen=True)
class Plan:
    """What to crawl. Of `pages` a run asks for that many at most; after `blocks` refusals it is over for the day."""

    source: str
    queries: tuple[Query, ...]
    manners: Manners
    pages: int = 5_000
    blocks: int = BLOCKS_A_DAY


def read_plan(text: str) -> Plan:
    """Raises ValueError with the first thing that is wrong."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ValueError(f"the plan is no JSON: {error}") from error
    named = ("source", "queries", "pace_s", "run_deadline_s", "request_deadline_s", "pages", "blocks")
    _check_words(document, named, "the plan")
    source = document.get("source")
    if not isinstance(source, str) or not source:
        raise ValueError("the plan names no source")
    usual = Manners()
    manners = replace(
        usual,
        pace_s=_number(document, "pace_s", usual.pace_s, LEAST_PACE_S, 3600),
        run_s=_number(document, "run_deadline_s", usual.run_s, 1, 23 * 3600),
        request_s=_number(document, "request_deadline_s", usual.request_s, 1, 600),
    )
    return Plan(
        source, _queries(document.get("queries")), manners,
        pages=int(_number(document, "pages", Plan.pages, 1, 100_000)),
        blocks=int(_number(document, "blocks", BLOCKS_A_DAY, 1, BLOCKS_A_DAY)),
    )  # fmt: skip


def _queries(entries: object) -> tuple[Query, ...]:
    if not isinstance(entries, list) or not entries:
        raise ValueError("the plan's queries are a list that says what to ask for, and never empty")
    queries: list[Query] = []
    for number, entry in enumerate(entries, 1):
        queries += _of_entry(entry, f"query {number} of the plan")
    if len(set(queries)) < len(queries):
        raise ValueError("the plan asks for the same twice")
    return tuple(queries)


def _of_entry(entry: Any, where: str) -> list[Query]:
    """The queries of an entry: one, or one for each of its models."""
    _check_words(entry, QUERY_WORDS, where)
    make, models = entry.get("make"), entry.get("models", [None])
    if not isinstance(make, str) or not make.strip():
        raise ValueError(f"{where} names no make")
    if models != [None] and not (models and isinstance(models, list) and all(map(_is_word, models))):
        raise ValueError(f"{where}: models are a list of words, and never empty")
    spans: dict[str, int | None] = {}
    for low, high, least, most in SPANS:
        for name in (low, high):
            spans[name] = int(_number(entry, name, 0, least, most, where)) if name in entry else None
        if not (spans[low] or least) <= (spans[high] or most):
            raise ValueError(f"{where}: {low} is after {high}")
    return [Query(make=make, model=model, **spans) for model in models]


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _check_words(entry: object, words: tuple[str, ...], where: str) -> None:
    if not isinstance(entry, Mapping):
        raise ValueError(f"{where} is no object")
    if unknown := [name for name in entry if name not in words]:
        raise ValueError(f"{where} says {unknown[0]!r}, which is none of {', '.join(words)}")


def _number(
    entry: Mapping[str, Any], name: str, usual: float, least: float, most: float, where: str = "the plan"
) -> float:
    value = entry.get(name, usual)
    wholly = (int,) if isinstance(usual, int) else (int, float)
    if isinstance(value, bool) or not isinstance(value, wholly) or not least <= value <= most:
        raise ValueError(f"{where}: {name} is a number from {least:g} to {most:,g}, not {value!r}")
    return value
