"""The status page of an offer."""

from pydantic import BaseModel, Field

from gateway.api.schemas.cars import CarVehicle, State


class Offer(BaseModel):
    """What who has an offer's reference code is told of it."""

    state: State
    vehicle: CarVehicle
    price_eur: float | None = Field(description="null once it is no offer")
    price_is_own: bool
    created_at: str
    what_happens_next: str
