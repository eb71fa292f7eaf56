"""Every state of every page: no complaint, no scrolling sideways, nothing for axe, and a picture of each.

Each is looked at on a desktop by day, and the same page as narrow as a phone. The first state of each page is looked
at by night too, and opened on a phone by day and by night; with DEALERSHIP_VERIFY=1 all of them are. Each is loaded
anew, all of a device in one tab, which finds its files in the cache as a second visit does and need not compile them
again; what it stored is taken away after it.
"""

import os
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.all_states import STATES
from tests.e2e.conftest import SIZES, LogIn, Visit
from tests.e2e.pages import check_layout, check_width, settle
from tests.e2e.states.state import State, nothing
from tests.product import Product

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
FIRST_OF_EACH = list({state.route: state for state in reversed(STATES)}.values())
SAMPLE = STATES if WHOLE else [state for state in STATES if state in FIRST_OF_EACH or state.differs_on_a_phone]
UNTOUCHED = [state for state in STATES if state.reach is nothing]

Open = Callable[[State, str, str], Visit]


@pytest.fixture(scope="module")
def pages(browser: Browser) -> Iterator[Callable[[str, str], Page]]:
    """The one page of a device and a language."""
    made: dict[tuple[str, str], Page] = {}

    def page(device: str, locale: str) -> Page:
        if (device, locale) not in made:
            context = browser.new_context(viewport=SIZES[device], locale=locale, has_touch=device == "phone")
            # A browser looks there for the icon of what names none, as /livez.
            context.route("**/favicon.ico", lambda route: route.fulfill(status=204))
            made[device, locale] = context.new_page()
        return made[device, locale]

    yield page
    for each in made.values():
        each.context.close()


@pytest.fixture
def open_state(
    product: Product, pages: Callable[[str, str], Page], log_in: LogIn, market: None
) -> Iterator[Open]:
    """A page in this state; what was changed of it is put back after it."""
    opened = []

    def open_page(state: State, device: str, locale: str) -> Visit:
        page = pages(device, locale)
        page.set_viewport_size(SIZES[device])
        page.emulate_media(color_scheme="light")
        log_in(page.context, state.role)
        visited = Visit(page, product.address)
        opened.append(visited)
        visited.watch()
        if state.before is not nothing:
            # Where `before` may call the API from; nothing of ours is loaded there.
            page.goto(f"{product.address}/livez")
            state.before(page)
        page.goto(f"{product.address}{state.path}")
        page.get_by_role("heading", level=1).wait_for()
        state.reach(page)
        return visited

    yield open_page
    for visited in opened:
        visited.unwatch()
        visited.page.unroute_all()
        visited.page.context.set_offline(False)
        visited.page.evaluate("localStorage.clear(); sessionStorage.clear()")
        visited.page.goto("about:blank")  # nothing of it goes on while the next one logs in


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
