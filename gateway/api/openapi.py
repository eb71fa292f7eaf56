"""What the OpenAPI document says of every route alike, out of what the code does anyway."""

import re
from collections.abc import Iterator
from typing import Any

from apiflask import APIFlask
from werkzeug.routing import Rule

from gateway.api.access import ANYONE, CSRF_COOKIE, CSRF_HEADER, SESSION_COOKIE, rule_of
from gateway.api.replies import complete_components, problems

SECURITY_SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": f"A browser that is logged in. Writes must send the cookie {CSRF_COOKIE} as {CSRF_HEADER} too.",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "An API token, good for its scopes."},
}


def complete(app: APIFlask, spec: Any) -> Any:
    """Add who may call each operation, with the errors of those who may not, what a query that is too long gets, and
    the schemas that views refer to.
    """
    complete_components(spec)
    spec["components"]["securitySchemes"] = SECURITY_SCHEMES
    for endpoint, operation in _operations(app, spec):
        _drop_null(operation.get("parameters", []))
        if "requestBody" in operation:
            operation["requestBody"]["required"] = True
        if any(parameter["in"] == "query" for parameter in operation.get("parameters", ())):
            for status, response in problems(400).items():
                operation["responses"].setdefault(str(status), response)
        rule = rule_of(app, endpoint)
        if rule is None or ANYONE in rule.roles:
            continue
        ways: list[dict[str, list[str]]] = [{"session": []}] if rule.roles | rule.own else []
        operation["security"] = [*ways, *([{"token": []}] if rule.scopes else [])]
        for status, response in problems(401, 403).items():
            operation["responses"].setdefault(str(status), response)
    return spec


def documented_path(route: Rule) -> str:
    """A route's path as the document writes it: /cars/{car_id}."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", route.rule)


def _operations(app: APIFlask, spec: Any) -> Iterator[tuple[str, Any]]:
    for route in app.url_map.iter_rules():
        path = documented_path(route)
        for method in route.methods or ():
            operation = spec["paths"].get(path, {}).get(method.lower())
            if operation is not None:
                yield route.endpoint, operation


def _drop_null(parameters: list[dict[str, Any]]) -> None:
    """A query or header is there or is not: it has no null, which is how a schema in Python says that it may be out."""
    for parameter in parameters:
        schema = parameter["schema"]
        if schema.get("default", ...) is None:
            del schema["default"]
        kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
        if len(kinds) == 1:
            del schema["anyOf"]
            schema |= kinds[0]
