"""Somebody registers and looks after his account; an admin gives roles and links; a dealer makes tokens."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit

PASSWORD = "quiet otters paint fences"
OTHER_PASSWORD = "loud otters paint windows"


def register(visited: Visit) -> str:
    """A new customer, logged in; the e-mail address."""
    page = visited.page
    email = f"{uuid.uuid4().hex[:12]}@example.org"
    page.goto(f"{visited.address}/register")
    page.get_by_label("Name").fill("Otto Otter")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Register").click()
    expect(page.get_by_role("button", name="Account of Otto Otter")).to_be_visible()
    return email


def log_in(page: Page, address: str, email: str, password: str) -> None:
    page.goto(f"{address}/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Account of")).to_be_visible()


def test_an_account_lives_and_ends(visit: Callable[..., Visit]) -> None:
    """Registered, its password changed, its data taken along, deleted."""
    visited = visit()
    page = visited.page
    email = register(visited)
    page.goto(f"{visited.address}/account/profile")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(OTHER_PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_test_id("notice")).to_contain_text("changed")

    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download my data").click()
    kept = json.loads(Path(downloading.value.path()).read_text(encoding="utf-8"))
    assert kept["account"]["email"] == email

    page.get_by_role("button", name="Delete my account").click()
    page.get_by_role("dialog").get_by_label("Your e-mail address").fill(email)
    page.get_by_role("dialog").get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("banner").get_by_role("link", name="Log in")).to_be_visible()
    expect(page.get_by_test_id("notice")).to_contain_text("deleted")
    assert visited.complaints == []


def test_an_admin_gives_a_role_and_a_link(visit: Callable[..., Visit]) -> None:
    """The new dealer sets a password by the link, logs in with it and finds the desk."""
    visited = visit()
    email = register(visited)
    admin = visit(role="admin").page
    admin.goto(f"{visited.address}/admin/users")
    row = admin.get_by_role("row").filter(has_text=email)
    row.get_by_label("Role of").select_option("dealer")
    expect(admin.get_by_test_id("notice")).to_contain_text("Dealer")
    row.get_by_role("button", name="Password link").click()
    link = admin.get_by_role("dialog").get_by_label("Link").input_value()

    page = visit().page
    page.goto(link)
    page.get_by_label("New password").fill(OTHER_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    log_in(page, visited.address, email, OTHER_PASSWORD)
    expect(page.get_by_role("banner").get_by_role("link", name="Desk")).to_be_visible()
    assert visited.complaints == []


def test_a_token_is_made_and_revoked(visit: Callable[..., Visit]) -> None:
    """It is shown once; revoked, it is good for nothing."""
    visited = visit(role="dealer")
    page = visited.page
    page.goto(f"{visited.address}/account/tokens")
    name = f"job {uuid.uuid4().hex[:8]}"
    page.get_by_label("What it is for").fill(name)
    page.get_by_label("Prices over the V2 protocol").check()
    page.get_by_role("button", name="Make the token").click()
    token = page.get_by_label("Token", exact=True).input_value()
    page.get_by_role("button", name="Close").click()

    def status() -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return page.request.get(f"{visited.address}/v2/models/car-price", headers=headers).status

    assert status() == 200
    row = page.get_by_role("row").filter(has_text=name)
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("Revoked")
    assert status() == 401
    assert visited.complaints == []
