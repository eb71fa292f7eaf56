"""States of valuing a car."""

from playwright.sync_api import Page

from tests.e2e.pages import fill_in, submit
from tests.e2e.states.state import State


def priced(page: Page) -> None:
    fill_in(page)
    submit(page)
    page.get_by_test_id("price").wait_for()


STATES = [
    State("value", "empty", "/"),
    State("value", "priced", "/", reach=priced),
    State("kept", "to-come", "/valuations/0"),
]
