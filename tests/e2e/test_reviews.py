"""A reviewer works through what was reported, by mouse and by keyboard, and an admin takes back what was accepted."""

import uuid
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.calls import report, send
from tests.e2e.conftest import Visit


def open_last(visited: Visit) -> Page:
    """The queue, at the newest of it; the others of the product's own tests lie before."""
    page = visited.page
    page.goto(f"{visited.address}/reviews")
    page.get_by_role("region", name="In this list").get_by_role("listitem").last.get_by_role("button").click()
    return page


def test_a_report_is_accepted_by_keyboard_and_withdrawn_by_an_admin(visit: Callable[..., Visit]) -> None:
    """The evidence is there; two keys decide; the next one has the focus; what was accepted can be taken back."""
    customer = visit(role="customer").page
    first = report(customer, reason="too_low", comment="It stays.")
    comment = f"Sold with a broken gearbox {uuid.uuid4().hex[:8]}."
    said = report(customer, price_eur=9_000, price_kind="sale", comment=comment)

    visited = visit(role="reviewer")
    page = open_last(visited)
    card = page.get_by_role("article")
    expect(card.get_by_role("heading", level=2)).to_have_text("Our price is too high: Volkswagen Golf")
    expect(card.get_by_role("heading", level=2)).to_be_focused()
    expect(card).to_contain_text(comment)
    for fact in ("Our price then", "Our range then", "Listings of this model", "What they said before"):
        expect(card.get_by_role("term").filter(has_text=fact)).to_be_visible()

    # what is typed is no command
    card.get_by_label("Reason for the decision").fill("")
    page.keyboard.type("a real bill")
    expect(card.get_by_label("Reason for the decision")).to_have_value("a real bill")
    card.get_by_role("heading", level=2).focus()
    page.keyboard.press("k")
    expect(card).to_contain_text("It stays.")
    page.keyboard.press("j")
    expect(card).to_contain_text(comment)
    card.get_by_label("Reason for the decision").fill("There is a bill.")
    card.get_by_label("Weight as evidence").select_option(label="75%")
    card.get_by_role("heading", level=2).focus()
    page.keyboard.press("a")
    expect(card.get_by_role("button", name="Accept")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("notice")).to_contain_text("Accepted: Volkswagen Golf")
    expect(card).to_contain_text("It stays.")
    expect(card.get_by_role("heading", level=2)).to_be_focused()
    assert visited.complaints == []

    admin = visit(role="admin")
    admin.page.goto(f"{admin.address}/reviews?state=accepted")
    listed = admin.page.get_by_role("region", name="In this list").get_by_role("listitem")
    listed.last.get_by_role("button").click()
    card = admin.page.get_by_role("article")
    expect(card).to_contain_text("There is a bill.")
    expect(card).to_contain_text("75%")
    card.get_by_role("button", name="Withdraw").click()
    admin.page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(admin.page.get_by_test_id("notice")).to_contain_text("Withdrawn")

    own = {each["id"]: each["state"] for each in send(customer, "GET", "users/me/feedback")["feedback"]}
    assert own[said["id"]] == "withdrawn"
    assert own[first["id"]] == "quarantined"
    assert admin.complaints == []


def test_a_report_is_rejected_on_a_phone(visit: Callable[..., Visit]) -> None:
    """It is gone from what waits, and stands with its reason among what was rejected."""
    report(visit().page, reason="wrong_data", comment="It is a diesel.")
    visited = visit("phone", role="reviewer")
    page = open_last(visited)
    card = page.get_by_role("article")
    expect(card).to_contain_text("It is a diesel.")
    expect(card).to_contain_text("somebody without an account")
    card.get_by_label("Reason for the decision").fill("The paper says petrol.")
    card.get_by_role("button", name="Reject").click()
    expect(page.get_by_test_id("notice")).to_contain_text("Rejected")
    page.get_by_role("link", name="Rejected").click()
    page.get_by_role("region", name="In this list").get_by_role("listitem").last.get_by_role("button").click()
    expect(card).to_contain_text("The paper says petrol.")
    assert visited.complaints == []


def test_the_filter_stands_in_the_address(visit: Callable[..., Visit]) -> None:
    """A link opens on it, and going back takes it off."""
    visited = visit(role="reviewer")
    page = visited.page
    page.goto(f"{visited.address}/reviews?kind=sale")
    expect(page.get_by_role("radio", name="Sales")).to_be_checked()
    page.get_by_role("link", name="Withdrawn").click()
    expect(page).to_have_url(f"{visited.address}/reviews?state=withdrawn&kind=sale")
    page.get_by_role("radiogroup", name="Kind").get_by_text("All").click()
    expect(page).to_have_url(f"{visited.address}/reviews?state=withdrawn")
    page.go_back()
    expect(page.get_by_role("link", name="Waiting")).to_have_attribute("aria-current", "page")
    assert visited.complaints == []
