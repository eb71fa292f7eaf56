"""The versions of the model: which one prices, how their figures moved, how two of them differ."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.pages import choose
from tests.e2e.states import models


def test_the_served_version_is_told_with_its_age(visit: Callable[..., Visit]) -> None:
    """And leads to its card; its promotion is told."""
    visited = visit()
    page = visited.page
    page.goto(f"{visited.address}/models")
    served = page.get_by_role("region", name="Version 1 prices now")
    expect(served.get_by_role("term").filter(has_text="Market as of")).to_be_visible()
    expect(page.get_by_role("region", name="Latest promotions")).to_contain_text("as the first one")
    served.get_by_role("link", name="Its model card").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Model version 1")
    page.get_by_role("link", name="All versions").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Models")
    assert visited.complaints == []


def test_figures_are_read_over_versions_and_two_are_compared(visit: Callable[..., Visit]) -> None:
    """Point by point with the arrow keys, as a table, and by ticking two versions."""
    visited = visit()
    page = visited.page
    models.two_versions(page)
    page.goto(f"{visited.address}/models")
    slider = page.get_by_role("slider", name="Read the curve of median error")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "Version 3: 7.8%"
    history = page.get_by_role("region", name="Figures over the versions")
    history.locator("summary").first.click()
    expect(history.get_by_role("row")).to_have_count(5)

    page.get_by_role("checkbox", name="Select Version 4").check()
    page.get_by_role("checkbox", name="Select Version 1").check()
    page.get_by_role("link", name="Compare 4 with 1").click()
    figures = page.get_by_role("table", name="How far off they are")
    expect(figures.get_by_role("row").filter(has_text="Median error")).to_contain_text("better")
    expect(figures.get_by_role("row").filter(has_text="R²")).to_contain_text("worse")
    page.get_by_role("radiogroup", name="Parts of the market").get_by_text("Fuel", exact=True).click()
    parts = page.get_by_role("table", name="Median error, in per cent of the price: Fuel")
    expect(parts.get_by_role("rowheader", name="Petrol", exact=True)).to_be_visible()
    page.get_by_text("Only version 4 knows: 2").click()
    expect(page.get_by_text("Volkswagen ID.3")).to_be_visible()
    assert visited.complaints == []


def test_two_are_chosen_on_the_page_itself(visit: Callable[..., Visit]) -> None:
    """Choice and exchange stand in the address."""
    visited = visit("phone")
    page = visited.page
    models.two_versions(page)
    page.goto(f"{visited.address}/models/compare?a=4&b=1")
    expect(page.get_by_role("table", name="How far off they are")).to_be_visible()
    page.get_by_label("First version").select_option(label="1")
    expect(page.get_by_text("The same version twice")).to_be_visible()
    page.get_by_label("Second version").select_option(label="4 (Prices now)")
    expect(page).to_have_url(f"{visited.address}/models/compare?a=1&b=4")
    page.get_by_role("button", name="Swap").click()
    expect(page).to_have_url(f"{visited.address}/models/compare?a=4&b=1")
    expect(page.get_by_role("table", name="How far off they are")).to_be_visible()


def test_a_card_shows_its_own_versions_coefficients(visit: Callable[..., Visit]) -> None:
    """Also while another version prices; a car that it does not know is told."""
    visited = visit()
    page = visited.page
    models.another_serves(page)
    with page.expect_request(lambda request: "/api/v1/coefficients" in request.url) as asked:
        page.goto(f"{visited.address}/models/1")
    assert "version=1" in asked.value.url
    learnt = page.get_by_role("region", name="What it has learnt")
    expect(learnt.get_by_test_id("coefficients-of")).to_contain_text("The whole market")
    page.route(
        lambda url: "/api/v1/coefficients" in url and "make=" in url,
        lambda route: route.fulfill(status=422, json={"title": "Invalid", "status": 422, "detail": "", "errors": []}),
    )
    choose(page, "Make", "Volksw")
    choose(page, "Model", "Golf")
    expect(learnt.get_by_role("alert")).to_contain_text("Version 1 has no such coefficients.")
    learnt.get_by_role("button", name="Show the whole market").click()
    expect(learnt.get_by_test_id("coefficients-of")).to_contain_text("The whole market")
    assert visited.unexpected(("422",)) == []


def test_how_a_version_proves_itself_is_told_to_who_works_here(visit: Callable[..., Visit]) -> None:
    """Dealers see it; nobody else does, and for nobody else it is asked for."""
    # given a dealer, when he opens a version, then it says how it proves itself
    dealer = visit(role="dealer")
    models.proved(dealer.page)
    dealer.page.goto(f"{dealer.address}/models/1")
    proof = dealer.page.get_by_role("region", name="How it proves itself")
    expect(proof).to_contain_text("its card says 8.1%")
    expect(proof).to_contain_text("12 more cars stood at our price")
    inputs = proof.get_by_role("table", name="What it is asked about")
    for feature, verdict in (("Age", "Stable"), ("Fuel", "Shifted"), ("Make", "Other cars"), ("Power", "Too few cars")):
        named = dealer.page.get_by_role("rowheader", name=feature, exact=True)
        expect(inputs.get_by_role("row").filter(has=named)).to_contain_text(verdict)
    # and as the gateway itself has it
    dealer.page.unroute_all()
    dealer.page.reload()
    models.read_proof(dealer.page)
    # and given nobody, then it is neither there nor asked for
    reader = visit()
    asked: list[str] = []
    reader.page.on("request", lambda request: asked.append(request.url))
    reader.page.goto(f"{reader.address}/models/1")
    expect(reader.page.get_by_role("region", name="What it has learnt")).to_be_visible()
    expect(reader.page.get_by_role("region", name="How it proves itself")).to_have_count(0)
    assert [url for url in asked if url.endswith("/live")] == []
    assert dealer.complaints == reader.complaints == []
