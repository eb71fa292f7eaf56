"""/api/v1/sessions and /api/v1/password-resets: logging in and out, and setting a password by a link."""

from apiflask import APIBlueprint
from flask import Response, request

from gateway.api.access import ANYONE, CSRF_COOKIE, SESSION_COOKIE, allow, caller
from gateway.api.address import client_address
from gateway.api.body import read_json
from gateway.api.inputs import takes
from gateway.api.replies import problems, reply
from gateway.api.schemas.accounts import LoggedIn, Login, PasswordReset
from gateway.db.moments import in_words
from gateway.db.transactions import writing
from gateway.services import accounts, sessions
from gateway.services.accounts import Account
from gateway.services.container import services
from gateway.services.identity import ROLES

blueprint = APIBlueprint("sessions", __name__, tag="Sessions")

LARGEST_BODY_BYTES = 16 * 1024


@blueprint.get("/sessions")
@blueprint.output(LoggedIn)
@blueprint.doc(summary="Who is logged in here", responses=problems(401, 503))
@allow(ANYONE)
def who_is_logged_in() -> Response:
    who = caller()
    if who.account is None:
        return reply({"user": None, "csrf_token": None})
    token = sessions.csrf_token(request.cookies[SESSION_COOKIE])
    return reply({"user": shown(accounts.get(who)), "csrf_token": token})


@blueprint.post("/sessions")
@takes(blueprint, Login)
@blueprint.output(LoggedIn, status_code=201)
@blueprint.doc(summary="Log in", responses=problems(400, 401, 413, 415, 422, 429, 503))
@allow(ANYONE)
def log_in() -> Response:
    """A session that this browser had ends: nobody can have given it to him."""
    old_secret = request.cookies.get(SESSION_COOKIE)
    logged_in = services().accounts.log_in(read_json(LARGEST_BODY_BYTES), client_address(), old_secret)
    document = {"user": shown(logged_in.account), "csrf_token": sessions.csrf_token(logged_in.secret)}
    return set_cookies(reply(document, 201), logged_in.secret)


@blueprint.delete("/sessions")
@blueprint.output({}, status_code=204)
@blueprint.doc(summary="Log out", responses=problems(401, 403, 503))
@allow(*ROLES)
def log_out() -> Response:
    caller()  # has proved that our own page asks for it
    with writing() as session:
        sessions.end(session, request.cookies[SESSION_COOKIE])
    return without_cookies(Response(status=204))


@blueprint.post("/password-resets")
@takes(blueprint, PasswordReset)
@blueprint.output({}, status_code=204)
@blueprint.doc(summary="Set a password by a link", responses=problems(400, 404, 413, 415, 422, 429, 503))
@allow(ANYONE)
def reset_password() -> Response:
    services().password_resets.use(read_json(LARGEST_BODY_BYTES), client_address())
    return Response(status=204)


def set_cookies(response: Response, secret: str) -> Response:
    """Give the browser its session: scripts cannot read it, other sites' pages do not send it along with a write."""
    lifetime_s = int(sessions.LIFETIME.total_seconds())
    response.set_cookie(SESSION_COOKIE, secret, max_age=lifetime_s, secure=True, httponly=True, samesite="Lax")
    response.set_cookie(CSRF_COOKIE, sessions.csrf_token(secret), max_age=lifetime_s, secure=True, samesite="Strict")
    return response


def without_cookies(response: Response) -> Response:
    """Have the browser forget its session."""
    for name in (SESSION_COOKIE, CSRF_COOKIE):
        response.delete_cookie(name, secure=True, samesite="Lax")
    return response


def shown(account: Account) -> dict[str, object]:
    """An account as the API writes it."""
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "role": account.role,
        "created_at": in_words(account.created_at),
    }
