"""POST /api/v1/valuations, GET /api/v1/valuations/{id}: what a car is worth, and why."""

from datetime import date

from apiflask import APIBlueprint
from flask import Response, request

from gateway.api.access import ANYONE, allow, caller
from gateway.api.address import client_address
from gateway.api.body import read_json
from gateway.api.inputs import read_query, takes
from gateway.api.replies import problems, reply
from gateway.api.schemas.valuations import KeptQuery, KeptValuations, Valuation, ValuationRequest
from gateway.services import kept_valuations
from gateway.services.attempts import KEPT_VALUATIONS
from gateway.services.container import services
from gateway.services.identity import ROLES

blueprint = APIBlueprint("valuations", __name__, tag="Valuations")

PATH = "/valuations"
DEADLINE = "dealership.deadline"  # in the environ of a request whose time began before Flask had it
LARGEST_BODY_BYTES = 64 * 1024


@blueprint.post(PATH)
@takes(blueprint, ValuationRequest)
@blueprint.output(Valuation)
@blueprint.doc(summary="Value a car", responses=problems(400, 401, 403, 413, 415, 422, 429, 503))
@allow(ANYONE)
def value() -> Response:
    valuations = services().valuations
    deadline = request.environ.get(DEADLINE) or valuations.deadline()
    body = read_json(LARGEST_BODY_BYTES)
    # Who only asks for a price is nobody in particular, and no write: his cookie is not even looked at.
    account = None
    if body.get("keep") is True:
        who = caller()
        services().attempts.take([(KEPT_VALUATIONS, who.id or client_address())])
        account = who.account
    valuation = valuations.value(body, date.today(), deadline, account)
    services().metrics.valuations.labels(valuation["model"]["version"]).inc()
    return reply(valuation)


@blueprint.get(PATH)
@takes(blueprint, KeptQuery, "query")
@blueprint.output(KeptValuations)
@blueprint.doc(summary="One's own kept valuations, the newest first", responses=problems(401, 403, 422, 503))
@allow(*ROLES)
def mine() -> Response:
    return reply(kept_valuations.page(caller(), read_query()))


@blueprint.get("/valuations/<id:valuation_id>")
@blueprint.output(Valuation)
@blueprint.doc(summary="A kept valuation", responses=problems(404, 503))
@allow(ANYONE)
def kept(valuation_id: str) -> Response:
    return reply(kept_valuations.get(valuation_id))
