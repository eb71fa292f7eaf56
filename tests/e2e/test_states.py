"""Every state of every page: no complaint, no scrolling sideways, nothing for axe, and a picture of each.

Each is looked at on a desktop by day, and the same page as narrow as a phone. The first state of each page is looked
at by night too, and opened on a phone by day and by night; with DEALERSHIP_VERIFY=1 all of them are. Pages share a
browser context for each device, so that a page finds its files in the cache as a second visit does; what it stored is
taken away after it.
"""

import os
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.e2e.all_states import STATES
from tests.e2e.conftest import SIZES, LogIn, Visit
from tests.e2e.pages import check_layout, check_width, settle
from tests.e2e.states.state import State
from tests.product import Product

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
FIRST_OF_EACH = list({state.route: state for state in reversed(STATES)}.values())
SAMPLE = STATES if WHOLE else [state for state in STATES if state in FIRST_OF_EACH or state.differs_on_a_phone]
UNTOUCHED = [state for state in STATES if state.reach.__name__ == "nothing"]

Open = Callable[[State, str, str], Visit]


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[Callable[[str, str], BrowserContext]]:
    """The one context of a device and a language."""
    made: dict[tuple[str, str], BrowserContext] = {}

    def context(device: str, locale: str) -> BrowserContext:
        if (device, locale) not in made:
            made[device, locale] = new = browser.new_context(
                viewport=SIZES[device], color_scheme="light", locale=locale, has_touch=device == "phone"
            )
            # A browser looks there for the icon of what names none, as /livez.
            new.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        return made[device, locale]

    yield context
    for each in made.values():
        each.close()


@pytest.fixture
def open_state(
    product: Product, contexts: Callable[[str, str], BrowserContext], log_in: LogIn, market: None
) -> Iterator[Open]:
    """A page in this state; what was changed of the context is put back after it."""
    opened = []

    def open_page(state: State, device: str, locale: str) -> Visit:
        context = contexts(device, locale)
        log_in(context, state.role)
        visited = Visit(context.new_page(), product.address)
        opened.append(visited.page)
        visited.watch()
        # Where `before` may call the API from; nothing of ours is loaded there.
        visited.page.goto(f"{product.address}/livez")
        state.before(visited.page)
        visited.page.goto(f"{product.address}{state.path}")
        visited.page.get_by_role("heading", level=1).wait_for()
        state.reach(visited.page)
        return visited

    yield open_page
    for page in opened:
        page.context.set_offline(False)
        page.evaluate("localStorage.clear()")
        page.close()


def look(visited: Visit, state: State, device: str) -> None:
    """By day, and by night where that is in the sample."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark") if state in SAMPLE else ("light",)
    for scheme in schemes:
        visited.page.emulate_media(color_scheme=scheme)
        settle(visited.page)
        visited.screenshot(f"{state}-{device}-{scheme}")
        check_layout(visited.page)


@pytest.mark.parametrize("state", STATES, ids=str)
def test_a_state_is_sound(open_state: Open, state: State) -> None:
    """On a desktop, and when its window is made as narrow as a phone."""
    visited = open_state(state, "desktop", "en-GB")
    look(visited, state, "desktop")
    visited.page.set_viewport_size(SIZES["phone"])
    settle(visited.page)
    check_width(visited.page)
    if state not in SAMPLE:
        visited.screenshot(f"{state}-phone-light")
    assert visited.unexpected(state.complaints) == []


@pytest.mark.parametrize("state", SAMPLE, ids=str)
def test_a_state_is_sound_on_a_phone(open_state: Open, state: State) -> None:
    visited = open_state(state, "phone", "en-GB")
    look(visited, state, "phone")
    assert visited.unexpected(state.complaints) == []


@pytest.mark.parametrize("state", UNTOUCHED, ids=str)
def test_a_state_is_there_in_german(open_state: Open, state: State) -> None:
    """On the narrowest page, since German words are long."""
    visited = open_state(state, "phone", "de-DE")
    page = visited.page
    assert page.evaluate("document.documentElement.lang") == "de"
    settle(page)
    visited.screenshot(f"{state}-phone-german")
    check_width(page)
    if WHOLE:
        check_layout(page)
    assert visited.unexpected(state.complaints) == []
