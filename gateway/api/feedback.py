"""Reports of wrong prices, what an account has said and may withdraw, and GET /api/v1/feedback, the feed for jobs."""

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import ANYONE, allow, caller
from gateway.api.address import client_address
from gateway.api.body import read_json
from gateway.api.idempotency_key import idempotency_key, takes_idempotency_key
from gateway.api.inputs import read_query, takes
from gateway.api.replies import problems, reply
from gateway.api.schemas.feedback import (
    Feed,
    Feedback,
    FeedQuery,
    OwnFeedbackPage,
    OwnFeedbackQuery,
    ReportRequest,
)
from gateway.errors import InvalidFields
from gateway.services import feed, feedback
from gateway.services.attempts import REPORTS
from gateway.services.container import services
from gateway.services.identity import ADMIN, CUSTOMER, DEALER, REVIEWER, ROLES
from gateway.services.queries import HIGHEST_SEQUENCE, whole_number
from model.schema.fields import Fields

blueprint = APIBlueprint("feedback", __name__, tag="Feedback")

LARGEST_BODY_BYTES = 16 * 1024
PAGE, LARGEST_PAGE = 500, 1_000


@blueprint.post("/valuations/<id:valuation_id>/reports")
@takes(blueprint, ReportRequest)
@takes_idempotency_key(blueprint)
@blueprint.output(Feedback, status_code=201)
@blueprint.doc(
    summary="Report that a price is wrong", responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
)
@allow(ANYONE)
def report(valuation_id: str) -> Response:
    who = caller()
    services().attempts.take([(REPORTS, who.id or client_address())])
    status, answer = feedback.add_report(who, valuation_id, read_json(LARGEST_BODY_BYTES), idempotency_key())
    return reply(answer, status)


@blueprint.get("/users/me/feedback")
@takes(blueprint, OwnFeedbackQuery, "query")
@blueprint.output(OwnFeedbackPage)
@blueprint.doc(summary="One's own reports and sales, the newest first", responses=problems(401, 403, 422, 503))
@allow(*ROLES)
def own() -> Response:
    return reply(feedback.page(caller(), read_query()))


@blueprint.delete("/feedback/<id:feedback_id>")
@blueprint.output({}, status_code=204)
@blueprint.doc(summary="Withdraw one's own feedback", responses=problems(401, 403, 404, 503))
@allow(ADMIN, own=(CUSTOMER, DEALER, REVIEWER))
def withdraw(feedback_id: str) -> Response:
    feedback.withdraw(caller(), feedback_id)
    return Response(status=204)


@blueprint.get("/feedback")
@takes(blueprint, FeedQuery, "query")
@blueprint.output(Feed)
@blueprint.doc(summary="What was accepted and withdrawn, for jobs", responses=problems(401, 403, 409, 422, 503))
@allow(ADMIN, scopes=("feedback",))
def events() -> Response:
    raw = read_query()
    fields = Fields(raw)
    fields.allow_only(("since", "limit"))
    since = whole_number(fields, "since", 0, HIGHEST_SEQUENCE, 0)
    limit = whole_number(fields, "limit", 1, LARGEST_PAGE, PAGE)
    if fields.violations:
        raise InvalidFields(fields.violations)
    return reply(feed.read(since, limit))
