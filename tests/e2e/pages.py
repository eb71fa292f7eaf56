"""What a customer does on the product's pages, and what every page is held to."""

import re
from datetime import date

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Response, expect

# A car of five years: well inside any market.
YEAR = str(date.today().year - 5)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


def choose(page: Page, label: str, typed: str) -> None:
    """Choose in a select as a keyboard user does: focus, type, Enter."""
    field = page.get_by_role("combobox", name=label, exact=True)
    expect(field).to_be_enabled()  # once the lists are there
    field.focus()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def describe_car(page: Page) -> None:
    """The form for a Volkswagen Golf, which every market has."""
    choose(page, "Make", "Volksw")
    choose(page, "Model", "Golf")
    choose(page, "Fuel", "Petrol")
    choose(page, "Gearbox", "Manual")
    page.get_by_label("First registration: year").fill(YEAR)
    page.get_by_label("Mileage (km)").fill("60000")
    page.get_by_label("Power", exact=True).fill("110")


def fill_in(page: Page) -> None:
    """That car, and what is asked for it."""
    describe_car(page)
    page.get_by_label("Asking price (optional)").fill("12000")


def is_valuation(response: Response) -> bool:
    return response.url.endswith("/api/v1/valuations") and response.request.method == "POST"


def submit(page: Page) -> dict:
    with page.expect_response(is_valuation) as answered:
        page.get_by_role("button", name="Value this car").click()
    return answered.value.json()


def see_all(page: Page) -> None:
    """Scroll through the page: what stands far below is fetched once it comes into sight."""
    page.get_by_role("heading", name="What if").wait_for()
    for name in ("How the value moves", "Cars like this one", "The market for"):
        page.get_by_role("heading", name=name).scroll_into_view_if_needed()
        page.wait_for_timeout(150)
    page.get_by_test_id("outlook").wait_for()
    page.evaluate("window.scrollTo(0, 0)")


def euros(text: str) -> int:
    return int(re.sub(r"[^0-9]", "", text))


def settle(page: Page) -> None:
    """Wait until nothing moves any more: a picture, and contrast, of the end."""
    page.evaluate(
        """async () => {
            await document.fonts.ready
            const ending = (each) => each.effect.getComputedTiming().iterations !== Infinity
            await Promise.allSettled(document.getAnimations().filter(ending).map((each) => each.finished))
        }"""
    )


def check_width(page: Page) -> None:
    """The page does not scroll sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"


def check_layout(page: Page) -> None:
    """Nor does axe find anything that WCAG 2.2 AA forbids. What it has compiled stays in the page for the next look."""
    check_width(page)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate("async (options) => (await axe.run(options)).violations", WCAG)
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in violations] == []
