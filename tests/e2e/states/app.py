"""States of the frame around all pages, and of pages that say why there is nothing."""

import json

from playwright.sync_api import Page, Route, expect

from tests.e2e.states.state import State


def open_account_menu(page: Page) -> None:
    """The menu of the header: on a phone it holds all links."""
    if page.get_by_role("button", name="Menu").is_visible():
        page.get_by_role("button", name="Menu").click()
    else:
        page.get_by_role("button", name="Account of").click()
    expect(page.get_by_role("button", name="Log out").locator("visible=true")).to_be_visible()


def lose_the_network(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.get_by_test_id("offline")).to_be_visible()


def without_model_server(page: Page) -> None:
    away = {"status": "ready", "database": "ready",
            "model_server": {"available": False, "version": None, "cause": "refused"}}  # fmt: skip

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=json.dumps(away))

    page.route("**/readyz", answer)


def see_model_server_away(page: Page) -> None:
    expect(page.get_by_test_id("model-away")).to_be_visible()


def end_the_session(page: Page) -> None:
    """It is ended elsewhere, and the next request learns so."""
    page.get_by_role("textbox", name="Name").fill("Kept Name")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("session-ended")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Kept Name")


def log_in_again(page: Page) -> None:
    end_the_session(page)
    page.get_by_test_id("session-ended").get_by_role("button").click()
    expect(page.get_by_role("dialog", name="Log in again")).to_be_visible()


UNAUTHORIZED = ("401",)
STATES = [
    State("missing", "plain", "/nowhere", complaints=("404",)),
    State("forbidden", "plain", "/admin/users", role="customer"),
    State("offline", "plain", "/offline"),
    State("imprint", "empty", "/imprint"),
    State("privacy", "empty", "/privacy"),
    State("imprint", "menu-open", "/imprint", role="admin", reach=open_account_menu, differs_on_a_phone=True),
    State("imprint", "network-lost", "/imprint", reach=lose_the_network),
    State("imprint", "model-away", "/imprint", before=without_model_server, reach=see_model_server_away),
    State("profile", "session-ended", "/account/profile", "customer", end_the_session, complaints=UNAUTHORIZED),
    State("profile", "log-in-again", "/account/profile", "customer", log_in_again, complaints=UNAUTHORIZED),
]
