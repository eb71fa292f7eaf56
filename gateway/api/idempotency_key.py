"""The header Idempotency-Key: a request that carries one can be sent again without being done again."""

from collections.abc import Callable
from typing import TypeVar

from apiflask import APIBlueprint
from flask import request

from gateway.api.inputs import takes
from gateway.api.schemas.headers import LONGEST_KEY, IdempotencyKeyHeader
from gateway.errors import InvalidFields
from model.schema.fields import Violation

View = TypeVar("View", bound=Callable)

HEADER = "Idempotency-Key"


def takes_idempotency_key(blueprint: APIBlueprint) -> Callable[[View], View]:
    """Document that a view takes the header."""
    return takes(blueprint, IdempotencyKeyHeader, "headers")


def idempotency_key() -> str | None:
    """The key of this request, None where it carries none. Raises InvalidFields for one that is none."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        message = f"must be 1 to {LONGEST_KEY} printable ASCII characters"
        raise InvalidFields([Violation(HEADER, "format", message)])
    return key
