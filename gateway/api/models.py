"""/api/v1/models: all versions, their cards, and two of them side by side."""

from datetime import date
from typing import Any

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import ANYONE, allow, caller
from gateway.api.body import read_json
from gateway.api.inputs import read_query, takes
from gateway.api.replies import created, problems, reply
from gateway.api.schemas.models import (
    CardBody, Comparison, LiveVersion, ModelCard, PublishedCard, Versions, VersionsQuery,
)  # fmt: skip
from gateway.errors import BadRequest, InvalidFields, NotFound
from gateway.services.comparison import compare
from gateway.services.container import services
from gateway.services.identity import ADMIN, DEALER
from gateway.services.monitoring.live import proved
from gateway.services.pages import MOST_ON_A_PAGE, ON_A_PAGE
from gateway.services.queries import whole_number
from model.schema.fields import Fields
from model.schema.vocabulary import CLOSED_SETS

blueprint = APIBlueprint("models", __name__, tag="Models")

LARGEST_CARD_BYTES = 8 * 1024 * 1024
# They have routes of their own: /filters, /coefficients, /models/{version}/live.
LEFT_OUT = ("format", "vocabulary", "coefficients", "bounds", "distributions")


@blueprint.get("/models")
@takes(blueprint, VersionsQuery, "query")
@blueprint.output(Versions)
@blueprint.doc(summary="All versions, the newest first", responses=problems(422, 503))
@allow(ANYONE)
def versions() -> Response:
    fields = Fields(read_query())
    fields.allow_only(("limit", "before"))
    limit = whole_number(fields, "limit", 1, MOST_ON_A_PAGE, ON_A_PAGE)
    before = fields.text("before") if fields.given("before") else None
    if fields.violations:
        raise InvalidFields(fields.violations)
    try:
        page = services().cards.versions(limit, before)
    except NotFound as error:
        fields.add("before", "unknown", error.detail)
        raise InvalidFields(fields.violations) from None
    return reply({"versions": page.items, "next": page.next})


@blueprint.get("/models/<string:version>")
@blueprint.output(ModelCard)
@blueprint.doc(summary="A version's card", responses=problems(404, 503))
@allow(ANYONE)
def card(version: str) -> Response:
    document = services().cards.current(version).document
    shown = {name: part for name, part in document.items() if name not in LEFT_OUT}
    segments = [_labelled(segment) for segment in document["segments"]]
    return reply({**shown, "segments": segments, "served": services().prices.state.version == version})


@blueprint.get("/models/<string:version>/live")
@blueprint.output(LiveVersion)
@blueprint.doc(
    summary="How good a version proves to be",
    description="What its cars were sold for, and whether it is asked about cars such as it learnt from.",
    responses=problems(401, 403, 404, 503),
)
@allow(DEALER, ADMIN, scopes=("cards",))
def live(version: str) -> Response:
    return reply(proved(services().cards.current(version), date.today()))


@blueprint.put("/models/<string:version>")
@takes(blueprint, CardBody)
@blueprint.output(PublishedCard)
@blueprint.doc(
    summary="Publish a version's card",
    description="A card is published once and never changed: the same again is 200, another one of the version 409.",
    responses={**created(PublishedCard, "Published"), **problems(400, 401, 403, 404, 409, 413, 415, 503)},
)
@allow(ADMIN, scopes=("cards",))
def put_card(version: str) -> Response:
    document = read_json(LARGEST_CARD_BYTES)
    if document.get("version") != version:
        raise BadRequest(f"the card's version is not {version!r}, as the address says")
    is_new = services().cards.put(document, caller())
    return reply({"version": version}, 201 if is_new else 200)


@blueprint.get("/models/<string:version>/comparison/<string:other>")
@blueprint.output(Comparison)
@blueprint.doc(
    summary="Two versions side by side",
    description="Every difference is the first version's value less the other's.",
    responses=problems(404, 503),
)
@allow(ANYONE)
def comparison(version: str, other: str) -> Response:
    cards = services().cards
    return reply(compare(cards.current(version), cards.current(other)))


def _labelled(segment: dict[str, Any]) -> dict[str, Any]:
    """A segment of a word with the word's label; one of a band of numbers as it is."""
    if "word" not in segment:
        return segment
    words, word = CLOSED_SETS.get(segment["by"]), segment["word"]
    return {**segment, "label": words.label(word) if words else word.capitalize()}
