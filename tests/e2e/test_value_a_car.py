"""A customer values a car in a real browser, against the real product."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.conftest import Visit
from tests.e2e.pages import check_layout, choose, euros, fill_in, is_valuation, submit


@pytest.mark.parametrize("device", ["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_car_is_valued(visit: Callable[..., Visit], device: str, scheme: str) -> None:
    """Price, range, reasons, version and market are those of the reply; nothing complains; axe is content."""
    visited = visit(device, scheme)
    page = visited.page
    expect(page.get_by_test_id("demo-banner")).to_be_visible()
    visited.screenshot(f"value-empty-{device}-{scheme}")

    fill_in(page)
    reply = submit(page)

    expect(page.get_by_test_id("price")).to_be_visible()
    assert euros(page.get_by_test_id("price").inner_text()) == round(reply["price_eur"])
    assert euros(page.get_by_test_id("range-low").inner_text()) == round(reply["range"]["low_eur"])
    assert euros(page.get_by_test_id("range-high").inner_text()) == round(reply["range"]["high_eur"])
    expect(page.get_by_test_id("reason")).to_have_count(len(reply["contributions"]))
    expect(page.get_by_test_id("model-version")).to_contain_text(reply["model"]["version"])
    expect(page.get_by_test_id("model-version")).to_contain_text(reply["market_as_of"][:4])
    assert reply["deal"] is not None
    expect(page.get_by_test_id("deal")).to_be_visible()
    page.wait_for_timeout(600)  # let the band and the bars settle: a picture, and contrast, of the end
    visited.screenshot(f"value-result-{device}-{scheme}")
    check_layout(page)
    assert visited.complaints == []


def test_selects_narrow_each_other(visit: Callable[..., Visit]) -> None:
    """Once a make is chosen, only its models are offered."""
    visited = visit()
    page = visited.page
    choose(page, "Make", "Volksw")
    page.get_by_role("combobox", name="Model", exact=True).click()
    expect(page.get_by_role("option").filter(has_text=re.compile("^Golf"))).not_to_have_count(0)
    expect(page.get_by_role("option").filter(has_text=re.compile("^Corsa"))).to_have_count(0)
    assert visited.complaints == []


def test_change_after_a_price_changes_the_price(visit: Callable[..., Visit]) -> None:
    """A result follows the form: more kilometres, another price, without another press of the button."""
    visited = visit()
    page = visited.page
    fill_in(page)
    first = submit(page)
    with page.expect_response(is_valuation) as answered:
        page.get_by_label("Mileage (km)").fill("160000")
    second = answered.value.json()
    assert second["price_eur"] < first["price_eur"]
    expect(page.get_by_test_id("price")).to_contain_text(f"{round(second['price_eur']):,}")
    assert visited.complaints == []


def test_servers_own_words_stand_at_the_field(visit: Callable[..., Visit]) -> None:
    """What the gateway refuses is told where it was entered, in its words."""
    visited = visit()
    page = visited.page
    fill_in(page)
    page.get_by_label("First registration: year").fill("1988")
    with page.expect_response(is_valuation) as answered:
        page.get_by_role("button", name="Value this car").click()
    problem = answered.value.json()
    assert problem["status"] == 422
    expect(page.get_by_text(problem["errors"][0]["message"][:40]).first).to_be_visible()
    visited.screenshot("value-refused-desktop-light")


def test_model_server_away_is_told_and_can_be_tried_again(visit: Callable[..., Visit]) -> None:
    """A 503 says that no price can be given now, and the button to try again brings the price."""
    visited = visit()
    page = visited.page
    fill_in(page)
    away = {"type": "about:blank", "title": "The model server is unavailable", "status": 503, "detail": "away",
            "request_id": "0"}  # fmt: skip

    def refuse(route: Route) -> None:
        route.fulfill(
            status=503, headers={"Retry-After": "1"}, content_type="application/problem+json", body=json.dumps(away)
        )

    page.route("**/api/v1/valuations", refuse)
    page.get_by_role("button", name="Value this car").click()
    expect(page.get_by_test_id("problem")).to_be_visible()
    visited.screenshot("value-unavailable-desktop-light")
    check_layout(page)
    page.unroute("**/api/v1/valuations")
    with page.expect_response(is_valuation):
        page.get_by_test_id("problem").get_by_role("button").click(timeout=10_000)
    expect(page.get_by_test_id("price")).to_be_visible()


def test_unknown_address_is_told(visit: Callable[..., Visit]) -> None:
    visited = visit()
    visited.page.goto(f"{visited.address}/nowhere")
    expect(visited.page.get_by_role("link").first).to_be_visible()
    expect(visited.page.get_by_text(re.compile("not found|no page|does not exist|nothing", re.I)).first).to_be_visible()
    visited.screenshot("not-found-desktop-light")
