"""Comparables of a car, and GET /api/v1/market: prices by month, supply, days on the market, price cuts."""

from datetime import date

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import ANYONE, allow
from gateway.api.body import read_json
from gateway.api.inputs import read_query, takes
from gateway.api.replies import NOT_MODIFIED, problems, reply, revalidated
from gateway.api.schemas.filters import FilterHeaders, FilterReplyHeaders
from gateway.api.schemas.market import Comparables, Market, MarketQuery
from gateway.api.schemas.valuations import ValuationRequest
from gateway.services.container import services
from gateway.services.market.overview import overview

blueprint = APIBlueprint("market", __name__, tag="Market")

COMPARABLES = "/valuations/comparables"
LARGEST_BODY_BYTES = 64 * 1024


@blueprint.post(COMPARABLES)
@takes(blueprint, ValuationRequest)
@blueprint.output(Comparables)
@blueprint.doc(
    summary="The listings most like a car, each with what it would cost if it were that car",
    description="The body is that of POST /api/v1/valuations; its asking price is checked and not used, and nothing is "
    "kept.",
    responses=problems(400, 413, 415, 422, 503),
)
@allow(ANYONE)
def comparables() -> Response:
    return reply(services().comparables.of(read_json(LARGEST_BODY_BYTES), date.today()))


@blueprint.get("/valuations/<id:valuation_id>/comparables")
@blueprint.output(Comparables)
@blueprint.doc(
    summary="The listings most like a kept valuation's car, by the version that is served now",
    responses=problems(404, 422, 503),
)
@allow(ANYONE)
def comparables_of_kept(valuation_id: str) -> Response:
    return reply(services().comparables.of_kept(valuation_id, date.today()))


@blueprint.get("/market")
@takes(blueprint, MarketQuery, "query")
@takes(blueprint, FilterHeaders, "headers")
@blueprint.output(Market, headers=FilterReplyHeaders)
@blueprint.doc(
    summary="Asking prices by month, supply, days on the market and price cuts: of a model, a make, or all",
    responses={**NOT_MODIFIED, **problems(422, 503)},
)
@allow(ANYONE)
def market() -> Response:
    return revalidated(overview(services().cards, read_query()))
