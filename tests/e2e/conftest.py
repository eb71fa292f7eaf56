"""A real Chromium, and pages that remember what went wrong on them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)

from tests.e2e.market import bring
from tests.e2e.states.state import Role
from tests.product import CHECKOUT, Product

CHROMIUM = Path("/usr/bin/chromium")
# Without these a browser in a closed network spends its time on looking for its maker's hosts.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic",
)  # fmt: skip
SIZES: dict[str, ViewportSize] = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
PASSWORD = "a horse of no common name"
LOG_IN = """async (body) => (await fetch('/api/v1/sessions', {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body),
})).status"""
SCREENSHOTS = CHECKOUT / "reports" / "screenshots"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is not there; `make test` installs it")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A page of the product, with all that its console and network complained of."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.bring_to_front()  # what is hidden may be drawn late, or never
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def unexpected(self, expected: tuple[str, ...]) -> list[str]:
        """Complaints but those that hold one of these words."""
        return [each for each in self.complaints if not any(word in each for word in expected)]

    def watch(self) -> None:
        for event, hear in self._ears.items():
            self.page.on(event, hear)

    def unwatch(self) -> None:
        """Of a page that goes on to others: what they do is not this visit's."""
        for event, hear in self._ears.items():
            self.page.remove_listener(event, hear)

    @property
    def _ears(self) -> dict[Any, Callable[[Any], None]]:
        return {"request": self._hear_request, "pageerror": self._hear_error, "console": self._hear_console}

    def _hear_request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"a request left the origin: {request.url}")

    def _hear_error(self, error: Error) -> None:
        self.complaints.append(f"uncaught: {error}")

    def _hear_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


def address_of(role: Role) -> str:
    return f"{role}@example.org"


@pytest.fixture(scope="session")
def accounts(product: Product) -> None:
    """An account of each role, made by the command as an operator makes it."""
    for role in get_args(Role):
        product.command("user", "add", address_of(role), "--name", role.title(), "--role", role, said=PASSWORD)


@pytest.fixture(scope="session")
def market(product: Product) -> None:
    """Listings to compare a Golf with."""
    bring(product)


LogIn = Callable[[BrowserContext, Role | None], None]


@pytest.fixture(scope="session")
def log_in(product: Product, browser: Browser, accounts: None) -> LogIn:
    """Make a context that of whoever has this role, or of nobody. Each logs in once: a session holds in any context."""
    sessions: dict[Role, list[Any]] = {}

    def enter(role: Role) -> list[Any]:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{product.address}/livez")
        status = page.evaluate(LOG_IN, {"email": address_of(role), "password": PASSWORD})
        assert status == 201, f"the {role} could not log in: {status}"
        cookies: list[Any] = list(context.cookies())
        context.close()
        return cookies

    def become(context: BrowserContext, role: Role | None) -> None:
        context.clear_cookies()
        if role is not None:
            if role not in sessions:
                sessions[role] = enter(role)
            context.add_cookies(sessions[role])

    return become


@pytest.fixture
def visit(product: Product, browser: Browser, log_in: LogIn, market: None) -> Iterator[Callable[..., Visit]]:
    """Open the product's page as on a device: visit("phone", "dark", role="dealer")."""
    contexts = []

    def open_page(
        device: str = "desktop",
        scheme: Literal["light", "dark"] = "light",
        role: Role | None = None,
        locale: str = "en-GB",
    ) -> Visit:
        context = browser.new_context(
            viewport=SIZES[device], color_scheme=scheme, locale=locale, has_touch=device == "phone"
        )
        contexts.append(context)
        log_in(context, role)
        visited = Visit(context.new_page(), product.address)
        visited.watch()
        visited.page.goto(product.address)
        return visited

    yield open_page
    for context in contexts:
        context.close()
