"""The web app's routes, read from its table."""

import re
from dataclasses import dataclass

from tests.product import CHECKOUT

TABLE = CHECKOUT / "gateway/web/src/routes.ts"
LINE = re.compile(r"^  route\('(?P<name>[\w-]+)', '(?P<path>[^']+)', (?P<readers>[A-Z]+), ", re.M)


@dataclass(frozen=True)
class WebRoute:
    name: str
    path: str
    readers: str  # as the table names them: ANYONE, DEALERS


def web_routes() -> list[WebRoute]:
    routes = [WebRoute(**match.groupdict()) for match in LINE.finditer(TABLE.read_text(encoding="utf-8"))]
    assert len(routes) >= 20, "the table is not written as it was"
    return routes
