"""States of what is told of the model."""

from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Page, expect

from tests.e2e.states.answers import answer, change, refuse
from tests.e2e.states.state import State

PROMOTION = {
    "number": 2, "version": "3", "previous": "1", "promoted_at": "2026-05-31T09:15:00Z", "by": "ada",
    "reason": "a smaller error of cars below 5,000 EUR, with ranges as wide as before",
    "figures": {"mae_eur": 1290.5},
}  # fmt: skip
PROMOTIONS = {
    "promotions": [
        PROMOTION,
        {**PROMOTION, "number": 1, "version": "1", "previous": None, "promoted_at": "2026-01-31T17:40:00Z",
         "reason": "the first one"},
    ],
    "next": None,
}  # fmt: skip
LIVE = "/api/v1/models/1/live"
PROVED: dict[str, Any] = {
    "version": "1", "market_as_of": "2026-05-31", "market_age_days": 24,
    "sales": {
        "sales": 234, "at_our_word": 12, "median_error": 0.0712, "mean_error": 0.0934, "bias": -0.0121,
        "inside_percent": 91.45, "card_error_percent": 8.12,
    },
    "inputs": [
        {"feature": "age_years", "cars": 1_912, "psi": 0.031, "against": "the card's distribution", "reason": None},
        {"feature": "mileage_km", "cars": 1_912, "psi": None, "against": None,
         "reason": "the version's card does not say how its listings lie"},
        {"feature": "power_hp", "cars": 150, "psi": None, "against": "the card's distribution",
         "reason": "fewer than 200 cars in 7 days"},
        {"feature": "fuel", "cars": 1_912, "psi": 0.142, "against": "the card's listings by variant", "reason": None},
        {"feature": "make", "cars": 1_912, "psi": 0.418, "against": "the card's listings by variant", "reason": None},
    ],
    "inputs_days": 7,
}  # fmt: skip
NOT_PROVED: dict[str, Any] = {
    **PROVED,
    "sales": {
        "sales": 0, "at_our_word": 1, "median_error": None, "mean_error": None, "bias": None, "inside_percent": None,
        "card_error_percent": 8.12,
    },
    "inputs": [
        {**each, "cars": 0, "psi": None, "reason": "fewer than 200 cars in 7 days"} for each in PROVED["inputs"]
    ],
}  # fmt: skip
NONE: dict[str, Any] = {"promotions": [], "next": None}


def more_versions(document: Any) -> Any:
    """Three that came after the first one, of which the newest prices."""
    (first,) = [each for each in document["versions"] if each["figures"]][-1:]

    def later(version: str, mae: float, mdape: float, coverage: float) -> Any:
        figures = {**first["figures"], "mae_eur": mae, "mdape_percent": mdape, "coverage_percent": coverage}
        return {**first, "version": version, "served": version == "4", "synthetic": False, "figures": figures,
                "market_as_of": "2021-07-01"}  # fmt: skip

    mae = first["figures"]["mae_eur"]
    newer = [
        later("4", mae * 0.9, 7.6, 90.1), later("3", mae * 0.93, 7.8, 89.4), later("2", mae * 1.02, 8.3, 90.6),
    ]  # fmt: skip
    return {"versions": [*newer, {**first, "served": False}], "next": None}


def with_history(page: Page) -> None:
    change(page, "/api/v1/models", more_versions)
    answer(page, "/api/v1/promotions", PROMOTIONS)


def choose_two(page: Page) -> None:
    page.get_by_role("checkbox", name="Select Version 4").check()
    page.get_by_role("checkbox", name="Select Version 2").check()
    expect(page.get_by_role("link", name="Compare 4 with 2")).to_be_visible()


def without_versions(page: Page) -> None:
    answer(page, "/api/v1/models", {"versions": [], "next": None})


def nothing_served(page: Page) -> None:
    change(page, "/api/v1/models", lambda document: {
        **document, "versions": [{**each, "served": False} for each in document["versions"]],
    })  # fmt: skip
    answer(page, "/api/v1/promotions", NONE)


def busy(page: Page) -> None:
    refuse(page, "/api/v1/models", 503, "The database is unavailable")


def read_card(page: Page) -> None:
    page.get_by_role("region", name="What it has learnt").wait_for()


def another_serves(page: Page) -> None:
    change(page, "/api/v1/models/1", lambda card: {**card, "served": False})


def read_other_card(page: Page) -> None:
    read_card(page)
    expect(page.get_by_text("This version does not price now. Makes and models")).to_be_visible()


def proved(page: Page) -> None:
    answer(page, LIVE, PROVED)


def not_proved(page: Page) -> None:
    answer(page, LIVE, NOT_PROVED)


def not_told(page: Page) -> None:
    refuse(page, LIVE, 503, "The database is unavailable")


def read_proof(page: Page) -> None:
    page.get_by_role("region", name="How it proves itself").get_by_role("heading", name="By sales").wait_for()


def read_trouble(page: Page) -> None:
    expect(page.get_by_role("region", name="How it proves itself").get_by_role("alert")).to_be_visible()


def two_versions(page: Page) -> None:
    """The second is the first with other figures, on other data."""

    def differ(document: Any) -> Any:
        def moved(pair: dict, by: float) -> dict:
            value = None if pair["value"] is None else pair["value"] * by
            difference = None if value is None or pair["other"] is None else value - pair["other"]
            return {**pair, "value": value, "difference": difference}

        data = {**document["version"]["data"], "digest": "another", "rows_used": 21_345}
        return {
            "version": {**document["version"], "version": "4", "data": data},
            "other": document["other"],
            "figures": [moved(pair, 0.96) for pair in document["figures"]],
            "segments": [
                {**each, "figures": [moved(pair, 0.9 + 0.02 * (index % 10)) for pair in each["figures"]]}
                for index, each in enumerate(document["segments"])
            ],
            "vocabulary": {
                "makes_added": [], "makes_removed": [], "models_removed": [],
                "models_added": [{"make": "Skoda", "model": "Enyaq"}, {"make": "Volkswagen", "model": "ID.3"}],
            },
            "market": [
                {**feature, "points": [moved(point, 0.85) for point in feature["points"]]}
                for feature in document["market"]
            ],
        }  # fmt: skip

    own = page.request.get(urljoin(page.url, "/api/v1/models/1/comparison/1")).json()
    answer(page, "/api/v1/models/4/comparison/1", differ(own))
    change(page, "/api/v1/models", more_versions)


def read_comparison(page: Page) -> None:
    page.get_by_role("heading", name="Makes and models that they know").wait_for()


STATES = [
    State("models", "one", "/models"),
    State("models", "history", "/models", before=with_history),
    State("models", "two-chosen", "/models", before=with_history, reach=choose_two),
    State("models", "empty", "/models", before=without_versions),
    State("models", "nothing-served", "/models", before=nothing_served),
    State("models", "busy", "/models", before=busy, complaints=("503",)),
    State("compare", "one-version", "/models/compare"),
    State("compare", "two", "/models/compare?a=4&b=1", before=two_versions, reach=read_comparison),
    State("compare", "german", "/models/compare?a=4&b=1", before=two_versions),
    State("compare", "same", "/models/compare?a=1&b=1"),
    State("compare", "unknown", "/models/compare?a=1&b=none", complaints=("404",)),
    State("model", "plain", "/models/1", reach=read_card),
    State("model", "not-served", "/models/1", before=another_serves, reach=read_other_card),
    State("model", "german", "/models/1"),
    State("model", "proved", "/models/1", "dealer", read_proof, proved),
    State("model", "proved-german", "/models/1", "admin", before=proved),
    State("model", "not-proved", "/models/1", "admin", read_proof, not_proved),
    State("model", "not-told", "/models/1", "admin", read_trouble, not_told, complaints=("503",)),
    State("model", "missing", "/models/none", complaints=("404",)),
    State("promotions", "list", "/promotions", before=lambda page: answer(page, "/api/v1/promotions", PROMOTIONS)),
    State("promotions", "empty", "/promotions", before=lambda page: answer(page, "/api/v1/promotions", NONE)),
]
