"""Which body or query a view documents."""

from collections.abc import Callable
from typing import TypeVar

from apiflask import APIBlueprint
from pydantic import BaseModel

View = TypeVar("View", bound=Callable)


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
