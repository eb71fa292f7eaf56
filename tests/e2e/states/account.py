"""States of logging in, registering, the profile, tokens and users."""

from playwright.sync_api import Page, expect

from tests.e2e.states.answers import answer, refuse
from tests.e2e.states.feedback import REPORT, VEHICLE
from tests.e2e.states.state import State

CAR = {
    "id": "FFFFFFFFFFFFFFFFFFFFFF", "version": 1, "state": "offered", "vehicle": {**VEHICLE, "power_kw": 80.9},
    "price_eur": 14_900, "price_is_own": True, "estimate_eur": None, "valuation": None, "sale_price_eur": None,
    "sold_on": None, "created_at": "2026-05-29T10:00:00Z", "updated_at": "2026-05-29T10:00:00Z", "contact": None,
    "note": None,
}  # fmt: skip
KEPT = {
    "model": {"name": "car-price", "version": "1"}, "market_as_of": "2026-05-31", "market_is_demo": True,
    "id": "BBBBBBBBBBBBBBBBBBBBBB", "price_eur": 15_400, "buying_price_eur": None,
    "range": {"low_eur": 13_100, "high_eur": 18_050, "coverage": 0.9}, "confidence": "high", "limits": [],
    "base_eur": 16_000, "contributions": [], "deal": None, "asking_price_eur": None,
    "vehicle": {**VEHICLE, "age_years": 7, "power_kw": 80.9}, "as_of": "2026-05-30",
}  # fmt: skip
OWN = ("id", "kind", "state", "reason", "price_eur", "price_kind", "created_at", "vehicle", "valuation")
SAID = {name: REPORT[name] for name in OWN}


def own_lists(page: Page, cars: list, valuations: list, feedback: list) -> None:
    answer(page, "/api/v1/cars", {"cars": cars, "next": None})
    answer(page, "/api/v1/valuations", {"valuations": valuations, "next": None})
    answer(page, "/api/v1/users/me/feedback", {"feedback": feedback, "next": None})


def nothing_of_ones_own(page: Page) -> None:
    own_lists(page, [], [], [])


def own_things(page: Page) -> None:
    gone = {**CAR, "id": "GGGGGGGGGGGGGGGGGGGGGG", "state": "in_stock", "price_eur": None}
    accepted = {**SAID, "id": "HHHHHHHHHHHHHHHHHHHHHH", "state": "accepted", "reason": "wrong_data", "price_eur": None,
                "price_kind": None, "valuation": None}  # fmt: skip
    own_lists(page, [CAR, gone], [KEPT], [SAID, accepted])


def busy(page: Page) -> None:
    own_lists(page, [], [], [])
    refuse(page, "/api/v1/cars", 503, "Busy")


def fail_to_log_in(page: Page) -> None:
    page.get_by_label("E-mail").fill("nobody@example.org")
    page.get_by_label("Password", exact=True).fill("a wrong password")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")


def fail_to_register(page: Page) -> None:
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("E-mail").fill("ada")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("main").get_by_role("button", name="Register").click()
    expect(page.get_by_text("Must have at least 10 letters", exact=False)).to_be_visible()


def use_a_dead_link(page: Page) -> None:
    page.get_by_label("New password").fill("correct horse battery staple")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("This link does not work any more")).to_be_visible()


def ask_to_delete(page: Page) -> None:
    page.get_by_role("button", name="Delete my account").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("This is not your e-mail address.")).to_be_visible()


def make_token(page: Page) -> None:
    page.get_by_label("What it is for").fill("nightly batch")
    page.get_by_label("Batch valuations").check()
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("dialog", name="Copy your token now")).to_be_visible()


def list_tokens(page: Page) -> None:
    make_token(page)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)  # it fades
    expect(page.get_by_role("table", name="Your tokens")).to_be_visible()


def list_users(page: Page) -> None:
    expect(page.get_by_role("table", name="Accounts")).to_be_visible()


def make_password_link(page: Page) -> None:
    page.get_by_role("button", name="Password link: Customer").click()
    expect(page.get_by_role("dialog").get_by_label("Link")).to_be_visible()


REFUSED = ("422",)
STATES = [
    State("login", "empty", "/login"),
    State("login", "sent-here", "/account"),
    State("login", "wrong", "/login", reach=fail_to_log_in, complaints=("401",)),
    State("register", "empty", "/register"),
    State("register", "refused", "/register", reach=fail_to_register, complaints=REFUSED),
    State("new-password", "no-token", "/new-password"),
    State("new-password", "empty", "/new-password#a-token"),
    State("new-password", "used", "/new-password#a-token", reach=use_a_dead_link, complaints=("404",)),
    State("mine", "empty", "/account", "customer", before=nothing_of_ones_own),
    State("mine", "lists", "/account", "customer", before=own_things),
    State("mine", "dealer", "/account", "dealer", before=own_things),
    State("mine", "busy", "/account", "customer", before=busy, complaints=("503",)),
    State("profile", "plain", "/account/profile", "customer"),
    State("profile", "delete", "/account/profile", "customer", ask_to_delete),
    State("tokens", "empty", "/account/tokens", "dealer"),
    State("tokens", "made", "/account/tokens", "dealer", make_token),
    State("tokens", "list", "/account/tokens", "dealer", list_tokens),
    State("users", "list", "/admin/users", "admin", list_users),
    State("users", "password-link", "/admin/users", "admin", make_password_link),
]
