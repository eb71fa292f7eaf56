"""Who may call a route. Every route declares it; one that does not is refused, and a guard test finds it."""

import ipaddress
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, request

from gateway.errors import Forbidden

View = TypeVar("View", bound=Callable)

ANYONE = "anyone"
LOOPBACK = "loopback"  # callers on this machine: the V2 endpoint until callers can show a token


def allow(who: str) -> Callable[[View], View]:
    """Declare who may call a view: ANYONE or LOOPBACK."""

    def declare(view: View) -> View:
        view.allowed = who  # type: ignore[attr-defined]
        return view

    return declare


def enforce(app: Flask) -> None:
    """Refuse what a view's declaration does not allow, before the view runs."""

    @app.before_request
    def check() -> None:
        if request.endpoint is None:
            return  # no such route: it is answered with 404
        who = allowed(app, request.endpoint)
        if who == ANYONE or (who == LOOPBACK and _from_loopback()):
            return
        raise Forbidden("this address is open to callers on the gateway's own machine alone")


def allowed(app: Flask, endpoint: str) -> str | None:
    """Who may call an endpoint, None where its view does not say."""
    return getattr(app.view_functions[endpoint], "allowed", None)


def _from_loopback() -> bool:
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:  # a server that listens on a socket file knows no address
        return False
