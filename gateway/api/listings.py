"""/api/v1/listings: what is listed elsewhere, as its sources bring it, and searching it."""

from collections.abc import Callable
from datetime import date

from apiflask import APIBlueprint
from flask import Response, request

from gateway.api.access import allow
from gateway.api.inputs import read_query, takes
from gateway.api.replies import problems, reply
from gateway.api.schemas.listings import (
    BODY, DESCRIPTION, Brought, ListingPage, ListingQuery, PartQuery, RunQuery, Runs,
)  # fmt: skip
from gateway.api.spooling import check_length, spool_body
from gateway.errors import UnsupportedMediaType
from gateway.services.container import services
from gateway.services.identity import ADMIN, DEALER
from gateway.services.market import runs
from gateway.services.market.search_query import read_search

blueprint = APIBlueprint("listings", __name__, tag="Listings")

PATH = "/listings"
LARGEST_BODY_BYTES = 16 * 1024 * 1024
MOST_LINES = 10_000
MEDIA_TYPES = ("application/x-ndjson", "application/jsonl")


def documented(view: Callable[[], Response]) -> Callable[[], Response]:
    """Note the body, which is no JSON document, where APIFlask finds it."""
    view._spec |= {"body": BODY, "content_type": list(MEDIA_TYPES)}  # type: ignore[attr-defined]
    return view


@blueprint.put(PATH)
@documented
@takes(blueprint, PartQuery, "query")
@blueprint.output(Brought)
@blueprint.doc(
    summary="Bring a part of a run's listings", description=DESCRIPTION,
    responses=problems(400, 401, 403, 409, 411, 413, 415, 422, 503),
)  # fmt: skip
@allow(ADMIN, scopes=("listings",))
def bring() -> Response:
    if request.mimetype not in MEDIA_TYPES:
        raise UnsupportedMediaType(f"send the body as {' or '.join(MEDIA_TYPES)}")
    check_length(LARGEST_BODY_BYTES)
    part = runs.read_part(read_query())
    with spool_body(MOST_LINES) as lines:
        return reply(runs.bring(part, lines, date.today()))


@blueprint.get(f"{PATH}/runs")
@takes(blueprint, RunQuery, "query")
@blueprint.output(Runs)
@blueprint.doc(summary="How far a source's runs have come, the last first", responses=problems(401, 403, 422, 503))
@allow(ADMIN, scopes=("listings",))
def all_runs() -> Response:
    return reply({"runs": runs.runs(read_query())})


@blueprint.get(PATH)
@takes(blueprint, ListingQuery, "query")
@blueprint.output(ListingPage)
@blueprint.doc(
    summary="A page of a make's listings, each with our price; with the first, the deals of the whole search",
    responses=problems(401, 403, 422, 503),
)
@allow(DEALER, ADMIN)
def page() -> Response:
    return reply(services().search.page(read_search(services().cards, read_query()), date.today()))
