"""/api/v1/users: accounts, one's own and, for admins, all."""

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import ANYONE, allow, caller
from gateway.api.address import client_address
from gateway.api.body import read_json
from gateway.api.inputs import read_query, takes
from gateway.api.replies import problems, reply
from gateway.api.schemas.accounts import (
    PageQuery,
    PasswordChange,
    PersonalData,
    ProfileChange,
    Registered,
    Registration,
    ResetLinkMade,
    RoleChange,
    User,
    Users,
)
from gateway.api.sessions import set_cookies, shown, without_cookies
from gateway.db.moments import in_words
from gateway.errors import InvalidFields
from gateway.services import accounts, persons
from gateway.services.container import services
from gateway.services.identity import ADMIN, ROLES
from gateway.services.queries import HIGHEST_SEQUENCE, whole_number
from model.schema.fields import Fields

blueprint = APIBlueprint("users", __name__, tag="Users")

LARGEST_BODY_BYTES = 16 * 1024
PAGE, LARGEST_PAGE = 25, 100


@blueprint.post("/users")
@takes(blueprint, Registration)
@blueprint.output(Registered, status_code=202)
@blueprint.doc(summary="Register", responses=problems(400, 413, 415, 422, 429, 503))
@allow(ANYONE)
def register() -> Response:
    services().accounts.register(read_json(LARGEST_BODY_BYTES), client_address())
    return reply({"status": "accepted", "detail": "log in with this e-mail address and its password"}, 202)


@blueprint.get("/users/me")
@blueprint.output(User)
@blueprint.doc(summary="One's own account", responses=problems(401, 403, 503))
@allow(*ROLES)
def me() -> Response:
    return reply(shown(accounts.get(caller())))


@blueprint.patch("/users/me")
@takes(blueprint, ProfileChange)
@blueprint.output(User)
@blueprint.doc(
    summary="Change one's name or e-mail address", responses=problems(400, 401, 403, 409, 413, 415, 422, 429, 503)
)
@allow(*ROLES)
def change_profile() -> Response:
    return reply(shown(services().accounts.change_profile(caller(), read_json(LARGEST_BODY_BYTES))))


@blueprint.put("/users/me/password")
@takes(blueprint, PasswordChange)
@blueprint.output({}, status_code=204)
@blueprint.doc(
    summary="Change one's password; every other session ends",
    responses=problems(400, 401, 403, 413, 415, 422, 429, 503),
)
@allow(*ROLES)
def change_password() -> Response:
    logged_in = services().accounts.change_password(caller(), read_json(LARGEST_BODY_BYTES))
    return set_cookies(Response(status=204), logged_in.secret)


@blueprint.delete("/users/me")
@blueprint.output({}, status_code=204)
@blueprint.doc(
    summary="Delete one's account, with all that is personal in it", responses=problems(401, 403, 409, 503)
)
@allow(*ROLES)
def delete_account() -> Response:
    accounts.delete(caller())
    return without_cookies(Response(status=204))


@blueprint.get("/users/me/export")
@blueprint.output(PersonalData)
@blueprint.doc(summary="All that is kept of one's account", responses=problems(401, 403, 503))
@allow(*ROLES)
def export() -> Response:
    account = caller().account
    assert account is not None
    response = reply(persons.export(account))
    response.headers["Content-Disposition"] = "attachment; filename=my-data.json"
    return response


@blueprint.get("/users")
@takes(blueprint, PageQuery, "query")
@blueprint.output(Users)
@blueprint.doc(summary="All accounts, the newest first", responses=problems(401, 403, 422, 503))
@allow(ADMIN)
def all_users() -> Response:
    raw = read_query()
    fields = Fields(raw)
    fields.allow_only(("limit", "cursor"))
    limit = whole_number(fields, "limit", 1, LARGEST_PAGE, PAGE)
    before = whole_number(fields, "cursor", 0, HIGHEST_SEQUENCE, HIGHEST_SEQUENCE)
    if fields.violations:
        raise InvalidFields(fields.violations)
    found, following = accounts.page(limit, before)
    return reply({"users": [shown(each) for each in found], "next": None if following is None else str(following)})


@blueprint.put("/users/<id:user_id>/role")
@takes(blueprint, RoleChange)
@blueprint.output(User)
@blueprint.doc(
    summary="Give an account another role", responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 503)
)
@allow(ADMIN)
def change_role(user_id: str) -> Response:
    raw = read_json(LARGEST_BODY_BYTES)
    fields = Fields(raw)
    fields.allow_only(("role",))
    role = fields.text("role")
    if role is not None and role not in ROLES:
        fields.add("role", "unknown", f"must be one of {', '.join(ROLES)}")
    if fields.violations:
        raise InvalidFields(fields.violations)
    assert role is not None
    return reply(shown(accounts.set_role(caller(), user_id, role)))


@blueprint.post("/users/<id:user_id>/password-reset")
@blueprint.output(ResetLinkMade, status_code=201)
@blueprint.doc(summary="Make a link that sets an account's password, once", responses=problems(401, 403, 404, 503))
@allow(ADMIN)
def make_reset_link(user_id: str) -> Response:
    made = services().password_resets.make(caller(), user_id)
    return reply({"link": made.link, "expires_at": in_words(made.expires_at), "mailed": made.mailed}, 201)
