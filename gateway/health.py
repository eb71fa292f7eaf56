"""/livez: the process answers. /readyz: its database does too, and its tables are this code's or the next release's."""

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.exc import SQLAlchemyError

from gateway.api.access import ANYONE, allow
from gateway.api.replies import component, reply
from gateway.api.schemas.health import Liveness, Readiness
from gateway.db import revision
from gateway.extensions import db
from gateway.services.container import services

blueprint = APIBlueprint("health", __name__, tag="Health")

NOT_READY: dict[int | str, dict[str, Any]] = {
    503: {"description": "Not ready", "content": {"application/json": {"schema": component(Readiness)}}}
}


@blueprint.get("/livez")
@blueprint.output(Liveness)
@blueprint.doc(summary="The process answers")
@allow(ANYONE)
def livez() -> Response:
    return reply({"status": "alive"})


@blueprint.get("/readyz")
@blueprint.output(Readiness)
@blueprint.doc(summary="The database answers; beside it, how the model server is", responses=NOT_READY)
@allow(ANYONE)
def readyz() -> Response:
    """A model server that is down leaves the gateway ready: its other pages serve on, and valuations answer 503."""
    database = _database_state()
    prices = services().prices
    ready = database == "ready"
    document = {
        "status": "ready" if ready else "not ready",
        "database": database,
        "model_server": asdict(prices.state),
        "model_servers": [asdict(lane.state) for lane in prices.lanes],
    }
    return reply(document, 200 if ready else 503)


def _database_state() -> str:
    newest = revision.newest()
    try:
        with db.engine.connect() as connection:
            current = revision.current(connection)
    except SQLAlchemyError:
        return "unreachable"
    # A newer release has migrated, and is being rolled out: until it is ready itself, this one serves on. Migrations
    # leave what the release before them uses as it was.
    if current is not None and newest is not None and current >= newest:
        return "ready"
    return f"at migration {current}, not {newest}: run `dealership-gateway db upgrade`"
