"""Answers that the API would give in a state that the product is not in: more versions, a full queue, an empty list."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route


def answer(page: Page, path: str, document: Any, status: int = 200) -> None:
    """Have GET requests of a path, with any query, answered by this document."""

    def fulfil(route: Route) -> None:
        if route.request.method == "GET":
            route.fulfill(status=status, json=document)
        else:
            route.fallback()

    page.route(lambda url: url.split("?")[0].endswith(path), fulfil)


def change(page: Page, path: str, changed: Callable[[Any], Any]) -> None:
    """Have a path's own answer changed."""

    def fulfil(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json=changed(response.json()))

    page.route(lambda url: url.split("?")[0].endswith(path), fulfil)


def refuse(page: Page, path: str, status: int, title: str, method: str = "GET") -> None:
    """Have a path refused."""

    def fulfil(route: Route) -> None:
        if route.request.method != method:
            return route.fallback()
        document = {"type": "about:blank", "title": title, "status": status, "detail": title, "request_id": "0"}
        return route.fulfill(status=status, json=document, content_type="application/problem+json")

    page.route(lambda url: url.split("?")[0].endswith(path), fulfil)
