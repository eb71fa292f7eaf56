"""GET /api/v1/site: the operator's own texts, and what pages need to know of his settings."""

from dataclasses import asdict

from apiflask import APIBlueprint
from flask import Response, current_app

from gateway.api.access import ANYONE, allow
from gateway.api.replies import reply
from gateway.api.schemas.site import SiteReply
from gateway.services.container import services

blueprint = APIBlueprint("site", __name__, tag="Site")


@blueprint.get("/site")
@blueprint.output(SiteReply)
@blueprint.doc(summary="The operator's imprint and privacy page, and settings that pages tell of")
@allow(ANYONE)
def site() -> Response:
    report = current_app.config["EXPERIMENTS_FILE"]
    return reply({
        **asdict(services().site),
        "undo_hours": services().undo.total_seconds() / 3600,
        "has_experiments": report is not None and report.is_file(),
    })  # fmt: skip
