"""Bodies of comparables, and of the market's figures."""

from pydantic import BaseModel, Field

from gateway.api.schemas.base import Stamped
from gateway.services.market.days import OF_LATE, ON_OFFER_FOR
from gateway.services.market.figures import MOST_MONTHS

NEWEST_DAY = "the newest day on which any listing was seen; null before any came"
ON_OFFER = f"not gone, and seen within {ON_OFFER_FOR.days} days before the newest day"
GONE = f"cars that are not on offer any more, and were seen within {OF_LATE.days} days before the newest day"
REASON = "why there is nothing to show; null where there is"


class ListedVehicle(BaseModel):
    make: str
    model: str
    fuel: str
    gearbox: str
    offer_type: str
    first_registration: str
    mileage_km: float
    power_hp: float


class ListingFacts(BaseModel):
    """A listing of a source, as it was told last."""

    source: str
    id: str = Field(description="the source's own")
    url: str | None
    vehicle: ListedVehicle
    country: str
    seller_kind: str | None
    on_offer: bool = Field(description=ON_OFFER)
    first_seen: str
    last_seen: str
    gone_on: str | None = Field(description="the day on which it was looked for and not found")


class Adjustment(BaseModel):
    feature: str
    label: str
    effect_eur: float
    effect_percent: float


class Comparable(ListingFacts):
    """A listing, with what it would cost if it were the car that was asked about: price_eur plus the adjustments is
    adjusted_eur, to the cent.
    """

    price_eur: float = Field(description="what is asked for it, or was asked last")
    adjusted_eur: float
    adjustments: list[Adjustment]


class LikeCars(BaseModel):
    on_offer: int
    gone: int = Field(description=GONE)


class Comparables(Stamped):
    """The listings most like a car, the nearest first, one a car. All ages are of the day of the valuation."""

    vehicle: ListedVehicle
    as_of: str
    price_eur: float = Field(description="ours of the car that was asked about")
    newest_day: str | None = Field(description=NEWEST_DAY)
    on_offer_days: int
    gone_days: int
    like_cars: LikeCars = Field(description="all cars of the same model, fuel and gearbox")
    median_adjusted_eur: float | None = Field(description="of the comparables")
    comparables: list[Comparable]
    reason: str | None = Field(description=REASON)


class MarketQuery(BaseModel):
    make: str | None = None
    model: str | None = Field(None, description="needs a make")


class Month(BaseModel):
    month: str
    cars: int = Field(description="that were seen in it")
    low_eur: float = Field(description="a quarter of the asking prices are lower")
    median_eur: float
    high_eur: float = Field(description="a quarter of the asking prices are higher")


class Days(BaseModel):
    cars: int
    median_days: float | None = Field(description="from the first to the last day on which a car was seen")


class DaysOnMarket(BaseModel):
    gone: Days = Field(description="of the cars that are known to be gone")
    on_offer: Days = Field(description="of the cars that are on offer, so far")


class PriceCuts(BaseModel):
    cars: int = Field(description="that are on offer, or gone of late")
    share_percent: float | None = Field(description="of them, how many cost less than at first")
    median_eur: float | None = Field(description="of those, how much less")
    median_percent: float | None


class Market(BaseModel):
    """Figures of a model, a make or all, as they were made when listings came last. A car listed twice is one."""

    make: str | None
    car_model: str | None
    newest_day: str | None = Field(description=NEWEST_DAY)
    on_offer_days: int
    gone_days: int
    history: list[Month] = Field(description=f"up to {MOST_MONTHS} months, the newest last")
    supply: LikeCars
    days_on_market: DaysOnMarket
    price_cuts: PriceCuts
    reason: str | None = Field(description=REASON)
