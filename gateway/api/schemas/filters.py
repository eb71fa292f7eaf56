"""What the filters take and answer."""

from pydantic import BaseModel, Field

from gateway.api.schemas.base import Stamped


class FilterQuery(BaseModel):
    make: str | None = None
    model: str | None = None
    fuel: str | None = None
    gearbox: str | None = None
    offer_type: str | None = None


class FilterHeaders(BaseModel):
    if_none_match: str | None = Field(None, alias="If-None-Match", description="the ETag of what the client has")


class FilterReplyHeaders(BaseModel):
    etag: str = Field(alias="ETag", description="of this reply; with other figures it is another")
    cache_control: str = Field(alias="Cache-Control", description="no-cache: ask before each use whether it holds")


class Option(BaseModel):
    value: str
    label: str
    listings: int = Field(description="that the version was trained on")
    on_offer: int = Field(description="cars that are on offer in the market, as far as the version knows their words")


class Span(BaseModel):
    min: float
    max: float


class TypicalCar(BaseModel):
    fuel: str
    gearbox: str
    offer_type: str
    age_years: float
    mileage_km: float
    power_hp: float


class Filters(Stamped):
    """What can still be chosen: each list agrees with the choices made in all the others."""

    listings: int
    on_offer: int
    makes: list[Option]
    models: list[Option] = Field(description="empty until a make is chosen")
    fuels: list[Option]
    gearboxes: list[Option]
    offer_types: list[Option]
    age_years: Span
    mileage_km: Span
    power_hp: Span
    typical: TypicalCar | None = Field(description="once a make and model are chosen")
