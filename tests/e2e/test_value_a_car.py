"""A customer values a car in a real browser, against the real product."""

import json
import re
from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Request, Route, expect

from tests.e2e.conftest import Visit
from tests.e2e.pages import YEAR, check_layout, choose, euros, fill_in, is_valuation, see_all, submit


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


def test_a_dragged_slider_asks_for_no_queue(visit: Callable[..., Visit]) -> None:
    """However fast it moves, one request is under way at a time; the last place is the one that is priced."""
    visited = visit()
    page = visited.page
    fill_in(page)
    price = submit(page)["price_eur"]
    under_way: list[int] = [0, 0]  # now, and at most

    def slowly(route: Route) -> None:
        under_way[0] += 1
        under_way[1] = max(under_way)
        answer = route.fetch()
        page.wait_for_timeout(80)
        under_way[0] -= 1
        route.fulfill(response=answer)

    slider = page.get_by_role("slider", name="Mileage")
    slider.scroll_into_view_if_needed()
    page.wait_for_timeout(800)  # what else is fetched for this part of the page
    page.route("**/api/v1/valuations", slowly)
    asked: list[int] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/v1/valuations"):
            asked.append((request.post_data_json or {})["mileage_km"])

    page.on("request", note)
    slider.evaluate("""(input) => { for (let km = 61000; km <= 120000; km += 1000) {
        input.value = km; input.dispatchEvent(new Event('input', {bubbles: true})) } }""")
    expect(page.get_by_text(re.compile(f"as {YEAR}.*120,000 km"))).to_be_visible()
    assert under_way[1] == 1
    assert asked[-1] == 120_000 and len(asked) <= 3
    assert euros(page.get_by_test_id("what-if-price").inner_text()) < round(price)
    assert visited.complaints == []


def test_the_value_over_years_falls_and_can_be_read_as_a_table(visit: Callable[..., Visit]) -> None:
    """Today's market applied to the older car; what each point says stands in a table, and is read by arrow keys."""
    visited = visit()
    page = visited.page
    fill_in(page)
    price = submit(page)["price_eur"]
    see_all(page)
    outlook = page.get_by_test_id("outlook")
    outlook.get_by_text("As a table").click()
    prices = [euros(text) for text in outlook.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert prices[0] == round(price) and len(prices) >= 3
    assert prices == sorted(prices, reverse=True)
    reading = outlook.get_by_role("slider")
    reading.press("Home")
    expect(reading).to_have_attribute("aria-valuetext", re.compile("^Today: €"))
    assert visited.complaints == []


def test_comparables_add_up(visit: Callable[..., Visit]) -> None:
    """What is asked, and the adjustments that are told, are the price as this car, but for what rounding hides."""
    visited = visit()
    page = visited.page
    fill_in(page)
    submit(page)
    see_all(page)
    row = page.get_by_role("table", name="Cars like this one").locator("tbody tr").first
    asked, adjustments, adjusted = row.get_by_role("cell").all_inner_texts()
    told = [int(sign + digits.replace(",", "")) for sign, digits in re.findall(r"([+−])€([0-9,]+)", adjustments)
            for sign in ["-" if sign == "−" else "+"]]  # fmt: skip
    assert abs(euros(asked) + sum(told) - euros(adjusted)) <= 4
    assert visited.complaints == []


def test_a_link_shows_the_valuation_to_others_and_prints_on_one_page(visit: Callable[..., Visit]) -> None:
    """Price, range, reasons and version are on the paper, and what belongs to the screen alone is not."""
    visited = visit()
    page = visited.page
    fill_in(page)
    price = submit(page)["price_eur"]
    page.get_by_role("button", name="Share a link").click()
    link = page.get_by_label("Link to this valuation").input_value()
    other = visit("phone").page
    for shown in (page, other):
        if shown is other:
            other.goto(link)
        expect(shown.get_by_test_id("price")).to_contain_text(f"{round(price):,}")
        shown.emulate_media(media="print")
        for part in ("price", "range-low", "range-high", "model-version"):
            expect(shown.get_by_test_id(part)).to_be_visible()
        expect(shown.get_by_test_id("reason").last).to_be_visible()
        roles: tuple[Literal["button", "navigation", "combobox"], ...] = ("button", "navigation", "combobox")
        for role in roles:
            expect(shown.get_by_role(role).locator("visible=true")).to_have_count(0)
        assert re.findall(rb"/Count (\d+)", shown.pdf(prefer_css_page_size=True, print_background=True)) == [b"1"]
    assert visited.complaints == []


def test_a_kept_car_can_be_valued_again(visit: Callable[..., Visit]) -> None:
    """It goes back into the form."""
    visited = visit()
    page = visited.page
    fill_in(page)
    submit(page)
    page.get_by_role("button", name="Share a link").click()
    page.goto(page.get_by_label("Link to this valuation").input_value())
    with page.expect_response(is_valuation):
        page.get_by_role("button", name="Value this car again").click()
    expect(page.get_by_label("Mileage (km)")).to_have_value("60000")
    expect(page.get_by_test_id("price")).to_be_visible()
    assert visited.complaints == []


def test_a_wrong_price_is_reported_once(visit: Callable[..., Visit]) -> None:
    """A report that is sent again after the network failed has the same key."""
    visited = visit()
    page = visited.page
    fill_in(page)
    submit(page)
    page.get_by_role("button", name="This price is wrong").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Too high").check()
    dialog.get_by_label("The right price").fill("11,000")
    dialog.get_by_label("Where that price is from").select_option(label="My own estimate")
    keys = []
    page.on("request", lambda request: keys.append(request.headers["idempotency-key"])
            if request.url.endswith("/reports") else None)  # fmt: skip
    page.route("**/reports", lambda route: route.abort())
    dialog.get_by_role("button", name="Send the report").click()
    expect(dialog.get_by_test_id("problem")).to_be_visible()
    page.unroute("**/reports")
    with page.expect_response(lambda response: response.url.endswith("/reports")) as answered:
        dialog.get_by_test_id("problem").get_by_role("button").click()
    assert answered.value.status == 201
    assert answered.value.json()["price_kind"] == "opinion"
    expect(page.get_by_text("Thank you")).to_be_visible()
    expect(page.get_by_role("button", name="This price is wrong")).to_have_count(0)
    assert len(keys) == 2 and keys[0] == keys[1]
    assert visited.unexpected(("ERR_FAILED",)) == []


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
