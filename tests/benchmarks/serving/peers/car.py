"""What FastAPI's services and BentoML's take, the fields of our POST /api/v1/valuations, and what they reply."""

from collections.abc import Sequence
from datetime import date

import pandas as pd
from pydantic import BaseModel, Field

DAYS_PER_YEAR = 365.25


class Car(BaseModel):
    make: str
    model: str
    fuel: str
    gearbox: str
    offer_type: str = "used"
    first_registration: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    mileage_km: float = Field(ge=0, le=2_000_000)
    power_hp: float = Field(ge=1, le=2_000)
    as_of: date

    @property
    def age_years(self) -> float:
        year, month = self.first_registration.split("-")
        return max((self.as_of - date(int(year), int(month), 1)).days, 0) / DAYS_PER_YEAR


class Price(BaseModel):
    price_eur: float


class Prices(BaseModel):
    price_eur: list[float]


def frame(cars: Sequence[Car]) -> pd.DataFrame:
    """The cars as the pipeline takes them."""
    return pd.DataFrame([{**car.model_dump(), "age_years": car.age_years} for car in cars])
