"""States of the review of reports."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.states.answers import answer, refuse
from tests.e2e.states.state import State

VEHICLE = {
    "make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "offer_type": "used",
    "first_registration": "2019-05", "mileage_km": 62_000, "power_hp": 110,
}  # fmt: skip
OURS = {
    "price_eur": 15_400, "low_eur": 13_100, "high_eur": 18_050, "confidence": "high", "version": "1",
    "as_of": "2026-05-31",
}  # fmt: skip
REPORT: dict[str, Any] = {
    "id": "AAAAAAAAAAAAAAAAAAAAAA", "kind": "report", "state": "quarantined", "reason": "too_high", "price_eur": 12_000,
    "price_kind": "sale", "created_at": "2026-05-30T16:20:00Z",
    "comment": "It had been in an accident.\nThe paper says so.",
    "pseudonym": "5b1c0f2ae6d94d0c", "record": {"accepted": 4, "rejected": 1}, "valuation": "BBBBBBBBBBBBBBBBBBBBBB",
    "vehicle": VEHICLE, "ours": OURS, "residual_percent": -22.08, "support": 812, "trust": 0.5, "own_estimate": False,
    "reviewed_at": None, "reviewed_by": None, "reviewed_by_name": None, "note": None,
}  # fmt: skip
SALE = {
    **REPORT, "id": "CCCCCCCCCCCCCCCCCCCCCC", "kind": "sale", "reason": None, "comment": None, "price_eur": 15_390,
    "residual_percent": -0.06, "trust": 1.0, "own_estimate": True, "vehicle": {**VEHICLE, "model": "Passat"},
}  # fmt: skip
OPINION = {
    **REPORT, "id": "DDDDDDDDDDDDDDDDDDDDDD", "reason": "too_low", "comment": None, "price_eur": 31_000,
    "price_kind": "opinion", "residual_percent": 101.3, "record": None, "pseudonym": "anonymous",
    "vehicle": {**VEHICLE, "make": "Mercedes-Benz", "model": "C 220 T-Modell"},
}  # fmt: skip
BARE = {
    **SALE, "id": "EEEEEEEEEEEEEEEEEEEEEE", "vehicle": {**VEHICLE, "model": "Polo"}, "price_eur": 8_100, "ours": None,
    "residual_percent": None, "support": None, "valuation": None, "own_estimate": False,
}  # fmt: skip
REVIEWS = "/api/v1/reviews"
DECIDED = {
    "reviewed_at": "2026-05-31T08:00:00Z", "reviewed_by": "a1b2c3d4e5f6", "reviewed_by_name": "Ada",
    "note": "The sale is on paper.",
}  # fmt: skip


def list_of(page: Page, *reviews: dict[str, Any]) -> None:
    answer(page, REVIEWS, {"reviews": list(reviews), "next": None})


def waiting(page: Page) -> None:
    list_of(page, REPORT, SALE, OPINION, BARE)


def accepted(page: Page) -> None:
    list_of(page, {**REPORT, **DECIDED, "state": "accepted"})


def look_at(name: str) -> Any:
    def look(page: Page) -> None:
        page.get_by_role("region", name="In this list").get_by_role("button", name=name).click()
        expect(page.get_by_role("heading", level=2, name=name)).to_be_focused()

    return look


def overtaken(page: Page) -> None:
    waiting(page)
    refuse(page, f"{REVIEWS}/{REPORT['id']}", 409, "Conflict", "POST")


def one_own(page: Page) -> None:
    waiting(page)
    refuse(page, f"{REVIEWS}/{REPORT['id']}", 403, "Forbidden", "POST")


def accept(page: Page) -> None:
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("alert")).to_be_visible()


STATES = [
    State("reviews", "waiting", "/reviews", "reviewer", before=waiting),
    State("reviews", "sale", "/reviews", "reviewer", look_at("Passat"), waiting),
    State("reviews", "opinion", "/reviews", "reviewer", look_at("C 220 T-Modell"), waiting),
    State("reviews", "accepted", "/reviews?state=accepted", "admin", before=accepted),
    State("reviews", "empty", "/reviews", "reviewer", before=list_of),
    State("reviews", "none-of-this-kind", "/reviews?kind=sale", "reviewer", before=list_of),
    State("reviews", "overtaken", "/reviews", "reviewer", accept, overtaken, complaints=("409",)),
    State("reviews", "own", "/reviews", "reviewer", accept, one_own, complaints=("403",)),
]
