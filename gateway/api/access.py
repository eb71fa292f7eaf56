"""Who may call a route, and who calls. Every route declares it; one that does not is refused, and a test finds it."""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, Response, g, request

from gateway.errors import Forbidden, Unauthorized
from gateway.extensions import db
from gateway.services import api_tokens, sessions
from gateway.services.identity import ANONYMOUS, NOBODY, SERVICE, Caller

View = TypeVar("View", bound=Callable)

ANYONE = "anyone"
SESSION_COOKIE = "__Host-session"
CSRF_COOKIE = "__Host-csrf"  # the page's script reads it, and sends it back in the header
CSRF_HEADER = "X-CSRF-Token"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Whoever was looked at so long ago is looked at again. A request that is all there sooner is as good as one that came
# just before its sender's rights went.
LOOK_AGAIN_AFTER_S = 0.1


@dataclass(frozen=True)
class Rule:
    """Who may call a view."""

    roles: frozenset[str]  # accounts with these roles, or ANYONE
    own: frozenset[str]  # roles that reach by it what is their own alone; to them all else is not there (404)
    scopes: frozenset[str]  # tokens with one of these scopes


def allow(*roles: str, own: tuple[str, ...] = (), scopes: tuple[str, ...] = ()) -> Callable[[View], View]:
    """Declare who may call a view."""
    rule = Rule(frozenset(roles), frozenset(own), frozenset(scopes))

    def declare(view: View) -> View:
        view.rule = rule  # type: ignore[attr-defined]
        return view

    return declare


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """Who may call an endpoint, None where its view does not say."""
    return getattr(app.view_functions[endpoint], "rule", None)


def enforce(app: Flask) -> None:
    """Refuse what a view's declaration does not allow, before the view runs."""

    @app.before_request
    def check() -> None:
        if request.endpoint is None:
            return  # no such route: it is answered with 404
        rule = rule_of(app, request.endpoint)
        if rule is None:
            raise Forbidden("this address does not say who may call it")
        if ANYONE not in rule.roles:
            _check(caller(), rule)

    @app.after_request
    def keep_private(response: Response) -> Response:
        if g.get("caller", NOBODY) is not NOBODY or "Set-Cookie" in response.headers:
            response.headers.setdefault("Cache-Control", "no-store")  # what one may see is for no cache to keep
        return response


def check_again() -> None:
    """Look once more who sends this request, after a body that may have been long on its way: who has logged out since,
    or lost his role, does nothing any more. Raises Unauthorized, Forbidden.
    """
    if "caller" not in g or time.monotonic() - g.looked_at_s < LOOK_AGAIN_AFTER_S:
        return
    before = g.pop("caller")
    db.session.rollback()  # else SQLite would show what was there when it was first looked at
    if caller() != before:
        raise Unauthorized("what you may do has changed since this request began; send it again")


def _check(who: Caller, rule: Rule) -> None:
    if who.role == ANONYMOUS:
        raise Unauthorized("log in first, or send a token")
    if who.role == SERVICE:
        if not who.scopes & rule.scopes:
            needed = " or ".join(sorted(rule.scopes))
            raise Forbidden(f"this needs a token of scope {needed}" if needed else "no token is good for this")
    elif who.role not in rule.roles | rule.own:
        raise Forbidden("your account has not the role that this needs")


def caller() -> Caller:
    """Who sends this request: by its token, else by its cookie, and then a write must prove that our page sent it.

    Whoever asks in a view that is open to anyone gets NOBODY for a cookie that is no session any more.
    Raises Unauthorized for a token that is none, Forbidden for a write that a foreign page may have sent.
    """
    if "caller" not in g:
        g.looked_at_s = time.monotonic()
        g.caller = _by_token() or _by_cookie() or NOBODY
    return g.caller


def _by_token() -> Caller | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    found = api_tokens.find(token.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise Unauthorized("the token is not known, or not good any more")
    return found


def _by_cookie() -> Caller | None:
    secret = request.cookies.get(SESSION_COOKIE)
    found = sessions.find(secret) if secret else None
    if secret and found and request.method not in READING:
        sent = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(sent.encode(), sessions.csrf_token(secret).encode()):
            raise Forbidden(f"the header {CSRF_HEADER} must hold what the cookie {CSRF_COOKIE} holds")
    return found
