"""Reading what stands in an address's query, where everything is text."""

import re
from collections.abc import Mapping, Sequence

from gateway.errors import InvalidFields
from gateway.services.pages import MOST_ON_A_PAGE, ON_A_PAGE
from model.schema.fields import Fields

HIGHEST_SEQUENCE = 2**31 - 1  # of the database's whole numbers
WHOLE_NUMBER = re.compile(r"[0-9]{1,12}")


def whole_number(fields: Fields, name: str, low: int, high: int, default: int) -> int:
    """A whole number within [low, high], the default where it is not given; what is wrong is noted in fields."""
    text = fields.text(name) if fields.given(name) else None
    if text is None:
        return default
    if not WHOLE_NUMBER.fullmatch(text) or not low <= int(text) <= high:
        message = f"must be a whole number between {low:,} and {high:,}"
        fields.add(name, "out_of_range", message, {"low": low, "high": high})
        return default
    return int(text)


def newest_first(query: Mapping[str, object]) -> tuple[int, int]:
    """How many of a history's numbered entries are wanted, and below which number. Raises InvalidFields."""
    fields = Fields(query)
    fields.allow_only(("limit", "before"))
    limit = whole_number(fields, "limit", 1, MOST_ON_A_PAGE, ON_A_PAGE)
    before = whole_number(fields, "before", 1, HIGHEST_SEQUENCE, HIGHEST_SEQUENCE)
    if fields.violations:
        raise InvalidFields(fields.violations)
    return limit, before


def one_of(fields: Fields, name: str, words: Sequence[str]) -> str | None:
    """One of these words, or None after noting why not."""
    text = fields.text(name)
    if text is None or text in words:
        return text
    fields.add(name, "unknown", f"{text!r} is not known; known: {', '.join(words)}", known=list(words))
    return None
