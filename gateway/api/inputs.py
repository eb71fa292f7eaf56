"""Which body or query a view documents, the query as it was sent, and what may stand in a path."""

from collections.abc import Callable
from typing import TypeVar

from apiflask import APIBlueprint
from flask import Flask, request
from pydantic import BaseModel
from werkzeug.routing import BaseConverter

from gateway.errors import BadRequest, InvalidFields
from model.schema.fields import MOST_NAMED, Violation, printable_name

# Five choices of 80 letters, each of which may take twelve bytes (%F0%9F%9A%97), come to half of it.
LONGEST_QUERY_BYTES = 10 * 1024
MOST_PARAMETERS = 50
View = TypeVar("View", bound=Callable)


class PathText(BaseConverter):
    """A part of a path. What holds a NUL names nothing, and PostgreSQL cannot even be asked for it."""

    part_isolating = True
    regex = r"[^/\x00]+"


class PathId(BaseConverter):
    """An id that we have made, where other words would be other addresses."""

    part_isolating = True
    regex = r"[A-Za-z0-9_-]{22}"


def takes(blueprint: APIBlueprint, schema: type[BaseModel], location: str = "json") -> Callable[[View], View]:
    """Document what a view takes, and leave reading and checking it to the view.

    APIFlask's input() notes the schema on the view and returns a wrapper of it that validates, for pydantic schemas
    even with validation=False: it would read bodies of any size and type, and answer in a form of its own. The note
    is kept, the wrapper is not.
    """

    def declare(view: View) -> View:
        blueprint.input(schema, location=location)(view)
        return view

    return declare


def limit(app: Flask) -> None:
    """Refuse a query that is longer than any that can be meant, before anything of it is read."""

    @app.before_request
    def check() -> None:
        if len(request.query_string) > LONGEST_QUERY_BYTES:
            raise BadRequest(f"the query must be of {LONGEST_QUERY_BYTES:,} bytes at most")
        if request.query_string.count(b"&") >= MOST_PARAMETERS:
            raise BadRequest(f"the query must be of {MOST_PARAMETERS} parameters at most")


def read_query() -> dict[str, str]:
    """The query's parameters. Raises InvalidFields where one is given twice: only one of the two could be heeded."""
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise InvalidFields(
            [Violation(printable_name(name), "duplicate", "is given twice") for name in twice[:MOST_NAMED]]
        )
    return request.args.to_dict()
