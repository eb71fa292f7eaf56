"""The parts that many bodies share, for the OpenAPI document and the client that is generated from it.

Requests are not validated by what stands in this package: the services do that, once, for every way in. Tests hold
replies to it.
"""

from typing import Any

from pydantic import BaseModel, Field


def without_default(schema: dict[str, Any]) -> None:
    """For Field(None, json_schema_extra=...): what may be left out, and cannot be null where it is given."""
    del schema["default"]


class FieldError(BaseModel):
    field: str
    code: str = Field(description="a stable word for programs")
    message: str
    suggestions: list[str] | None = Field(None, description="what may be meant, the nearest first")
    known: list[str] | None = Field(None, description="all that would be understood here")
    figures: dict[str, float | str] | None = Field(None, description="the numbers and dates of the message, by name")


class ProblemDocument(BaseModel):
    """An error, by RFC 9457, as application/problem+json."""

    type: str
    title: str
    status: int
    detail: str
    code: str | None = Field(None, description="a stable word for programs, where a title covers several cases")
    errors: list[FieldError] | None = None
    request_id: str


class ModelStamp(BaseModel):
    name: str
    version: str


class Stamped(BaseModel):
    """What every reply that follows from a model version carries."""

    model: ModelStamp
    market_as_of: str = Field(description="the day whose market the prices are of")
    market_is_demo: bool = Field(description="true where the listings behind the version are invented")
