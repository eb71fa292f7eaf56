"""ETag and If-Match: a change is meant for the version that its sender has read."""

from collections.abc import Callable
from typing import TypeVar

from apiflask import APIBlueprint
from flask import Response, request

from gateway.api.inputs import takes
from gateway.api.replies import reply
from gateway.api.schemas.headers import IfMatchHeader

View = TypeVar("View", bound=Callable)


def takes_if_match(blueprint: APIBlueprint) -> Callable[[View], View]:
    """Document that a view takes the header If-Match."""
    return takes(blueprint, IfMatchHeader, "headers")


def wanted_versions() -> frozenset[str] | None:
    """The versions that this request is meant for by its If-Match, None where any will do."""
    wanted = request.if_match
    if "If-Match" not in request.headers or wanted.star_tag:
        return None
    return frozenset(wanted.as_set())


def versioned(document: dict, status: int = 200) -> Response:
    """A reply that tells its document's version."""
    answer = reply(document, status)
    answer.set_etag(str(document["version"]))
    return answer
