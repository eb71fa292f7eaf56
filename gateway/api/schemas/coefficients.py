"""What the coefficients take and answer."""

from typing import Literal

from pydantic import BaseModel, Field

from gateway.api.schemas.base import Stamped
from gateway.api.schemas.filters import TypicalCar


class CoefficientQuery(BaseModel):
    make: str | None = None
    model: str | None = None
    version: str | None = Field(None, description="without it, the served one")


class CoefficientPoint(BaseModel):
    value: str | float
    label: str
    effect_eur: float | None
    effect_percent: float


class FeatureCoefficients(BaseModel):
    feature: str
    label: str
    unit: str | None
    kind: Literal["curve", "levels"]
    points: list[CoefficientPoint]


class Coefficients(Stamped):
    """Effects against the typical car, of a model or of the whole market."""

    make: str | None
    car_model: str | None
    base_eur: float | None
    typical: TypicalCar
    features: list[FeatureCoefficients]
