"""All of it by keyboard alone, with the focus in sight and a name for whoever cannot see it."""

import os
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.all_states import STATES
from tests.e2e.cars import add_offer, call, remove_all
from tests.e2e.conftest import Visit
from tests.e2e.keyboard import go_to, press_tab, unnamed, walk
from tests.e2e.pages import YEAR, euros, fill_in, is_valuation, settle, submit
from tests.e2e.states.state import State

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
WALKED = {
    "value-details", "kept-plain", "sell-listing", "offer-sent", "desk-selected", "car-edit", "batch-errors",
    "market-listings", "reviews-waiting", "models-history", "compare-two", "model-plain", "rollouts-canary",
    "rollouts-take-back", "mine-lists", "tokens-list", "users-list", "register-refused",
}  # fmt: skip


@pytest.mark.parametrize("state", [each for each in STATES if WHOLE or str(each) in WALKED], ids=str)
def test_tab_leads_through_a_page(visit: Callable[..., Visit], state: State) -> None:
    """To every control and to the end; each stop shows the focus, and has a name, as have tables, pictures, dialogs."""
    visited = visit(role=state.role)
    page = visited.page
    state.before(page)
    page.goto(f"{visited.address}{state.path}")
    page.get_by_role("heading", level=1).wait_for()
    state.reach(page)
    settle(page)
    assert unnamed(page) == []
    if page.get_by_role("dialog").count():
        assert_trapped(page)
    else:
        assert walk(page) >= 3


def assert_trapped(page: Page) -> None:
    """The focus goes round within the dialog, both ways; between two rounds it may be at the browser's own buttons."""
    expect(page.get_by_role("dialog").locator(":focus")).to_have_count(1)
    for keys in ("Tab", "Shift+Tab"):
        for _ in range(12):
            at = press_tab(page, keys)
            assert at is None or page.evaluate("document.activeElement.closest('[role=dialog]') !== null"), at


def type_in(page: Page, name: str, text: str) -> None:
    go_to(page, "textbox", name)
    page.keyboard.type(text)


def pick(page: Page, name: str, typed: str) -> None:
    """In a list that is narrowed by what is typed."""
    go_to(page, "combobox", name)
    expect(page.get_by_role("combobox", name=name, exact=True)).to_be_enabled()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def describe(page: Page) -> None:
    pick(page, "Make", "Volksw")
    expect(page.get_by_role("combobox", name="Model", exact=True)).to_be_enabled()
    pick(page, "Model", "Golf")
    pick(page, "Fuel", "Petrol")
    pick(page, "Gearbox", "Manual")
    type_in(page, "First registration: year", YEAR)
    type_in(page, "Mileage (km)", "60000")
    type_in(page, "Power", "110")


def test_a_car_is_valued(visit: Callable[..., Visit]) -> None:
    """From the page's beginning to a link to pass on; a slider moves by the arrows."""
    visited = visit()
    page = visited.page
    expect(page.get_by_role("combobox", name="Make", exact=True)).to_be_enabled()
    describe(page)
    with page.expect_response(is_valuation):
        page.keyboard.press("Enter")
    price = euros(page.get_by_test_id("price").inner_text())
    go_to(page, "slider", "Mileage")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("what-if-price")).not_to_have_text(re.compile(f"^€{price:,}$"))
    assert euros(page.get_by_test_id("what-if-price").inner_text()) < price
    go_to(page, "button", "Share a link", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Link to this valuation")).to_be_visible()
    go_to(page, "button", "This price is wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_trapped(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="This price is wrong")).to_be_focused()
    assert visited.complaints == []


def test_a_car_is_offered(visit: Callable[..., Visit]) -> None:
    """The four steps, at a price of one's own."""
    visited = visit()
    page = visited.page
    page.goto(f"{visited.address}/sell")
    go_to(page, "button", "Describe your car")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Make", exact=True)).to_be_enabled()
    describe(page)
    page.keyboard.press("Enter")
    page.get_by_test_id("price").wait_for()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    go_to(page, "button", "Continue")
    page.keyboard.press("Enter")
    go_to(page, "radio", re.compile("^Our price"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("A price of your own")).to_be_checked()
    type_in(page, "Your price", "13500")
    type_in(page, "Name", "Eva Example")
    type_in(page, "E-mail", "eva@example.org")
    go_to(page, "checkbox", re.compile("^I agree"))
    page.keyboard.press("Space")
    go_to(page, "button", "Send my offer")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("offer-state")).to_have_text("Offered")
    assert visited.complaints == []


def test_the_desk_is_worked_at(visit: Callable[..., Visit]) -> None:
    """An offer is selected and accepted, opened, edited, taken in and sold; dialogs give the focus back."""
    visited = visit(role="dealer")
    page = visited.page
    remove_all(page)
    offer = add_offer(page, price_eur=12_000)
    page.goto(f"{visited.address}/desk?state=offered")
    expect(page.get_by_role("table", name="Cars", exact=True)).to_be_visible()
    go_to(page, "checkbox", "Select all")
    page.keyboard.press("Space")
    go_to(page, "button", "Accept (1)")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 changed to: Accepted.")).to_be_visible()
    page.goto(f"{visited.address}/desk")
    go_to(page, "link", "Volkswagen Golf")
    page.keyboard.press("Enter")
    page.get_by_test_id("worth-today").wait_for()
    go_to(page, "button", "Edit")
    page.keyboard.press("Enter")
    go_to(page, "textbox", "Mileage")
    page.keyboard.press("Control+a")
    page.keyboard.type("70000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.reload()
    page.get_by_test_id("worth-today").wait_for()
    go_to(page, "button", "Take in")
    page.keyboard.press("Enter")
    go_to(page, "button", "Record the sale")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_trapped(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Record the sale")).to_be_focused()
    page.keyboard.press("Enter")
    go_to(page, "textbox", "Sale price (EUR)")
    page.keyboard.press("Control+a")
    page.keyboard.type("11500")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sold for €11,500")).to_be_visible()
    now = call(page, "GET", f"/cars/{offer['id']}")
    assert (now["state"], now["vehicle"]["mileage_km"], now["sale_price_eur"]) == ("sold", 70_000, 11_500)
    assert visited.complaints == []


def test_who_wants_no_motion_gets_none(visit: Callable[..., Visit]) -> None:
    """Nothing that moves takes longer than a blink, and nothing goes on moving."""
    page = visit().page
    page.emulate_media(reduced_motion="reduce")
    fill_in(page)
    submit(page)
    page.get_by_test_id("price").wait_for()
    durations = """() => [...document.querySelectorAll('*')].flatMap((each) => {
        const { transitionDuration, animationDuration, animationIterationCount } = getComputedStyle(each)
        const seconds = `${transitionDuration}, ${animationDuration}`.split(', ').map(parseFloat)
        return animationIterationCount === 'infinite' ? [1, ...seconds] : seconds
    })"""
    assert max(page.evaluate(durations)) <= 0.001
    page.emulate_media(reduced_motion="no-preference")
    assert max(page.evaluate(durations)) > 0.001, "nothing moves at all: this test sees nothing"
