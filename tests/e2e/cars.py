"""Cars on the dealer's desk, made through the API by whoever is logged in on a page."""

from typing import Any

from playwright.sync_api import Page

from tests.e2e.pages import YEAR

CALL = """async ({ method, path, body, headers }) => {
    const csrf = document.cookie.split('; ').find((each) => each.startsWith('__Host-csrf='))?.slice(12)
    const answer = await fetch(path, {
        method,
        headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': decodeURIComponent(csrf ?? ''), ...headers },
        body: body === null ? undefined : JSON.stringify(body),
    })
    return { status: answer.status, body: answer.status === 204 ? null : await answer.json() }
}"""
GOLF = {
    "make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "first_registration": YEAR,
    "mileage_km": 60_000, "power_hp": 110,
}  # fmt: skip
SELLER = {"name": "Grace Seller", "email": "grace@example.org", "phone": "030 123456"}


def call(page: Page, method: str, path: str, body: Any = None, **headers: str) -> Any:
    answer = page.evaluate(CALL, {"method": method, "path": f"/api/v1{path}", "body": body, "headers": headers})
    assert answer["status"] < 300, answer
    return answer["body"]


def add_car(page: Page, **given: Any) -> dict[str, Any]:
    """Into stock, by a dealer."""
    return call(page, "POST", "/cars", GOLF | given)


def add_offer(page: Page, **given: Any) -> dict[str, Any]:
    """A car in stock that is made an offer: offers come from customers, and a page is logged in as one role alone."""
    car = add_car(page, **({"contact": SELLER} | given))
    call(page, "PATCH", f"/cars/{car['id']}", {"state": "withdrawn"})
    return call(page, "PATCH", f"/cars/{car['id']}", {"state": "offered"})


def remove_all(page: Page) -> None:
    """An empty desk."""
    while cars := call(page, "GET", "/cars?limit=100")["cars"]:
        for car in cars:
            call(page, "DELETE", f"/cars/{car['id']}")


def stock(page: Page) -> None:
    """A desk with offers and a stock, two of its cars off the market."""
    remove_all(page)
    for number, price in enumerate((None, None, 30_000, 2_000)):
        add_car(page, price_eur=price, mileage_km=40_000 + 10_000 * number)
    add_offer(page, price_eur=13_000, note="winter tyres")
    add_offer(page, make="Opel", model="Corsa", power_hp=75, price_eur=9_500)
