"""The frame around all pages: language, guards, and what is told when something is away."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, Visit, address_of
from tests.e2e.pages import fill_in, submit


def test_the_language_is_the_browsers_until_it_is_switched(visit: Callable[..., Visit]) -> None:
    """At once, with what was typed still there, and for the next visit too; numbers and the title follow."""
    # given a German reader with a price before him
    visited = visit(locale="de-DE")
    page = visited.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Auto bewerten")
    expect(page).to_have_title(re.compile("^Auto bewerten"))
    # when he switches to English
    page.get_by_role("banner").get_by_role("radio", name="English").check(force=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Value a car")
    expect(page).to_have_title(re.compile("^Value a car"))
    fill_in(page)
    submit(page)
    expect(page.get_by_test_id("price")).to_contain_text("€")
    english = page.get_by_test_id("price").inner_text()
    # then switching again changes the words and numbers alone
    page.get_by_role("banner").get_by_role("radio", name="Deutsch").check(force=True)
    expect(page.get_by_test_id("price")).to_contain_text(re.compile(r"^[\d.]+\s€$"))
    german = page.get_by_test_id("price").inner_text()
    assert re.sub(r"\D", "", german) == re.sub(r"\D", "", english)
    expect(page.get_by_test_id("reason").first).not_to_contain_text("years")
    # and it is remembered
    page.get_by_role("banner").get_by_role("radio", name="English").check(force=True)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Value a car")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert visited.complaints == []


def test_a_login_leads_back_to_where_one_was_going(visit: Callable[..., Visit]) -> None:
    """And a page that is not for the account says so."""
    # given nobody, when the tokens are opened, then the login comes first
    visited = visit()
    page = visited.page
    page.goto(f"{visited.address}/account/tokens")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    page.get_by_label("E-mail").fill(address_of("dealer"))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{visited.address}/account/tokens")
    # and when the dealer opens what is an admin's, then he is told
    page.goto(f"{visited.address}/admin/users")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not for this account")
    # and when he logs out, then nobody is logged in
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("banner").get_by_role("link", name="Log in")).to_be_visible()
    expect(page.get_by_test_id("notice")).to_contain_text("logged out")
    assert visited.complaints == []


def test_work_goes_on_after_a_session_has_ended(visit: Callable[..., Visit]) -> None:
    """What was typed is still there, and is sent once one has logged in again."""
    visited = visit(role="customer")
    page = visited.page
    page.goto(f"{visited.address}/account/profile")
    page.get_by_role("textbox", name="Name").fill("Customer")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    page.get_by_test_id("session-ended").get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Log in").click()
    expect(page.get_by_test_id("session-ended")).to_have_count(0)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("notice")).to_contain_text("Saved")
    assert visited.unexpected(("401",)) == []


def test_the_content_is_reached_without_the_header(visit: Callable[..., Visit]) -> None:
    """The first press of Tab offers it, Escape closes a menu and gives the focus back."""
    visited = visit("phone")
    page = visited.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    menu = page.get_by_role("button", name="Menu")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Models")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(page.get_by_role("link", name="Models")).to_be_hidden()
    assert visited.complaints == []
