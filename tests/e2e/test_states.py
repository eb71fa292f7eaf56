"""Every state of every page, on a desktop and on a phone: no complaint, no scrolling sideways, nothing for axe in light
and dark, and a picture of each.
"""

from collections.abc import Callable

import pytest

from tests.e2e.all_states import STATES
from tests.e2e.conftest import SIZES, Visit
from tests.e2e.pages import check_layout, settle
from tests.e2e.states.state import State


@pytest.mark.parametrize("device", SIZES)
@pytest.mark.parametrize("state", STATES, ids=str)
def test_a_state_is_sound(visit: Callable[..., Visit], state: State, device: str) -> None:
    """In the colours of day and of night."""
    visited = visit(device, role=state.role)
    page = visited.page
    state.before(page)
    page.goto(f"{visited.address}{state.path}")
    page.get_by_role("heading", level=1).wait_for()
    state.reach(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settle(page)
        visited.screenshot(f"{state}-{device}-{scheme}")
        check_layout(page)
    assert visited.unexpected(state.complaints) == []


@pytest.mark.parametrize("state", [state for state in STATES if state.reach.__name__ == "nothing"], ids=str)
def test_a_state_is_there_in_german(visit: Callable[..., Visit], state: State) -> None:
    """On the narrowest page, since German words are long."""
    visited = visit("phone", role=state.role, locale="de-DE")
    page = visited.page
    state.before(page)
    page.goto(f"{visited.address}{state.path}")
    page.get_by_role("heading", level=1).wait_for()
    assert page.evaluate("document.documentElement.lang") == "de"
    settle(page)
    visited.screenshot(f"{state}-phone-german")
    check_layout(page)
    assert visited.unexpected(state.complaints) == []
