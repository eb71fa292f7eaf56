"""rights: who may call what, as the routes themselves declare it."""

import argparse
from collections.abc import Iterator

from apiflask import APIFlask

from gateway.api.access import ANYONE, Rule, rule_of
from gateway.api.openapi import documented_path
from gateway.app import create_app
from gateway.commands.base import Commands
from gateway.config import Config
from gateway.services.identity import ROLES

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OF_THE_API = ("/api/v1/", "/v2/")


def add(commands: Commands) -> None:
    rights = commands.add_parser("rights", help="print who may call which route, as a table in Markdown")
    rights.set_defaults(run=_rights)


def _rights(_: argparse.Namespace) -> int:
    print("\n".join(table(create_app(Config(database_url="sqlite://")))))
    return 0


def table(app: APIFlask) -> Iterator[str]:
    """One line a route: for anyone, each role and tokens whether it may be called; "own" reaches one's own alone."""
    yield f"| route | anyone | {' | '.join(ROLES)} | token of scope |"
    yield f"|---|---|{'---|' * len(ROLES)}---|"
    for route in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        path = documented_path(route)
        for method in METHODS:
            rule = rule_of(app, route.endpoint)
            if rule is not None and method in (route.methods or ()) and path.startswith(OF_THE_API):
                yield f"| `{method} {path}` | {' | '.join(_cells(rule))} |"


def _cells(rule: Rule) -> list[str]:
    if ANYONE in rule.roles:
        return ["yes", *["yes"] * len(ROLES), "any"]
    roles = ["yes" if role in rule.roles else "own" if role in rule.own else "–" for role in ROLES]
    return ["–", *roles, ", ".join(sorted(rule.scopes)) or "–"]
