"""A rollout is followed, taken back and begun by an admin."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.states import rollouts
from tests.e2e.states.answers import answer

SET_HIDDEN = """hidden => {
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden})
    document.dispatchEvent(new Event('visibilitychange'))
}"""
PAUSE_MS = 5_000


def rolled_out(page: Page) -> dict[str, str]:
    """What stands in the sheet of facts, by name."""
    sheet = page.get_by_role("region", name=re.compile("^(Open|The last one): version"))
    names, values = sheet.get_by_role("term").all_inner_texts(), sheet.get_by_role("definition").all_inner_texts()
    return dict(zip(names, values, strict=True))


def test_an_open_rollout_is_taken_back(visit: Callable[..., Visit]) -> None:
    """By a dialog that wants a reason; the page says what became of it, and another one can be begun."""
    # given an admin, who finds the page in his menu, and a rollout that is open
    visited = visit(role="admin")
    page = visited.page
    reasons = rollouts.open_until_it_is_ended(page)
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("link", name="Rollouts").click()
    expect(page.get_by_role("heading", level=2, name="Open: version 4")).to_be_visible()
    facts = rolled_out(page)
    assert (facts["New version"], facts["Version before"], facts["Share of the models"]) == ("4", "1", "10%")
    assert "Ada" in facts["Begun"]
    expect(page.get_by_role("listitem").filter(has_text="10%")).to_have_attribute("aria-current", "step")
    counted = page.get_by_role("table", name="What was counted").get_by_role("row").filter(has_text="new")
    expect(counted).to_contain_text("402 (47.5%)")
    expect(page.get_by_role("table", name="How far the prices differ")).to_contain_text("Mercedes-Benz")
    expect(page.get_by_role("button", name="Begin a rollout")).to_have_count(0)
    # when he wants it back without a reason, then he is asked for one
    page.get_by_role("button", name="Take back").click()
    dialog = page.get_by_role("dialog", name="Take version 4 back?")
    dialog.get_by_role("button", name="Take back").click()
    expect(dialog.get_by_label("Why")).to_be_focused()
    expect(dialog).to_contain_text("Say why")
    assert reasons == []
    # and when he gives one
    page.keyboard.type(" Polos are too cheap ")
    dialog.get_by_role("button", name="Take back").click()
    # then it is taken back, told, and in the list of all
    expect(page.get_by_test_id("notice")).to_contain_text("version 1 prices everything again")
    expect(page.get_by_role("region", name="The last one: version 4")).to_be_focused()
    assert reasons == ["Polos are too cheap"]
    assert rolled_out(page)["Why it ended"] == "Polos are too cheap"
    newest = page.get_by_role("table", name="All rollouts").get_by_role("row").nth(1)
    expect(newest).to_contain_text("Taken back")
    expect(newest).to_contain_text("Admin")
    expect(page.get_by_role("button", name="Take back")).to_have_count(0)
    expect(page.get_by_role("button", name="Begin a rollout")).to_be_visible()
    assert visited.complaints == []


def test_it_is_followed_while_it_is_open_and_looked_at(visit: Callable[..., Visit]) -> None:
    """It is asked for every few seconds; not while the page is hidden, nor once it has ended."""
    # given an open rollout
    visited = visit(role="admin")
    page = visited.page
    rollouts.shadow(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith(rollouts.CURRENT) else None)
    page.clock.install()
    page.goto(f"{visited.address}/rollouts")
    expect(page.get_by_role("heading", level=2, name="Open: version 4")).to_be_visible()
    # when it comes to its next share, then the page tells so by itself
    answer(page, rollouts.CURRENT, {**rollouts.CANARY, **rollouts.COUNTED})
    page.clock.run_for(PAUSE_MS)
    expect(page.get_by_test_id("notice")).to_contain_text("Version 4 prices 10% of the models now.")
    # and when nobody looks, then nothing is asked for
    page.evaluate(SET_HIDDEN, True)
    before = len(asked)
    page.clock.run_for(4 * PAUSE_MS)
    assert len(asked) == before
    # and when he is back, then at once; an alarm is told with its figures
    answer(page, rollouts.CURRENT, {**rollouts.DIFFERED, **rollouts.COUNTED})
    page.evaluate(SET_HIDDEN, False)
    alarm = page.get_by_test_id("alarm")
    expect(alarm).to_contain_text("Half of its prices differ from those of the version before by 7.5% or more.")
    expect(alarm).to_contain_text("Allowed: 5.1%")
    # and an end is the end of asking
    before = len(asked)
    page.clock.run_for(4 * PAUSE_MS)
    assert len(asked) == before
    assert visited.complaints == []


def test_a_rollout_is_begun(visit: Callable[..., Visit]) -> None:
    """Of a version that does not price yet; what the server refuses is told in its own words."""
    # given two versions, of which the first prices
    visited = visit(role="admin")
    page = visited.page
    rollouts.two_to_choose_from(page)
    page.goto(f"{visited.address}/rollouts")
    rollouts.ask_to_begin(page)
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_label("Version").locator("option").all_inner_texts() == ["4"]
    # when no model server serves the other one
    dialog.get_by_label("Why").fill("newer listings")
    dialog.get_by_role("button", name="Begin", exact=True).click()
    # then the real gateway, which knows no such version, says what is in the way
    expect(dialog.get_by_role("alert")).to_contain_text("version 4 has no card")
    assert visited.unexpected(("409",)) == []
    # and when it can begin
    begun = {**rollouts.SHADOW, "number": 4, **rollouts.NOTHING_COUNTED}
    answer(page, rollouts.CURRENT, begun)
    page.route(
        f"**{rollouts.ROLLOUTS}",
        lambda route: route.fulfill(json=begun) if route.request.method == "POST" else route.fallback(),
    )
    with page.expect_request(lambda request: request.method == "POST") as sent:
        dialog.get_by_role("button", name="Begin", exact=True).click()
    # then it has begun, as it was asked for
    assert sent.value.post_data_json == {"version": "4", "reason": "newer listings"}
    expect(page.get_by_role("heading", level=2, name="Open: version 4")).to_be_visible()
    expect(page.get_by_test_id("notice")).to_contain_text("The rollout of version 4 has begun.")
    expect(page.get_by_role("table", name="All rollouts").get_by_role("row")).to_have_count(5)


def test_the_gateways_own_answers_are_shown(visit: Callable[..., Visit]) -> None:
    """Of a product that switched to its version when it started."""
    visited = visit(role="admin")
    page = visited.page
    page.goto(f"{visited.address}/rollouts")
    expect(page.get_by_role("heading", level=2, name=re.compile("^The last one: version"))).to_be_visible()
    expect(page.get_by_text("No car has been priced by both versions.")).to_be_visible()
    assert rolled_out(page)["Why it ended"] == "Everything was given to it at once."
    assert visited.complaints == []
