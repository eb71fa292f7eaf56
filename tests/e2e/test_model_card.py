"""A dealer asks how good the model is, and reads its card and coefficients in a real browser."""

import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.pages import check_layout, choose, euros, fill_in, submit

SECTIONS = [
    "Intended use", "Data and its dates", "How far off it is", "Error and range by part of the market",
    "Fairness of the ranges", "Limits", "What it has learnt",
]  # fmt: skip

SENTENCES = {
    "Intended use": "intended_use", "Fairness of the ranges": "fairness", "Limits": "limits",
    "What it has learnt": "how_to_read",
}  # fmt: skip


def fetch(visited: Visit, path: str, **query: str) -> Any:
    with urllib.request.urlopen(f"{visited.address}/api/v1/{path}?{urlencode(query)}", timeout=10) as response:
        return json.load(response)


def open_card(visited: Visit) -> dict:
    """By the link that stands on the first page; the card as the API has it."""
    visited.page.get_by_role("link", name="How good is this model?").click()
    expect(visited.page.get_by_role("heading", level=1)).to_contain_text("Model version")
    return fetch(visited, f"models/{visited.page.url.rpartition('/')[2]}")


def section(page: Page, title: str) -> Any:
    return page.get_by_role("region", name=title, exact=True)


@pytest.mark.parametrize("device", ["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_card_is_read(visit: Callable[..., Visit], device: str, scheme: str) -> None:
    """All of the card is on its page, in its own words and figures; nothing complains; axe is content."""
    visited = visit(device, scheme)
    page = visited.page
    card = open_card(visited)
    expect(page).to_have_title(re.compile("^Model card"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    for title in SECTIONS:
        expect(section(page, title)).to_be_visible()

    for title, part in SENTENCES.items():
        for sentence in card[part]:
            expect(section(page, title).get_by_role("listitem").filter(has_text=sentence)).to_be_visible()
    figures = section(page, "How far off it is")
    split = figures.locator("div:has(> dt)").filter(has_text="RMSE, fixed split").locator("dd")
    assert abs(euros(split.inner_text()) - card["figures"]["rmse_fixed_split_eur"]) < 1
    data = section(page, "Data and its dates")
    expect(data).to_contain_text(f"{card['data']['rows_used']:,} of {card['data']['rows_read']:,} read")
    expect(data.locator("div:has(> dt)").filter(has_text="Oldest listing")).to_contain_text(
        card["data"]["oldest_listing"][:4]
    )

    for disclosure in page.locator("summary").all():
        disclosure.click()
    page.wait_for_timeout(300)  # let the curves settle: a picture, and contrast, of the end
    visited.screenshot(f"model-card-{device}-{scheme}")
    check_layout(page)
    assert visited.complaints == []


def test_parts_of_the_market_are_switched_with_the_keyboard(visit: Callable[..., Visit]) -> None:
    """Each part has its figure and the interval that holds it, by whatever the market is parted."""
    visited = visit()
    page = visited.page
    card = open_card(visited)
    parts = page.get_by_role("radiogroup", name="Parts of the market")
    parts.get_by_role("radio", name="Price").focus()
    while not parts.get_by_role("radio", name="Fuel").is_checked():
        page.keyboard.press("ArrowRight")
    fuels = [segment for segment in card["segments"] if segment["by"] == "fuel"]
    table = page.get_by_role("table", name="Prices inside the range")
    expect(table.get_by_test_id("segment")).to_have_count(len(fuels))
    for text, segment in zip(table.get_by_test_id("segment").all_inner_texts(), fuels, strict=True):
        assert text.startswith(segment["label"])
        shown = [float(number) for number in re.findall(r"([0-9.]+)%", text)]
        assert shown == pytest.approx(segment["coverage_percent"], abs=0.051)
    page.get_by_role("radiogroup", name="Error").get_by_text("Mean", exact=True).click()
    expect(page.get_by_role("table", name="Mean error in euros")).to_be_visible()
    assert visited.complaints == []


def test_coefficients_are_read_for_the_market_and_for_a_model(visit: Callable[..., Visit]) -> None:
    """Per cent of the market, euros of a model: point by point with the arrow keys, and as a table."""
    visited = visit()
    page = visited.page
    open_card(visited)
    learnt = section(page, "What it has learnt")
    expect(learnt.get_by_test_id("coefficients-of")).to_contain_text("The whole market, in per cent")
    choose(page, "Make", "Volksw")
    choose(page, "Model", "Golf")
    expect(learnt.get_by_test_id("coefficients-of")).to_contain_text("typical Volkswagen Golf")
    expect(page).to_have_url(re.compile(r"\?make=Volkswagen&model=Golf$"))

    reply = fetch(visited, "coefficients", make="Volkswagen", model="Golf")
    assert abs(euros(learnt.get_by_test_id("coefficients-of").inner_text()) - reply["base_eur"]) < 1
    effects = {feature["feature"]: feature["points"] for feature in reply["features"]}

    slider = learnt.get_by_role("slider", name="Read the curve of mileage")
    slider.focus()
    page.keyboard.press("Home")
    first = slider.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") != first

    mileage = learnt.locator("details").filter(has_text="As a table: Mileage")
    mileage.locator("summary").click()
    shown = mileage.get_by_role("row").all_inner_texts()[1:]
    assert 2 <= len(shown) <= len(effects["mileage_km"])
    for point in effects["mileage_km"][1:4]:
        assert any(abs(euros(text.split("\t")[1]) - abs(point["effect_eur"])) < 1 for text in shown)

    page.reload()
    expect(learnt.get_by_test_id("coefficients-of")).to_contain_text("typical Volkswagen Golf")
    visited.screenshot("model-card-golf-desktop-light")
    page.get_by_role("button", name="Clear make").click()
    expect(learnt.get_by_test_id("coefficients-of")).to_contain_text("The whole market")
    assert visited.complaints == []


def test_a_price_leads_to_the_card_and_back(visit: Callable[..., Visit]) -> None:
    """The card opens on the curves of the car that was priced, and the price is still there afterwards."""
    visited = visit("phone")
    page = visited.page
    fill_in(page)
    submit(page)
    price = page.get_by_test_id("price").inner_text()
    page.get_by_role("link", name="How good is this model?").click()
    expect(page.get_by_test_id("coefficients-of")).to_contain_text("typical Volkswagen Golf")
    page.go_back()
    expect(page.get_by_test_id("price")).to_have_text(price)
    assert visited.complaints == []


def test_a_version_without_a_card_is_told(visit: Callable[..., Visit]) -> None:
    visited = visit()
    visited.page.goto(f"{visited.address}/models/999999")
    expect(visited.page.get_by_role("heading", level=1)).to_have_text("No such model card")
    expect(visited.page.get_by_role("alert")).to_contain_text("999999")
    expect(visited.page.get_by_role("main").get_by_role("link", name="Value a car")).to_be_visible()
