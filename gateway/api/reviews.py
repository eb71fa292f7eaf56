"""GET /api/v1/reviews, POST /api/v1/reviews/{id}: what may be learnt from is decided here."""

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import allow, caller
from gateway.api.body import read_json
from gateway.api.inputs import read_query, takes
from gateway.api.replies import problems, reply
from gateway.api.schemas.reviews import Decision, Review, ReviewQuery, Reviews
from gateway.services import reviews
from gateway.services.container import services
from gateway.services.identity import ADMIN, REVIEWER

blueprint = APIBlueprint("reviews", __name__, tag="Reviews")

LARGEST_BODY_BYTES = 16 * 1024


@blueprint.get("/reviews")
@takes(blueprint, ReviewQuery, "query")
@blueprint.output(Reviews)
@blueprint.doc(summary="Feedback to review, the oldest first", responses=problems(401, 403, 422, 503))
@allow(REVIEWER, ADMIN)
def queue() -> Response:
    return reply(reviews.queue(services().cards, read_query()))


@blueprint.post("/reviews/<id:feedback_id>")
@takes(blueprint, Decision)
@blueprint.output(Review)
@blueprint.doc(summary="Accept or reject a feedback", responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 503))
@allow(REVIEWER, ADMIN)
def decide(feedback_id: str) -> Response:
    return reply(reviews.decide(services().cards, caller(), feedback_id, read_json(LARGEST_BODY_BYTES)))
