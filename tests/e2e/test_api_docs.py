"""A developer reads the API's documentation in a real browser, and tries a route."""

import json
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_every_operation_is_there_and_can_be_tried(visit: Callable[..., Visit], device: str) -> None:
    """As many as the document has; one of them answers; nothing complains, nothing leaves the origin."""
    visited = visit(device)
    page = visited.page
    with urllib.request.urlopen(f"{visited.address}/api/v1/openapi.json", timeout=10) as response:
        document = json.load(response)
    page.goto(f"{visited.address}/api/docs")
    operations = page.locator(".opblock")
    expect(operations).to_have_count(sum(len(item) for item in document["paths"].values()))

    liveness = operations.filter(has_text="/livez").first
    liveness.click()
    liveness.get_by_role("button", name="Try it out").click()
    liveness.get_by_role("button", name="Execute").click()
    expect(liveness.locator(".live-responses-table")).to_contain_text('"alive"')
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"
    visited.screenshot(f"api-docs-{device}")
    assert visited.complaints == []


def test_what_a_logged_in_user_tries_proves_the_page(visit: Callable[..., Visit]) -> None:
    """The header goes along that the gateway asks for with a session's cookie."""
    visited = visit()
    page = visited.page
    page.context.add_cookies(
        [{"name": "__Host-csrf", "value": "of-the-session", "url": visited.address.replace("http:", "https:"),
          "secure": True}]
    )  # fmt: skip
    page.goto(f"{visited.address}/api/docs")
    liveness = page.locator(".opblock").filter(has_text="/livez").first
    liveness.click()
    liveness.get_by_role("button", name="Try it out").click()
    with page.expect_request("**/livez") as asked:
        liveness.get_by_role("button", name="Execute").click()
    assert asked.value.headers["x-csrf-token"] == "of-the-session"
    assert visited.complaints == []
