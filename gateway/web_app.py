"""Serves the built web app: its files, and its page for every path that is not the API's."""

import mimetypes
import os
import re
from pathlib import Path

from apiflask import APIBlueprint
from flask import Response, current_app, request, send_from_directory
from werkzeug.routing import PathConverter
from werkzeug.security import safe_join

from gateway.api.access import ANYONE, allow

blueprint = APIBlueprint("web_app", __name__, enable_openapi=False)

NOT_BUILT = """<!doctype html><title>Dealership AI</title><p>The web app has not been built. In the project's folder,
<code>make run</code> builds it. The API is at <a href="/api/v1/openapi.json">/api/v1</a>.</p>"""
# The page takes everything from its own origin, and runs no script or style that stands in it.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Of the API's documentation: its style sheet has pictures in data: addresses.
DOCS_CONTENT_SECURITY_POLICY = CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' data:")
# Of the report of experiments: one page with its own styles, and nothing else.
REPORT_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# The addresses that its router knows, as it writes them; a test compares them with its own.
PAGES = (
    "/", "/valuations/:id", "/sell", "/sell/status/:code?", "/desk", "/desk/cars/:id", "/desk/batch", "/desk/market",
    "/reviews", "/models", "/models/compare", "/models/:version", "/promotions", "/rollouts", "/account",
    "/account/profile", "/account/tokens", "/admin/users", "/login", "/register", "/new-password", "/imprint",
    "/privacy", "/403", "/offline",
)  # fmt: skip
KNOWN = re.compile("|".join(re.sub(r"/:\w+", "/[^/]+", re.sub(r"/:\w+\?", "(/[^/]+)?", page)) for page in PAGES))
# Their names hold a digest of what is in them.
ONE_YEAR_S = 31_536_000


class PagePath(PathConverter):
    """A path that is not the API's, which has its own 404 and 405."""

    regex = f"(?!(?:api|v2)(?:/|$)){PathConverter.regex}"


@blueprint.get("/assets/<path:name>")
@allow(ANYONE)
def asset(name: str) -> Response:
    folder = current_app.config["STATIC_DIR"] / "assets"
    compressed = f"{name}.gz"
    if "gzip" in request.accept_encodings and (packed := safe_join(folder, compressed)) and os.path.isfile(packed):
        response = send_from_directory(folder, compressed, mimetype=mimetypes.guess_type(name)[0], max_age=ONE_YEAR_S)
        response.content_encoding = "gzip"
    else:
        response = send_from_directory(folder, name, max_age=ONE_YEAR_S)
    response.vary.add("Accept-Encoding")
    response.cache_control.immutable = True
    return response


@blueprint.get("/api/docs")
@allow(ANYONE)
def docs() -> Response:
    """The API's documentation, to read and to try."""
    return _page("docs.html", DOCS_CONTENT_SECURITY_POLICY)


@blueprint.get("/reports/experiments")
@allow(ANYONE)
def experiments() -> Response:
    """How other algorithms price the same listings, as the model's job wrote it; 404 where it wrote nothing yet."""
    report = current_app.config["EXPERIMENTS_FILE"]
    if report is None or not report.is_file():
        return page("reports/experiments")
    return _sent(report.parent, report.name, REPORT_CONTENT_SECURITY_POLICY)


@blueprint.get("/")
@blueprint.get("/<page:path>")
@allow(ANYONE)
def page(path: str = "") -> Response:
    """The one page for every address: its router shows what an address means, or that it means nothing."""
    response = _page("index.html", CONTENT_SECURITY_POLICY)
    if not KNOWN.fullmatch(f"/{path}") and response.status_code == 200:
        response.status_code = 404
    return response


def _page(name: str, content_security_policy: str) -> Response:
    if not (current_app.config["STATIC_DIR"] / name).is_file():
        return Response(NOT_BUILT, 503)
    return _sent(current_app.config["STATIC_DIR"], name, content_security_policy)


def _sent(folder: Path, name: str, content_security_policy: str) -> Response:
    response = send_from_directory(folder.absolute(), name, max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = content_security_policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
