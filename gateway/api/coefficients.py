"""GET /api/v1/coefficients: what each value of each feature is worth."""

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import ANYONE, allow
from gateway.api.inputs import read_query, takes
from gateway.api.replies import problems, reply
from gateway.api.schemas.coefficients import CoefficientQuery, Coefficients
from gateway.services.coefficients import coefficients
from gateway.services.container import services

blueprint = APIBlueprint("coefficients", __name__, tag="Coefficients")


@blueprint.get("/coefficients")
@takes(blueprint, CoefficientQuery, "query")
@blueprint.output(Coefficients)
@blueprint.doc(
    summary="Effects at the typical car of a model, or of the market",
    description="For a car that is not typical, the contributions of its valuation are the answer: features cross, so "
    "that the shape of a curve hangs on the whole car.",
    responses=problems(422, 503),
)
@allow(ANYONE)
def effects() -> Response:
    return reply(coefficients(services().cards, read_query()))
