"""Queries of lists: how many, and from where on."""

from collections.abc import Mapping

from model.schema.fields import Fields

MOST_ON_A_PAGE = 100
ON_A_PAGE = 25


def read_limit(fields: Fields, raw: Mapping[str, str]) -> int:
    """The query's limit, ON_A_PAGE where it names none; notes one that is none."""
    text = raw.get("limit")
    if text is None:
        return ON_A_PAGE
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MOST_ON_A_PAGE):
        fields.add("limit", "out_of_range", f"must be a whole number between 1 and {MOST_ON_A_PAGE}")
        return ON_A_PAGE
    return int(text)


def read_sequence(fields: Fields, raw: Mapping[str, str], name: str = "cursor") -> int | None:
    """The query's cursor where that is a number, None where it has none; notes one that is none."""
    text = raw.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        fields.add(name, "format", "is not one that an answer gave")
        return None
    return int(text)
