"""Where a page of a list that is read off an index ended: what the caller brings back to ask for the next one."""

import base64
import json

from gateway.services.queries import HIGHEST_SEQUENCE
from gateway.services.secret_values import digest

LONGEST_CURSOR = 200
MARK_LETTERS = 8


def write_cursor(asked: str, value: object, sequence: int) -> str:
    """The place behind a row, which has this value in the list's order, for one query alone: `asked` is all of it."""
    text = json.dumps([digest(asked)[:MARK_LETTERS], value, sequence])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(asked: str, cursor: str) -> tuple[object, int]:
    """The value and the row's number in a cursor. Raises ValueError where it is none, or another query's."""
    if len(cursor) > LONGEST_CURSOR:
        raise ValueError("too long")
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        mark, value, sequence = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except TypeError:
        raise ValueError("no list") from None
    if mark != digest(asked)[:MARK_LETTERS] or type(sequence) is not int or not 0 <= sequence <= HIGHEST_SEQUENCE:
        raise ValueError("not of this query")
    return value, sequence
