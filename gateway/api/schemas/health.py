"""How the gateway is."""

from typing import Literal

from pydantic import BaseModel, Field


class Liveness(BaseModel):
    status: Literal["alive"]


class ModelServerState(BaseModel):
    available: bool
    version: str | None
    cause: str | None


class Readiness(BaseModel):
    status: Literal["ready", "not ready"]
    database: str
    model_server: ModelServerState = Field(description="the one that prices what no other version is to price")
    model_servers: list[ModelServerState] = Field(description="all, in the order of their addresses")
