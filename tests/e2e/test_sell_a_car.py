"""A customer offers a car in a real browser, follows the offer and withdraws it."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.pages import describe_car, euros
from tests.e2e.states.sell import listing, own_price, review


def test_a_car_is_offered_at_our_price_by_keyboard_and_withdrawn(visit: Callable[..., Visit]) -> None:
    """Four steps to a code; by the code the offer is found again, and taken back."""
    visited = visit()
    page = visited.page
    page.goto(f"{visited.address}/sell")
    page.get_by_role("button", name="Describe your car").press("Enter")
    describe_car(page)
    page.get_by_label("Power", exact=True).press("Enter")
    price = euros(page.get_by_test_id("price").inner_text())
    # the step is read from its top
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_test_id("raises").or_(page.get_by_test_id("lowers")).first).to_be_visible()
    page.get_by_role("button", name="Continue").press("Enter")
    page.get_by_label("Name", exact=True).fill("Eva Example")
    page.get_by_label("E-mail").fill("eva@example.org")
    page.get_by_label("I agree").press("Space")
    page.get_by_role("button", name="Send my offer").press("Enter")
    # then there is a code, and the offer stands at our price
    expect(page.get_by_text("Your offer is with us.")).to_be_visible()
    code = page.get_by_label("Your reference code").input_value()
    expect(page.get_by_text("(our price)")).to_be_visible()
    assert euros(page.get_by_text("(our price)").inner_text()) <= price * 1.1
    # and whoever has the code finds it, typed as people type, and withdraws it
    other = visit("phone").page
    other.goto(f"{visited.address}/sell/status")
    other.get_by_label("Reference code").fill(code.lower().replace("-", ""))
    other.get_by_role("button", name="Show my offer").click()
    expect(other.get_by_test_id("offer-state")).to_have_text("Offered")
    other.get_by_role("button", name="Withdraw the offer").click()
    other.get_by_role("dialog").get_by_role("button", name="Withdraw the offer").click()
    expect(other.get_by_test_id("offer-state")).to_have_text("Withdrawn")
    assert visited.complaints == []


def test_reload_back_and_forward_lose_nothing(visit: Callable[..., Visit]) -> None:
    """Neither the step nor what was typed."""
    visited = visit()
    page = visited.page
    page.goto(f"{visited.address}/sell")
    own_price(page)
    page.get_by_label("Name", exact=True).fill("Eva Example")
    page.reload()
    expect(page.get_by_label("Your price", exact=True)).to_have_value("13,500")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Eva Example")
    page.go_back()
    expect(page.get_by_role("heading", name="What your Volkswagen Golf is worth")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Mileage (km)")).to_have_value("60,000")
    page.go_forward()
    page.go_forward()
    expect(page.get_by_label("Your price", exact=True)).to_have_value("13,500")
    assert visited.complaints == []


def test_a_step_is_not_skipped(visit: Callable[..., Visit]) -> None:
    """An address of a later step leads to the car, where none was described."""
    visited = visit()
    page = visited.page
    page.goto(f"{visited.address}/sell?step=listing")
    expect(page.get_by_role("button", name="See its value")).to_be_visible()
    assert visited.complaints == []


def test_servers_own_words_stand_at_the_contact(visit: Callable[..., Visit]) -> None:
    visited = visit()
    page = visited.page
    page.goto(f"{visited.address}/sell")
    listing(page)
    page.get_by_label("Name", exact=True).fill("Eva Example")
    page.get_by_label("E-mail").fill("eva")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Send my offer").click()
    expect(page.get_by_text("is not an e-mail address")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_be_focused()
    assert visited.unexpected(("422",)) == []


def test_a_valued_car_is_at_hand(visit: Callable[..., Visit]) -> None:
    """Whoever was here before goes on with the car that was valued."""
    visited = visit()
    page = visited.page
    page.goto(f"{visited.address}/sell")
    review(page)
    page.goto(f"{visited.address}/sell")
    page.get_by_role("button", name="Go on with the Volkswagen Golf").click()
    expect(page.get_by_label("Mileage (km)")).to_have_value("60,000")
    assert visited.complaints == []
