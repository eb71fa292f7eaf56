"""States of offering a car."""

from playwright.sync_api import Page, expect

from tests.e2e.pages import describe_car
from tests.e2e.states.state import State
from tests.e2e.states.value import without_model


def details(page: Page) -> None:
    page.get_by_role("button", name="Describe your car").click()
    describe_car(page)


def review(page: Page) -> None:
    details(page)
    page.get_by_role("button", name="See its value").click()
    page.get_by_test_id("price").wait_for()


def unavailable(page: Page) -> None:
    details(page)
    page.get_by_role("button", name="See its value").click()
    expect(page.get_by_test_id("problem")).to_be_visible()


def listing(page: Page) -> None:
    review(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your price")).to_be_visible()


def incomplete(page: Page) -> None:
    listing(page)
    page.get_by_role("button", name="Send my offer").click()
    expect(page.get_by_text("Enter your name.")).to_be_visible()


def own_price(page: Page) -> None:
    listing(page)
    page.get_by_label("A price of your own").check()
    page.get_by_label("Your price", exact=True).fill("13500")
    expect(page.get_by_test_id("deal")).to_be_visible()


def without_our_price(page: Page) -> None:
    unavailable(page)
    page.get_by_role("button", name="Go on with a price of my own").click()
    expect(page.get_by_label("Your price", exact=True)).to_be_visible()


def sent(page: Page) -> None:
    own_price(page)
    page.get_by_label("Name", exact=True).fill("Eva Example")
    page.get_by_label("Phone").fill("0170 123456")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Send my offer").click()
    expect(page.get_by_test_id("offer-state")).to_have_text("Offered")


def withdrawing(page: Page) -> None:
    sent(page)
    page.get_by_role("button", name="Withdraw the offer").click()
    expect(page.get_by_role("dialog", name="Withdraw your offer?")).to_be_visible()


def withdrawn(page: Page) -> None:
    withdrawing(page)
    page.get_by_role("dialog").get_by_role("button", name="Withdraw the offer").click()
    expect(page.get_by_test_id("offer-state")).to_have_text("Withdrawn")


AWAY = ("503",)
STATES = [
    State("sell", "start", "/sell"),
    State("sell", "details", "/sell", reach=details),
    State("sell", "review", "/sell", reach=review),
    State("sell", "unavailable", "/sell", reach=unavailable, before=without_model, complaints=AWAY),
    State("sell", "listing", "/sell", reach=listing),
    State("sell", "listing-of-the-house", "/sell", "dealer", listing),
    State("sell", "incomplete", "/sell", reach=incomplete),
    State("sell", "own-price", "/sell", reach=own_price),
    State("sell", "without-our-price", "/sell", reach=without_our_price, before=without_model, complaints=AWAY),
    State("offer", "code", "/sell/status"),
    State("offer", "missing", "/sell/status/AAAA-AAAA-AAAA-AAAA-AAAA", complaints=("404",)),
    State("offer", "sent", "/sell", reach=sent),
    State("offer", "withdrawing", "/sell", reach=withdrawing),
    State("offer", "withdrawn", "/sell", reach=withdrawn),
]
