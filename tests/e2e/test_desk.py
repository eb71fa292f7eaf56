"""What a dealer does at the desk: the list of cars, a car's page, files of cars."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Download, FilePayload, Locator, Page, expect

from tests.e2e.cars import add_car, add_offer, call, remove_all, stock
from tests.e2e.conftest import SIZES, Visit
from tests.e2e.states.desk import CSV, UNKNOWN, csv_file

Open = Callable[..., Visit]


def cars(page: Page) -> list[dict]:
    return call(page, "GET", "/cars?limit=100")["cars"]


def rows(page: Page, name: str = "Cars") -> Locator:
    """The rows of a table, without its header."""
    return page.get_by_role("table", name=name, exact=True).locator("tbody").get_by_role("row")


def text_of(download: Download) -> str:
    return Path(download.path()).read_text("utf-8-sig")


def open_desk(visited: Visit, path: str = "/desk") -> Page:
    visited.page.goto(f"{visited.address}{path}")
    return visited.page


def test_filters_stand_in_the_address_and_come_back_from_it(visit: Open) -> None:
    visited = visit(role="dealer")
    stock(visited.page)
    page = open_desk(visited)
    page.get_by_label("Search", exact=True).fill("corsa")
    page.get_by_role("search").get_by_role("button", name="Search").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("navigation", name="By state").get_by_role("link", name="Offered").click()
    page.get_by_role("button", name="Sort by Asked").click()
    page.wait_for_url(re.compile(r"\?q=corsa&state=offered&sort=-price$"))
    page.reload()
    expect(page.get_by_label("Search", exact=True)).to_have_value("corsa")
    expect(page.get_by_role("columnheader", name="Sort by Asked")).to_have_attribute("aria-sort", "descending")
    page.get_by_label("Make").select_option(label="Volkswagen")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Clear the filters").click()
    expect(rows(page)).to_have_count(6)
    assert visited.complaints == []


def test_a_list_longer_than_a_page_goes_on(visit: Open) -> None:
    visited = visit(role="dealer")
    remove_all(visited.page)
    for number in range(27):
        add_car(visited.page, mileage_km=10_000 + number, price_eur=15_000)
    page = open_desk(visited, "/desk?sort=mileage")
    expect(rows(page)).to_have_count(25)
    page.get_by_role("button", name="Show more").click()
    expect(rows(page)).to_have_count(27)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    assert visited.complaints == []


def test_hidden_columns_are_remembered(visit: Open) -> None:
    visited = visit(role="dealer")
    stock(visited.page)
    page = open_desk(visited)
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Mileage").uncheck()
    page.get_by_role("checkbox", name="Contact").check()
    page.reload()
    expect(page.get_by_role("columnheader", name="Contact")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Mileage")).to_have_count(0)


def test_the_stock_is_worth_the_sum_of_its_cars_and_tells_what_is_off_the_market(visit: Open) -> None:
    visited = visit(role="dealer")
    stock(visited.page)
    page = open_desk(visited)
    today = page.get_by_role("region", name="The stock today")
    expect(rows(page, "Off the market")).to_have_count(2)
    expect(today.get_by_text("−", exact=False).first).to_be_visible()
    valued = [
        call(page, "POST", "/valuations", {**car["vehicle"], "power_kw": None})
        for car in cars(page) if car["state"] == "in_stock"
    ]  # fmt: skip
    together = round(sum(valuation["price_eur"] for valuation in valued))
    expect(today.get_by_text(f"€{together:,}", exact=True)).to_be_visible()
    assert visited.complaints == []


@pytest.mark.parametrize("device", SIZES)
def test_selected_offers_are_accepted_and_deleting_is_undone(visit: Open, device: str) -> None:
    visited = visit(device, role="dealer")
    stock(visited.page)
    page = open_desk(visited, "/desk?state=offered")
    page.get_by_label("Select all").check()
    bulk = page.get_by_role("region", name="Selected cars")
    bulk.get_by_role("button", name="Accept (2)").click()
    expect(page.get_by_text("2 changed to: Accepted.")).to_be_visible()
    assert sorted(car["state"] for car in cars(page)) == ["accepted"] * 2 + ["in_stock"] * 4

    page = open_desk(visited, "/desk?state=in_stock")
    page.get_by_label("Select all").check()
    bulk.get_by_role("button", name="Delete (4)").click()
    expect(page.get_by_text("4 deleted.")).to_be_visible()
    assert len(cars(page)) == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("4 brought back.")).to_be_visible()
    expect(rows(page)).to_have_count(4)
    assert visited.complaints == []


def test_selected_offers_are_valued_as_of_today(visit: Open) -> None:
    visited = visit(role="dealer")
    remove_all(visited.page)
    add_offer(visited.page, price_eur=1_000)
    page = open_desk(visited)
    page.get_by_label("Select all").check()
    page.get_by_role("button", name="Value today (1)").click()
    expect(rows(page).first).to_contain_text("below the market")
    assert visited.complaints == []


def test_what_was_changed_meanwhile_is_told_and_left_alone(visit: Open) -> None:
    visited = visit(role="dealer")
    remove_all(visited.page)
    car = add_offer(visited.page, price_eur=9_000)
    page = open_desk(visited)
    page.get_by_label("Select all").check()
    call(page, "PATCH", f"/cars/{car['id']}", {"price_eur": 9_500})
    page.get_by_role("button", name="Accept (1)").click()
    expect(page.get_by_role("alert").filter(has_text="Volkswagen Golf")).to_contain_text("Somebody else changed it")
    assert [each["state"] for each in cars(page)] == ["offered"]
    assert visited.unexpected(("412",)) == []


def test_cars_go_out_as_csv_without_formulas_and_come_in_again(visit: Open) -> None:
    visited = visit(role="dealer")
    stock(visited.page)
    add_car(visited.page, note='=HYPERLINK("http://example.org")', price_eur=12_345)
    page = open_desk(visited, "/desk?state=in_stock")
    with page.expect_download() as given:
        page.get_by_role("button", name="Export CSV").click()
    text = text_of(given.value)
    assert len(text.splitlines()) == 6
    assert "'=HYPERLINK" in text

    remove_all(page)
    page = open_desk(visited)
    page.get_by_role("button", name="Import CSV").first.click()
    page.get_by_label("Choose a CSV file").set_input_files(csv_file(text))
    page.get_by_role("button", name="Take in (5)").click()
    expect(page.get_by_text("Taken into stock: 5.")).to_be_visible()
    assert {car["note"] for car in cars(page)} == {None, '=HYPERLINK("http://example.org")'}
    assert visited.complaints == []


def test_rows_that_cannot_be_taken_in_are_told_and_given_back(visit: Open) -> None:
    visited = visit(role="dealer")
    remove_all(visited.page)
    page = open_desk(visited)
    page.get_by_role("button", name="Import CSV").first.click()
    page.get_by_label("Choose a CSV file").set_input_files(csv_file("make,model\nVW,Golf\n"))
    expect(page.get_by_role("alert").filter(has_text="missing")).to_contain_text("fuel, gearbox")
    page.get_by_label("Choose a CSV file").set_input_files(csv_file(CSV))
    page.get_by_role("button", name="Take in (2)").click()
    wrong = rows(page, "Rows that were not taken in")
    expect(wrong).to_have_count(2)
    expect(wrong.nth(1)).to_contain_text("Mileage: not a number.")
    with page.expect_download() as given:
        page.get_by_role("button", name="Download these rows").click()
    assert [line.split(",")[0] for line in text_of(given.value).splitlines()] == ["make", "Nomake", "Volkswagen"]
    page.get_by_role("button", name="Close").click()
    expect(rows(page)).to_have_count(1)
    assert visited.unexpected(("422",)) == []


@pytest.mark.parametrize("device", SIZES)
def test_a_car_is_taken_in_sold_and_the_sale_undone(visit: Open, device: str) -> None:
    visited = visit(device, role="dealer")
    remove_all(visited.page)
    car = add_offer(visited.page, price_eur=12_000)
    page = open_desk(visited, f"/desk/cars/{car['id']}")
    expect(page.get_by_text("grace@example.org")).to_be_visible()
    page.get_by_role("button", name="Take in").click()
    expect(page.get_by_text("Volkswagen Golf is now: In stock.")).to_be_visible()
    page.get_by_role("button", name="Record the sale").click()
    page.get_by_label("Sale price (EUR)").fill("0")
    page.get_by_label("Sold on").fill("2000-01-01")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text("Enter whole euros, like 14,900.")).to_be_visible()
    page.get_by_label("Sale price (EUR)").fill("11,500")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text("first registered")).to_be_visible()
    page.get_by_label("Sold on").fill(car["created_at"][:10])
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text("Sold for €11,500")).to_be_visible()
    page.get_by_role("button", name="Undo the sale").click()
    expect(page.get_by_text("the car is in stock again")).to_be_visible()
    history = rows(page, "Changes")
    expect(history.first).to_contain_text("Sale undone")
    expect(history.first).to_contain_text("Sale price: €11,500 → –")
    expect(history.first).to_contain_text("You")
    assert visited.unexpected(("422",)) == []


def test_an_edit_saves_what_was_changed_over_what_others_changed(visit: Open) -> None:
    visited = visit(role="dealer")
    car = add_car(visited.page, price_eur=12_000)
    page = open_desk(visited, f"/desk/cars/{car['id']}")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Mileage").fill("70,000")
    page.get_by_label("First registration").fill("2999")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("First registration")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("First registration").fill(car["vehicle"]["first_registration"])

    call(page, "PATCH", f"/cars/{car['id']}", {"price_eur": 11_000})
    page.get_by_role("button", name="Save").click()
    notice = page.get_by_role("alert").filter(has_text="Somebody else changed this car meanwhile")
    expect(notice).to_contain_text("Price: €12,000 → €11,000")
    expect(page.get_by_label("Mileage")).to_have_value("70,000")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    now = call(page, "GET", f"/cars/{car['id']}")
    assert (now["vehicle"]["mileage_km"], now["price_eur"]) == (70_000, 11_000)
    assert visited.unexpected(("422", "412")) == []


def test_a_deleted_car_is_brought_back_from_the_list(visit: Open) -> None:
    visited = visit(role="dealer")
    remove_all(visited.page)
    car = add_car(visited.page)
    page = open_desk(visited, f"/desk/cars/{car['id']}")
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/desk")
    expect(page.get_by_text("No cars yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Volkswagen Golf is back.")).to_be_visible()
    page.goto(f"{visited.address}/desk/cars/{car['id']}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Volkswagen Golf")
    assert visited.complaints == []


def test_a_file_is_valued_row_by_row_and_its_results_taken_along(visit: Open) -> None:
    visited = visit(role="dealer")
    page = open_desk(visited, "/desk/batch")
    many = CSV + "Volkswagen,Golf,Petrol,Manual,2020-05,60000,110,15900\n" * 3_000
    page.get_by_label("Choose a file of cars").set_input_files(csv_file(many))
    expect(page.get_by_role("heading", name="cars.csv is valued")).to_be_visible()
    expect(rows(page, "Rows with errors")).to_have_count(2)
    expect(rows(page, "Rows with errors").first).to_contain_text("Nomake Nomodel")
    with page.expect_download() as given:
        page.get_by_role("button", name="Download the results").click()
    lines = text_of(given.value).splitlines()
    assert len(lines) == 3_005
    assert lines[-1].startswith("# summary,rows=3003,priced=3001,failed=2")
    assert given.value.suggested_filename == "cars-valued.csv"
    assert visited.complaints == []


def test_columns_of_unknown_names_are_asked_for(visit: Open) -> None:
    visited = visit(role="dealer")
    page = open_desk(visited, "/desk/batch")
    page.get_by_label("Choose a file of cars").set_input_files(csv_file(UNKNOWN))
    expect(page.get_by_label("Make", exact=True)).to_have_value("1")  # guessed from "Marke"
    page.get_by_role("button", name="Value this file").click()
    expect(page.get_by_label("Fuel")).to_be_focused()
    page.get_by_label("Fuel").select_option(label="Antrieb")
    page.get_by_role("button", name="Value this file").click()
    expect(page.get_by_text("Valued (1)")).to_be_visible()
    assert visited.unexpected(("422",)) == []


def test_json_lines_are_valued_too(visit: Open) -> None:
    visited = visit(role="dealer")
    page = open_desk(visited, "/desk/batch")
    line = (
        '{"make":"Volkswagen","model":"Golf","fuel":"petrol","gearbox":"manual","first_registration":"2020",'
        '"mileage_km":60000,"power_hp":110,"asking_price_eur":15000}\n'
    )
    content = (line * 2 + "no json\n").encode()
    file: FilePayload = {"name": "cars.jsonl", "mimeType": "application/jsonl", "buffer": content}
    page.get_by_label("Choose a file of cars").set_input_files(file)
    expect(page.get_by_text("With errors (1)")).to_be_visible()
    with page.expect_download() as given:
        page.get_by_role("button", name="Download the results").click()
    assert text_of(given.value).startswith("make,model,fuel")
    assert visited.complaints == []
