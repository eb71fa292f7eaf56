"""GET /api/v1/models/{version}: a version's card."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import ANYONE, allow
from gateway.api.replies import problems, reply
from gateway.api.schemas.models import ModelCard
from gateway.errors import NotFound
from gateway.services.container import services
from model.schema.features import CARD_FORMAT
from model.schema.vocabulary import CLOSED_SETS

blueprint = APIBlueprint("models", __name__, tag="Models")

# They are megabytes, and have routes of their own: /filters and /coefficients.
LEFT_OUT = ("format", "vocabulary", "coefficients", "bounds")


@blueprint.get("/models/<string:version>")
@blueprint.output(ModelCard)
@blueprint.doc(summary="A version's card", responses=problems(404, 503))
@allow(ANYONE)
def card(version: str) -> Response:
    document = services().cards.get(version).document
    if document["format"] != CARD_FORMAT:  # published to this gateway before it learnt today's
        raise NotFound(f"the card of version {version!r} is of an earlier format and says too little to be shown")
    shown = {name: part for name, part in document.items() if name not in LEFT_OUT}
    segments = [_labelled(segment) for segment in document["segments"]]
    return reply({**shown, "segments": segments, "served": services().monitor.state.version == version})


def _labelled(segment: dict[str, Any]) -> dict[str, Any]:
    """A segment of a word with the word's label; one of a band of numbers as it is."""
    if "word" not in segment:
        return segment
    words, word = CLOSED_SETS.get(segment["by"]), segment["word"]
    return {**segment, "label": words.label(word) if words else word.capitalize()}
