"""Limits on what may be sent: bodies that are no JSON, queries, and forms, which nobody reads."""

import io
from typing import Any

import pytest
from flask import Flask

from tests.gateway.gateways import Gateway, check_documented, problem


class Untouched(io.BytesIO):
    """A body that nobody may read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")

    readline = read1 = readinto = read  # type: ignore[assignment]


def writes(app: Flask) -> list[tuple[str, str]]:
    """Every method and path, with 1 for what stands in it, that may have a body."""
    return [
        (method, rule.rule.replace("<int:number>", "1").replace("<string:version>", "1"))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH"})
        if "<" not in rule.rule.replace("<int:number>", "").replace("<string:version>", "")
    ]


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_a_form_is_never_parsed(gateway: Gateway, content_type: str) -> None:
    """A body of a form's type is refused unread, by every route that takes JSON."""
    # given an admin's browser, when it sends a form to each of them
    client = gateway.as_role("admin")
    taken = [(method, path) for method, path in writes(gateway.app) if takes_json(gateway, method, path)]
    assert len(taken) >= 4
    for method, path in taken:
        response = client.open(
            path, method=method, input_stream=Untouched(), content_type=content_type, content_length=10**9,
        )  # fmt: skip
        # then it is refused, and nobody has read it
        assert response.status_code == 415, (method, path, response.text)


def takes_json(gateway: Gateway, method: str, path: str) -> bool:
    documented = {
        known.replace("{number}", "1").replace("{version}", "1"): item for known, item in gateway.spec["paths"].items()
    }
    operation = documented.get(path, {}).get(method.lower(), {})
    return set(operation.get("requestBody", {}).get("content", ())) == {"application/json"}


def test_were_a_form_read_it_would_be_small(gateway: Gateway) -> None:
    """The backstop below all views."""
    # given the app, when its settings are read, then forms have bounds
    settings = gateway.app.config
    assert settings["MAX_CONTENT_LENGTH"] == settings["MAX_FORM_MEMORY_SIZE"] == 64 * 1024
    assert settings["MAX_FORM_PARTS"] == 20


@pytest.mark.parametrize("query", ["make=" + "x" * 10_240, "&".join(f"a{number}=1" for number in range(51))])
@pytest.mark.parametrize("route", ["/api/v1/filters", "/api/v1/coefficients", "/api/v1/models", "/api/v1/promotions"])
def test_a_query_without_end_is_refused(gateway: Gateway, route: str, query: Any) -> None:
    """Too long, or of too many parameters: refused before it is taken apart."""
    # given such a query, when it is asked, then it is refused
    response = gateway.client.get(f"{route}?{query}")
    problem(response, 400)
    check_documented(gateway, response, route)


def test_the_longest_query_that_can_be_meant_is_read(gateway: Gateway) -> None:
    """Five words of 80 letters of four bytes each are unknown, and not too many."""
    # given five of the longest words, when they are chosen, then each is named
    names = ("make", "model", "fuel", "gearbox", "offer_type")
    response = gateway.client.get("/api/v1/filters", query_string=dict.fromkeys(names, "\U0001f697" * 80))
    assert response.status_code == 422
