"""GET /api/v1/filters: what can still be chosen."""

from apiflask import APIBlueprint
from flask import Response, request

from gateway.api.access import ANYONE, allow
from gateway.api.inputs import takes
from gateway.api.replies import problems, reply
from gateway.api.schemas.filters import FilterQuery, Filters
from gateway.services.container import services
from gateway.services.filters import filters

blueprint = APIBlueprint("filters", __name__, tag="Filters")


@blueprint.get("/filters")
@takes(blueprint, FilterQuery, "query")
@blueprint.output(Filters)
@blueprint.doc(summary="What can still be chosen, with counts and ranges", responses=problems(422, 503))
@allow(ANYONE)
def what_remains() -> Response:
    answer = reply(filters(services().cards.served(), request.args.to_dict()))
    answer.add_etag()
    answer.make_conditional(request)
    return answer
