"""How the gateway is."""

from typing import Literal

from pydantic import BaseModel


class Liveness(BaseModel):
    status: Literal["alive"]


class ModelServerState(BaseModel):
    available: bool
    version: str | None
    cause: str | None


class Readiness(BaseModel):
    status: Literal["ready", "not ready"]
    database: str
    model_server: ModelServerState
