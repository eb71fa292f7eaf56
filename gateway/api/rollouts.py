"""/api/v1/rollouts: giving a version its share of the valuations, step by step, and taking it back."""

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import allow, caller
from gateway.api.body import read_json
from gateway.api.inputs import read_query, takes
from gateway.api.replies import problems, reply
from gateway.api.schemas.rollouts import RolloutEnd, RolloutNow, RolloutPlan, Rollouts, RolloutsQuery
from gateway.services.container import services
from gateway.services.identity import ADMIN
from gateway.services.queries import newest_first

blueprint = APIBlueprint("rollouts", __name__, tag="Rollouts")

LARGEST_BODY_BYTES = 64 * 1024
WRITES = (400, 401, 403, 409, 413, 415, 422, 503)


@blueprint.get("/rollouts")
@takes(blueprint, RolloutsQuery, "query")
@blueprint.output(Rollouts)
@blueprint.doc(summary="All rollouts, the newest first", responses=problems(401, 403, 422, 503))
@allow(ADMIN, scopes=("cards",))
def history() -> Response:
    page = services().rollouts.page(*newest_first(read_query()))
    return reply({"rollouts": page.items, "next": page.next})


@blueprint.get("/rollouts/current")
@blueprint.output(RolloutNow)
@blueprint.doc(
    summary="The open rollout, or the one that ended last, with its figures", responses=problems(401, 403, 404, 503)
)
@allow(ADMIN, scopes=("cards",))
def current() -> Response:
    return reply(services().rollouts.current())


@blueprint.post("/rollouts")
@takes(blueprint, RolloutPlan)
@blueprint.output(RolloutNow)
@blueprint.doc(
    summary="Begin a rollout, or switch to a version at once",
    description="409 where the version has no card, is served nowhere or is the champion, or another rollout is open.",
    responses=problems(*WRITES),
)
@allow(ADMIN, scopes=("cards",))
def begin() -> Response:
    return reply(services().rollouts.begin(read_json(LARGEST_BODY_BYTES), caller()))


@blueprint.delete("/rollouts/current")
@takes(blueprint, RolloutEnd)
@blueprint.output(RolloutNow)
@blueprint.doc(summary="Take the open rollout back: the champion prices everything", responses=problems(*WRITES))
@allow(ADMIN, scopes=("cards",))
def take_back() -> Response:
    return reply(services().rollouts.take_back(read_json(LARGEST_BODY_BYTES), caller()))
