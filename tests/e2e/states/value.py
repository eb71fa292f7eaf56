"""States of valuing a car."""

import json

from playwright.sync_api import Page, Route, expect

from tests.e2e.pages import fill_in, see_all, submit
from tests.e2e.states.state import State

KEEP = """async (body) => (await (await fetch('/api/v1/valuations', {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body),
})).json()).id"""
GOLF = {"make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "first_registration": "2019-05",
        "mileage_km": 84_000, "power_hp": 110, "asking_price_eur": 12_900, "keep": True}  # fmt: skip
UNAVAILABLE = {"type": "about:blank", "title": "The model server is unavailable", "status": 503, "detail": "away",
               "request_id": "0"}  # fmt: skip


def priced(page: Page) -> None:
    fill_in(page)
    submit(page)
    page.get_by_test_id("price").wait_for()


def details(page: Page) -> None:
    priced(page)
    see_all(page)
    page.get_by_test_id("comparables").wait_for()
    page.get_by_test_id("market").wait_for()


def by_mileage(page: Page) -> None:
    priced(page)
    see_all(page)
    page.get_by_text("Mileage", exact=True).and_(page.locator(".switch__choice span")).click()
    expect(page.get_by_role("heading", name="Value by mileage")).to_be_visible()
    page.get_by_test_id("outlook").get_by_text("As a table").click()


def without_market(page: Page) -> None:
    """As before any listings are brought."""

    def none_like_it(route: Route) -> None:
        said = route.fetch().json()
        route.fulfill(json={**said, "comparables": [], "newest_day": None, "median_adjusted_eur": None})

    def no_history(route: Route) -> None:
        route.fulfill(json={**route.fetch().json(), "history": [], "newest_day": None})

    page.route("**/api/v1/valuations/comparables", none_like_it)
    page.route("**/api/v1/market?*", no_history)


def nothing_to_compare(page: Page) -> None:
    priced(page)
    see_all(page)
    expect(page.get_by_test_id("no-comparables")).to_be_visible()
    expect(page.get_by_test_id("no-market")).to_be_visible()


def without_model(page: Page) -> None:
    def away(route: Route) -> None:
        route.fulfill(
            status=503, headers={"Retry-After": "30"}, content_type="application/problem+json",
            body=json.dumps(UNAVAILABLE),
        )  # fmt: skip

    page.route("**/api/v1/valuations", away)


def unavailable(page: Page) -> None:
    fill_in(page)
    page.get_by_role("button", name="Value this car").click()
    expect(page.get_by_test_id("problem")).to_be_visible()


def shared(page: Page) -> None:
    priced(page)
    page.get_by_role("button", name="Share a link").click()
    expect(page.get_by_label("Link to this valuation")).to_be_visible()


def reporting(page: Page) -> None:
    priced(page)
    page.get_by_role("button", name="This price is wrong").click()
    dialog = page.get_by_role("dialog", name="What is wrong with this price?")
    dialog.get_by_label("The right price").fill("11000")
    dialog.get_by_role("button", name="Send the report").click()
    expect(dialog.get_by_text("Say what is wrong.")).to_be_visible()


def reported(page: Page) -> None:
    reporting(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Too high").check()
    dialog.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("Thank you: your report is with our reviewers.")).to_be_visible()


def kept(page: Page) -> None:
    page.goto(f"{page.url}valuations/{page.evaluate(KEEP, GOLF)}")
    page.get_by_role("heading", name="Cars like this one").scroll_into_view_if_needed()
    page.get_by_test_id("comparables").wait_for()
    page.get_by_role("heading", name="The market for").scroll_into_view_if_needed()
    page.get_by_test_id("market").wait_for()
    page.evaluate("window.scrollTo(0, 0)")


STATES = [
    State("value", "empty", "/"),
    State("value", "priced", "/", reach=priced),
    State("value", "details", "/", reach=details),
    State("value", "by-mileage", "/", reach=by_mileage),
    State("value", "no-market", "/", reach=nothing_to_compare, before=without_market),
    State("value", "unavailable", "/", reach=unavailable, before=without_model, complaints=("503",)),
    State("value", "shared", "/", reach=shared),
    State("value", "reporting", "/", reach=reporting),
    State("value", "reported", "/", reach=reported),
    State("kept", "plain", "/", reach=kept),
    State("kept", "missing", "/valuations/0", complaints=("404",)),
]
