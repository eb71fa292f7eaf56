"""Requests that a page of the product makes by itself, as whoever is logged in on it."""

from typing import Any

from playwright.sync_api import Page

from tests.e2e.pages import YEAR

SEND = """async ([method, path, body]) => {
    const token = document.cookie.match(/csrf=([^;]+)/)?.[1]
    const headers = {'Content-Type': 'application/json', ...(token ? {'X-CSRF-Token': decodeURIComponent(token)} : {})}
    const answer = await fetch(path, {method, headers, body: body && JSON.stringify(body)})
    return [answer.status, answer.status === 204 ? null : await answer.json()]
}"""
GOLF = {
    "make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "first_registration": YEAR,
    "mileage_km": 60_000, "power_hp": 110,
}  # fmt: skip


def send(page: Page, method: str, path: str, body: Any = None) -> Any:
    """What the API answers; it must not be a refusal."""
    status, answer = page.evaluate(SEND, [method, f"/api/v1/{path}", body])
    assert status < 300, answer
    return answer


def keep_valuation(page: Page) -> dict[str, Any]:
    return send(page, "POST", "valuations", {**GOLF, "keep": True})


def report(page: Page, **said: Any) -> dict[str, Any]:
    """A report on a new valuation of a Golf."""
    return send(page, "POST", f"valuations/{keep_valuation(page)['id']}/reports", {"reason": "too_high", **said})
