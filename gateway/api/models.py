"""GET /api/v1/models/{version}: a version's card."""

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import ANYONE, allow
from gateway.api.replies import problems, reply
from gateway.api.schemas import ModelCard
from gateway.services.container import services

blueprint = APIBlueprint("models", __name__, tag="Models")

# They are megabytes, and have routes of their own: /filters and /coefficients.
LEFT_OUT = ("format", "vocabulary", "coefficients", "bounds")


@blueprint.get("/models/<string:version>")
@blueprint.output(ModelCard)
@blueprint.doc(summary="A version's card", responses=problems(404, 503))
@allow(ANYONE)
def card(version: str) -> Response:
    document = services().cards.get(version).document
    shown = {name: part for name, part in document.items() if name not in LEFT_OUT}
    return reply({**shown, "served": services().monitor.state.version == version})
