"""Serves the built web app: its files, and its page for every path that is not the API's."""

from apiflask import APIBlueprint
from flask import Response, current_app, send_from_directory

from gateway.api.access import ANYONE, allow
from gateway.errors import NotFound

blueprint = APIBlueprint("web_app", __name__, enable_openapi=False)

NOT_BUILT = """<!doctype html><title>Dealership AI</title><p>The web app has not been built. In the project's folder,
<code>make run</code> builds it. The API is at <a href="/api/v1/openapi.json">/api/v1</a>.</p>"""
API_PATHS = ("api/", "v2/")
# Their names hold a digest of what is in them.
ONE_YEAR_S = 31_536_000


@blueprint.get("/assets/<path:name>")
@allow(ANYONE)
def asset(name: str) -> Response:
    response = send_from_directory(current_app.config["STATIC_DIR"] / "assets", name, max_age=ONE_YEAR_S)
    response.cache_control.immutable = True
    return response


@blueprint.get("/")
@blueprint.get("/<path:path>")
@allow(ANYONE)
def page(path: str = "") -> Response:
    """The one page; its router knows which view a path means, and which it does not."""
    if path.startswith(API_PATHS):
        raise NotFound("there is no such address; see /api/v1/openapi.json")
    if not (current_app.config["STATIC_DIR"] / "index.html").is_file():
        return Response(NOT_BUILT, 503)
    response = send_from_directory(current_app.config["STATIC_DIR"], "index.html", max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    return response
