"""Reading a JSON body strictly: what json.loads lets pass and a caller cannot have meant is refused."""

import json
from typing import Any

from flask import request

from gateway.errors import BadRequest, UnsupportedMediaType
from model.schema.vehicle import Violation, printable_name


def read_json(largest_bytes: int) -> dict[str, Any]:
    """The body as one JSON object.

    NaN, Infinity and numbers beyond a double's range are read as floats that are not finite, for the field's own
    check to name. Raises UnsupportedMediaType, BadRequest, or werkzeug's RequestEntityTooLarge.
    """
    request.max_content_length = largest_bytes
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise UnsupportedMediaType("send the body as application/json")
    try:
        body = json.loads(request.get_data(cache=False).decode("utf-8"), object_pairs_hook=_object_of_pairs)
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body is not UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or brackets without end
        raise BadRequest("the body is JSON that nobody needs: too deep, or with too long a number") from error
    if not isinstance(body, dict):
        raise BadRequest("the body must be one JSON object")
    return body


def _object_of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        printable = [printable_name(name) for name in twice]
        raise BadRequest(
            f"the body names a field twice: {', '.join(printable)}",
            [Violation(name, "duplicate", "is given twice") for name in printable],
        )
    return result
