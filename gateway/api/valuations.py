"""POST /api/v1/valuations, GET /api/v1/valuations/{id}: what a car is worth, and why."""

from datetime import date

from apiflask import APIBlueprint
from flask import Response, request

from gateway.api.access import ANYONE, allow
from gateway.api.body import read_json
from gateway.api.inputs import takes
from gateway.api.replies import problems, reply
from gateway.api.schemas.valuations import Valuation, ValuationRequest
from gateway.services.container import services

blueprint = APIBlueprint("valuations", __name__, tag="Valuations")

PATH = "/valuations"
DEADLINE = "dealership.deadline"  # in the environ of a request whose time began before Flask had it
LARGEST_BODY_BYTES = 64 * 1024


@blueprint.post(PATH)
@takes(blueprint, ValuationRequest)
@blueprint.output(Valuation)
@blueprint.doc(summary="Value a car", responses=problems(400, 413, 415, 422, 503))
@allow(ANYONE)
def value() -> Response:
    valuations = services().valuations
    deadline = request.environ.get(DEADLINE) or valuations.deadline()
    valuation = valuations.value(read_json(LARGEST_BODY_BYTES), date.today(), deadline)
    services().metrics.valuations.labels(valuation["model"]["version"]).inc()
    return reply(valuation)


@blueprint.get("/valuations/<string:valuation_id>")
@blueprint.output(Valuation)
@blueprint.doc(summary="A kept valuation", responses=problems(404, 503))
@allow(ANYONE)
def kept(valuation_id: str) -> Response:
    return reply(services().valuations.get(valuation_id))
