"""States of what is told of the model."""

from playwright.sync_api import Page

from tests.e2e.states.state import State


def read_card(page: Page) -> None:
    page.get_by_role("region", name="What it has learnt").wait_for()


STATES = [
    State("models", "to-come", "/models"),
    State("compare", "to-come", "/models/compare"),
    State("model", "plain", "/models/1", reach=read_card),
    State("model", "missing", "/models/none", complaints=("404",)),
    State("promotions", "to-come", "/promotions"),
]
