"""Reading a JSON body strictly: what json.loads lets pass and a caller cannot have meant is refused."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from gateway.api.access import check_again
from gateway.errors import BadRequest, TooLarge, UnsupportedMediaType
from model.schema.fields import MOST_NAMED, Violation, printable_name


def parse_json(data: bytes, what: str = "the body") -> dict[str, Any]:
    """Bytes as one JSON object, as strictly; what is how they are spoken of. Raises BadRequest."""
    try:
        body = json.loads(data.decode("utf-8"), object_pairs_hook=lambda pairs: _object_of_pairs(pairs, what))
    except UnicodeDecodeError as error:
        raise BadRequest(f"{what} is not UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise BadRequest(f"{what} is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or brackets without end
        raise BadRequest(f"{what} is JSON that nobody needs: too deep, or with too long a number") from error
    if not isinstance(body, dict):
        raise BadRequest(f"{what} must be one JSON object")
    return body


def parse_columns(data: bytes) -> dict[str, Any]:
    """parse_json() for a body of long lists: a tenth of the time where nothing is wrong. Raises BadRequest."""
    try:
        body = orjson.loads(data)
        # A field that is named twice shows by a colon more than there are fields.
        is_plain = isinstance(body, dict) and _count_fields(body) == data.count(b":")
    except (orjson.JSONDecodeError, RecursionError):
        is_plain = False
    return body if is_plain else parse_json(data)  # which says what is wrong, or takes what orjson does not


def read_json(largest_bytes: int, parse: Callable[[bytes], dict[str, Any]] = parse_json) -> dict[str, Any]:
    """The body as one JSON object.

    NaN, Infinity and numbers beyond a double's range are read as floats that are not finite, for the field's own
    check to name. Raises UnsupportedMediaType, TooLarge or BadRequest.
    """
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise UnsupportedMediaType("send the body as application/json")
    data = _read(largest_bytes)
    check_again()
    return parse(data)


def _count_fields(value: Any) -> int:
    """The fields of an object, and of those in it; lists that do not begin with one are not looked through."""
    if isinstance(value, dict):
        return len(value) + sum(map(_count_fields, value.values()))
    return sum(map(_count_fields, value)) if isinstance(value, list) and value and isinstance(value[0], dict) else 0


def _read(largest_bytes: int) -> bytes:
    # A body without a declared length is cut off at werkzeug's limit without a word: one byte more tells.
    request.max_content_length = largest_bytes + 1
    try:
        data = request.get_data(cache=False)
    except RequestEntityTooLarge:
        data = None
    if data is None or len(data) > largest_bytes:
        raise TooLarge(f"the body must be of {largest_bytes:,} bytes at most")
    return data


def _object_of_pairs(pairs: list[tuple[str, Any]], what: str) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        times = Counter(name for name, _ in pairs)
        printable = [printable_name(name) for name in sorted(times) if times[name] > 1][:MOST_NAMED]
        raise BadRequest(
            f"{what} names a field twice: {', '.join(printable)}",
            [Violation(name, "duplicate", "is given twice") for name in printable],
        )
    return result
