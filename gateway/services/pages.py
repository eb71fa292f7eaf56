"""Pages of a list that is read from its newest end."""

from dataclasses import dataclass
from typing import Any

MOST_ON_A_PAGE = 100
ON_A_PAGE = 20


@dataclass(frozen=True)
class Page:
    """A part of a list; `next` is what to ask for the part after it with, None at the end."""

    items: list[dict[str, Any]]
    next: Any
