"""States of the dealer's desk."""

import re

from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.cars import add_car, add_offer, call, remove_all, stock
from tests.e2e.states.state import State

CSV = (
    "make,model,fuel,gearbox,first_registration,mileage_km,power_hp,price_eur\n"
    "Volkswagen,Golf,Petrol,Manual,2020-05,60000,110,15900\n"
    "Nomake,Nomodel,Petrol,Manual,2020-05,60000,110,\n"
    "Volkswagen,Golf,Petrol,Manual,2020-05,many,110,\n"
)
UNKNOWN = CSV.replace("make,model,fuel", "Marke,Modell,Antrieb")
UNAVAILABLE = {"type": "about:blank", "title": "The model server is unavailable", "status": 503, "detail": "gone"}


def csv_file(content: str) -> FilePayload:
    return {"name": "cars.csv", "mimeType": "text/csv", "buffer": content.encode()}


def worth_is_shown(page: Page) -> None:
    expect(page.get_by_role("region", name="The stock today").get_by_text("Worth today").first).to_be_visible()


def select_all(page: Page) -> None:
    worth_is_shown(page)
    page.get_by_role("table", name="Cars", exact=True).get_by_label("Select all").check()
    expect(page.get_by_role("region", name="Selected cars")).to_be_visible()


def choose_columns(page: Page) -> None:
    worth_is_shown(page)
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Contact").check()


def open_import(page: Page) -> None:
    page.get_by_role("button", name="Import CSV").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def import_file(page: Page) -> None:
    open_import(page)
    page.get_by_label("Choose a CSV file").set_input_files(csv_file(CSV))
    page.get_by_role("button", name="Take in (2)").click()
    expect(page.get_by_role("table", name="Rows that were not taken in")).to_be_visible()


def nothing_found(page: Page) -> None:
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def price_is_shown(page: Page) -> None:
    page.get_by_test_id("worth-today").wait_for()
    page.get_by_role("table", name="Changes").wait_for()


def edit(page: Page) -> None:
    price_is_shown(page)
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Mileage").fill("many")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter a whole number.")).to_be_visible()


def record_sale(page: Page) -> None:
    price_is_shown(page)
    page.get_by_role("button", name="Record the sale").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def open_first(page: Page) -> None:
    """The newest car of the list."""
    page.get_by_role("table", name="Cars", exact=True).get_by_role("rowheader").first.get_by_role("link").click()
    page.wait_for_url("**/desk/cars/*")
    price_is_shown(page)


def one_in_stock(page: Page) -> None:
    stock(page)
    add_car(page, price_eur=14_000, note="Two owners.\nFull service history.")


def one_offer(page: Page) -> None:
    stock(page)
    add_offer(page, price_eur=12_500, note="winter tyres")


def one_sold(page: Page) -> None:
    stock(page)
    car = add_car(page, price_eur=14_000)
    call(page, "POST", f"/cars/{car['id']}/sale", {"sale_price_eur": 13_500, "sold_on": car["created_at"][:10]})


def edit_first(page: Page) -> None:
    open_first(page)
    edit(page)


def sell_first(page: Page) -> None:
    open_first(page)
    record_sale(page)


def without_model(page: Page) -> None:
    """No prices, as while the model server is away."""
    stock(page)
    page.route(
        re.compile("/api/v1/valuations"),
        lambda route: route.fulfill(status=503, json=UNAVAILABLE, content_type="application/problem+json"),
    )


def no_prices(page: Page) -> None:
    expect(page.get_by_text("No prices just now").first).to_be_visible()


def give_file(page: Page, content: str) -> None:
    page.get_by_label("Choose a file of cars").set_input_files(csv_file(content))


def map_columns(page: Page) -> None:
    give_file(page, UNKNOWN)
    expect(page.get_by_role("heading", name="Which column is which?")).to_be_visible()


def value_file(page: Page) -> None:
    give_file(page, CSV)
    expect(page.get_by_role("heading", name="cars.csv is valued")).to_be_visible()


def value_file_priced(page: Page) -> None:
    value_file(page)
    page.get_by_text("Valued (1)").click()
    expect(page.get_by_role("table", name="Valued rows")).to_be_visible()


def market_of_make(page: Page) -> None:
    expect(page.get_by_role("heading", name="Deal labels of the whole search")).to_be_visible()


LISTING = {
    "source": "demo", "id": "1", "url": "https://example.org/1", "country": "DE", "seller_kind": "dealer",
    "vehicle": {
        "make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "offer_type": "used",
        "first_registration": "2020-05", "mileage_km": 61_000, "power_hp": 110,
    },
    "on_offer": True, "first_seen": "2026-05-01", "last_seen": "2026-06-01", "gone_on": None,
    "asking_price_eur": 15_500, "price_eur": 16_900, "range": {"low_eur": 15_000, "high_eur": 19_000, "coverage": 0.9},
    "deal": "good",
}  # fmt: skip
LISTINGS = {
    "model": {"name": "car-price", "version": "1"}, "market_as_of": "2026-06-01", "market_is_demo": True,
    "listings": [
        LISTING, LISTING | {"id": "2", "url": None, "deal": "very_high", "asking_price_eur": 22_000},
        LISTING | {"id": "3", "deal": None, "price_eur": None, "range": None},
    ],
    "next": None, "newest_day": "2026-06-01", "as_of": "2026-06-02",
    "deals": {
        "listings": 1_203, "is_all": True, "unpriced": 3,
        "counts": {"top": 120, "good": 380, "fair": 520, "high": 130, "very_high": 50},
    },
}  # fmt: skip


def some_listings(page: Page) -> None:
    """A local run has no listings of its own."""
    page.route(re.compile(r"/api/v1/listings\?"), lambda route: route.fulfill(json=LISTINGS))


def no_listings(page: Page) -> None:
    page.route(
        re.compile(r"/api/v1/listings\?"), lambda route: route.fulfill(json=LISTINGS | {"listings": [], "deals": None})
    )


GOLFS = "/desk/market?make=Volkswagen&model=Golf"
STATES = [
    State("desk", "empty", "/desk", "dealer", before=remove_all),
    State("desk", "list", "/desk", "dealer", worth_is_shown, stock),
    State("desk", "selected", "/desk", "dealer", select_all, stock),
    State("desk", "columns", "/desk", "dealer", choose_columns, stock),
    State("desk", "nothing-found", "/desk?q=nosuchcar&state=sold", "dealer", nothing_found, stock),
    State("desk", "import", "/desk", "dealer", open_import),
    State("desk", "imported", "/desk", "dealer", import_file, complaints=("422",)),
    State("desk", "no-prices", "/desk", "dealer", no_prices, without_model, ("503",)),
    State("car", "missing", "/desk/cars/0", "dealer", complaints=("404",)),
    State("car", "in-stock", "/desk", "dealer", open_first, one_in_stock),
    State("car", "offered", "/desk", "dealer", open_first, one_offer),
    State("car", "sold", "/desk", "dealer", open_first, one_sold),
    State("car", "edit", "/desk", "dealer", edit_first, one_in_stock),
    State("car", "sale", "/desk", "dealer", sell_first, one_in_stock),
    State("batch", "empty", "/desk/batch", "dealer"),
    State("batch", "mapping", "/desk/batch", "dealer", map_columns, complaints=("422",)),
    State("batch", "errors", "/desk/batch", "dealer", value_file),
    State("batch", "valued", "/desk/batch", "dealer", value_file_priced),
    State("market", "empty", "/desk/market", "dealer"),
    State("market", "nothing", GOLFS, "dealer", before=no_listings),
    State("market", "listings", GOLFS, "dealer", market_of_make, some_listings),
]
