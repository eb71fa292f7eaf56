"""A customer finds again what he has offered, kept and reported, and takes it back."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.calls import GOLF, report, send
from tests.e2e.conftest import Visit


def test_a_customers_own_things_are_listed_and_withdrawn(visit: Callable[..., Visit]) -> None:
    visited = visit(role="customer")
    page = visited.page
    report(page, price_eur=9_000, price_kind="asking")
    send(page, "POST", "cars", {**GOLF, "price_eur": 14_900, "contact": {"name": "Ada", "email": "ada@example.org"}})
    page.goto(f"{visited.address}/account")

    car = page.get_by_role("table", name="My cars").get_by_role("row").nth(1)
    expect(car).to_contain_text("€14,900")
    expect(car).to_contain_text("Waiting")
    car.get_by_role("button", name="Withdraw: Volkswagen Golf").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(page.get_by_test_id("notice")).to_contain_text("withdrawn")
    expect(car).to_contain_text("Withdrawn")

    said = page.get_by_role("table", name="What I have reported").get_by_role("row").nth(1)
    expect(said).to_contain_text("Our price is too high. Asked today: €9,000")
    said.get_by_role("button", name="Withdraw: Volkswagen Golf").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(said).to_contain_text("Withdrawn")

    page.get_by_role("table", name="My kept valuations").get_by_role("link", name="Volkswagen Golf").first.click()
    expect(page).to_have_url(f"{visited.address}/valuations/{send(page, 'GET', 'valuations')['valuations'][0]['id']}")
