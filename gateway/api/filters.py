"""GET /api/v1/filters: what can still be chosen."""

from apiflask import APIBlueprint
from flask import Response, request

from gateway.api.access import ANYONE, allow
from gateway.api.inputs import read_query, takes
from gateway.api.replies import NOT_MODIFIED, problems, reply
from gateway.api.schemas.filters import FilterHeaders, FilterQuery, FilterReplyHeaders, Filters
from gateway.services.container import services
from gateway.services.filters import filters

blueprint = APIBlueprint("filters", __name__, tag="Filters")

# A cache asks before each use whether what it has still holds: a promotion may have come at any moment.
REVALIDATED = {"Cache-Control": "no-cache"}


@blueprint.get("/filters")
@takes(blueprint, FilterQuery, "query")
@takes(blueprint, FilterHeaders, "headers")
@blueprint.output(Filters, headers=FilterReplyHeaders)
@blueprint.doc(
    summary="What can still be chosen, with counts and ranges", responses={**NOT_MODIFIED, **problems(422, 503)}
)
@allow(ANYONE)
def what_remains() -> Response:
    """The tag is of the whole reply, the version's stamp included: with another version it is another."""
    answer = reply(filters(services().cards.served(), read_query()), headers=REVALIDATED)
    answer.add_etag()
    answer.make_conditional(request)
    return answer
