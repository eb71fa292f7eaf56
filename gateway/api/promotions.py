"""/api/v1/promotions: which version became the champion, when, by whom and why."""

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import ANYONE, allow, caller
from gateway.api.body import read_json
from gateway.api.inputs import read_query, takes
from gateway.api.replies import created, problems, reply
from gateway.api.schemas.promotions import Promotion, Promotions, PromotionsQuery
from gateway.services import promotions
from gateway.services.identity import ADMIN
from gateway.services.queries import newest_first

blueprint = APIBlueprint("promotions", __name__, tag="Promotions")

LARGEST_BODY_BYTES = 64 * 1024


@blueprint.get("/promotions")
@takes(blueprint, PromotionsQuery, "query")
@blueprint.output(Promotions)
@blueprint.doc(summary="The history of promotions, the newest first", responses=problems(422, 503))
@allow(ANYONE)
def history() -> Response:
    page = promotions.page(*newest_first(read_query()))
    return reply({"promotions": page.items, "next": page.next})


@blueprint.put("/promotions/<int:number>")
@takes(blueprint, Promotion)
@blueprint.output(Promotion)
@blueprint.doc(
    summary="Publish the record of a promotion",
    description="A record is published once and never changed: the same again is 200, another one of the number 409.",
    responses={**created(Promotion, "Published"), **problems(400, 401, 403, 404, 409, 413, 415, 422, 503)},
)
@allow(ADMIN, scopes=("cards",))
def put(number: int) -> Response:
    record = read_json(LARGEST_BODY_BYTES)
    is_new = promotions.put(number, record, caller())
    return reply({**record, "number": number}, 201 if is_new else 200)
