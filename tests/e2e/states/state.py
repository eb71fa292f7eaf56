"""A state of a page: how it is reached, and by whom. Every page is looked at in each of its states."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Page

Role = Literal["customer", "dealer", "reviewer", "admin"]


def nothing(_: Page) -> None:
    """The state in which the page opens."""


@dataclass(frozen=True)
class State:
    """`route` is a name of src/routes.ts, `name` tells its states apart, `path` is where it opens. `reach` does what
    leads there, and waits until it is there. A state that shows a refused request names it in `complaints`: the browser
    writes of each to its console. What `differs_on_a_phone` is another element there, not the same one more narrow.
    """

    route: str
    name: str
    path: str
    role: Role | None = None
    reach: Callable[[Page], None] = nothing
    before: Callable[[Page], None] = nothing  # ahead of opening it: to have requests answered otherwise
    complaints: tuple[str, ...] = ()
    differs_on_a_phone: bool = False

    def __str__(self) -> str:
        return f"{self.route}-{self.name}"
