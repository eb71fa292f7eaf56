"""How replies are written, and which errors a route documents."""

from typing import Any

import orjson
from flask import Response, request
from pydantic import BaseModel

from gateway.api.schemas.base import ProblemDocument
from gateway.api.schemas.health import Readiness
from gateway.api.schemas.v2 import V2Error

ERRORS = {
    400: "The body, or the query, cannot be read",
    401: "Who calls is not known: log in, or send a token",
    403: "Not allowed: the role, the token's scope, or the CSRF header is not the one needed",
    404: "There is no such thing, or not for this caller",
    409: "In conflict with what is there",
    411: "The body's length is not given: send Content-Length",
    412: "Somebody else changed it meanwhile",
    413: "The body is too large",
    415: "The body is of another type than is read here",
    422: "Some fields cannot be used, or the car cannot be priced: each is named with the reason",
    429: "Too many attempts; Retry-After says when to try again",
    503: "The model server, or the database, gave no answer that can be believed; Retry-After says when to ask again",
}


NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What If-None-Match names is what there is"},
}


def reply(document: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON reply. Views answer with it and not with a dict, so that nothing serialises a second time."""
    return Response(orjson.dumps(document), status, headers, mimetype="application/json")


def revalidated(document: object) -> Response:
    """A reply that a cache asks about before each use, by its tag: a promotion, or new listings, may have come at any
    moment.
    """
    answer = reply(document, headers={"Cache-Control": "no-cache"})
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def component(schema: type[BaseModel]) -> dict[str, str]:
    """A reference to a schema of the OpenAPI document's components, where complete_components puts it."""
    return {"$ref": f"#/components/schemas/{schema.__name__}"}


def complete_components(spec: Any) -> Any:
    """Add the schemas that views refer to by component(): APIFlask adds those of its own decorators alone."""
    schemas = spec["components"]["schemas"]
    for schema in (ProblemDocument, V2Error, Readiness):
        document = schema.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= document.pop("$defs", {}) | {schema.__name__: document}
    return spec


def created(schema: type[BaseModel], what: str = "Made") -> dict[int | str, dict[str, Any]]:
    """The status 201 with a schema that the view's output has too, for a view's @doc(responses=...)."""
    return {201: {"description": what, "content": {"application/json": {"schema": component(schema)}}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These statuses as problem documents, for a view's @doc(responses=...)."""
    schema = component(ProblemDocument)
    return {
        status: {"description": ERRORS[status], "content": {"application/problem+json": {"schema": schema}}}
        for status in statuses
    }
