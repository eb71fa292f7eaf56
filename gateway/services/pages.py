"""Pages of a list that is read from its newest end."""

from dataclasses import dataclass
from typing import Any

from model.schema.fields import Fields

MOST_ON_A_PAGE = 100
ON_A_PAGE = 20


@dataclass(frozen=True)
class Page:
    """A part of a list; `next` is what to ask for the part after it with, None at the end."""

    items: list[dict[str, Any]]
    next: Any


def read_limit(fields: Fields) -> int:
    """The query's `limit`, noting what is wrong with it."""
    return (read_number(fields, "limit", MOST_ON_A_PAGE) if fields.given("limit") else None) or ON_A_PAGE


def read_number(fields: Fields, name: str, most: int) -> int | None:
    """A text of the query as a whole number from 1 to `most`, None after noting why not."""
    text = fields.text(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()):
        fields.add(name, "format", "must be a whole number")
    elif len(text) > len(str(most)) or not 1 <= int(text) <= most:
        fields.add(name, "out_of_range", f"must be between 1 and {most:,}")
    else:
        return int(text)
    return None
