"""GET /api/v1/filters: what can still be chosen."""

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import ANYONE, allow
from gateway.api.inputs import read_query, takes
from gateway.api.replies import NOT_MODIFIED, problems, revalidated
from gateway.api.schemas.filters import FilterHeaders, FilterQuery, FilterReplyHeaders, Filters
from gateway.services.container import services

blueprint = APIBlueprint("filters", __name__, tag="Filters")


@blueprint.get("/filters")
@takes(blueprint, FilterQuery, "query")
@takes(blueprint, FilterHeaders, "headers")
@blueprint.output(Filters, headers=FilterReplyHeaders)
@blueprint.doc(
    summary="What can still be chosen, with counts and ranges", responses={**NOT_MODIFIED, **problems(422, 503)}
)
@allow(ANYONE)
def what_remains() -> Response:
    """The tag is of the whole reply, the version's stamp and all counts included."""
    return revalidated(services().filters.answer(read_query()))
