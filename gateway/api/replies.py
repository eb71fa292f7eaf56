"""How replies are written, and which errors a route documents."""

from typing import Any

import orjson
from flask import Response
from pydantic import BaseModel

from gateway.api.schemas import ProblemDocument, Readiness, V2Error

ERRORS = {
    400: "The body cannot be read",
    404: "There is no such thing",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "Some fields cannot be used, or the car cannot be priced: each is named with the reason",
    503: "The model server, or the database, gave no answer that can be believed; Retry-After says when to ask again",
}


def reply(document: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON reply. Views answer with it and not with a dict, so that nothing serialises a second time."""
    return Response(orjson.dumps(document), status, headers, mimetype="application/json")


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


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These statuses as problem documents, for a view's @doc(responses=...)."""
    schema = component(ProblemDocument)
    return {
        status: {"description": ERRORS[status], "content": {"application/problem+json": {"schema": schema}}}
        for status in statuses
    }
