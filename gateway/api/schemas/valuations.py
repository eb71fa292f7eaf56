"""Bodies of valuations."""

from typing import Literal

from pydantic import BaseModel, Field, create_model

from gateway.api.schemas.base import Stamped
from gateway.services.kept_valuations import LARGEST_PAGE, PAGE
from model.schema.features import FEATURES, HP_PER_KW
from model.schema.fields import EARLIEST_YEAR
from model.schema.vocabulary import CLOSED_SETS, DEFAULT_OFFER_TYPE


def _request_fields() -> dict[str, tuple]:
    fields: dict[str, tuple] = {}
    for feature in FEATURES:
        if feature.name in CLOSED_SETS:
            words = ", ".join(CLOSED_SETS[feature.name].words)
            if feature.required:
                fields[feature.name] = (str, Field(description=f"one of {words}; other spellings are understood"))
            else:
                text = f"one of {words}; without it, {DEFAULT_OFFER_TYPE}"
                fields[feature.name] = (str | None, Field(None, description=text))
        elif feature.name == "age_years":
            text = 'a year such as "2016" or a month such as "2016-05"'
            fields["first_registration"] = (str, Field(description=text, pattern="^[0-9]{4}(-[0-9]{2})?$"))
        elif feature.name == "power_hp":
            assert feature.bounds is not None
            low, high = feature.bounds
            fields["power_hp"] = (
                float | None, Field(None, ge=low, le=high, description="metric hp; this or power_kw is required"),
            )  # fmt: skip
            fields["power_kw"] = (float | None, Field(None, ge=low / HP_PER_KW, le=high / HP_PER_KW))
        elif feature.bounds is not None:
            low, high = feature.bounds
            fields[feature.name] = (float, Field(ge=low, le=high, description=feature.unit))
        else:
            fields[feature.name] = (str, Field(description="as GET /api/v1/filters names it, in any spelling"))
    text = f"the date of the valuation, from {EARLIEST_YEAR} to today; without it, today"
    fields["as_of"] = (str | None, Field(None, description=text))
    fields["asking_price_eur"] = (float | None, Field(None, gt=0, description="gives a deal label"))
    fields["keep"] = (bool | None, Field(None, description="keep the valuation and give it an id; default false"))
    return fields


ValuationRequest = create_model("ValuationRequest", **_request_fields())  # type: ignore[call-overload]


class PriceRange(BaseModel):
    low_eur: float
    high_eur: float
    coverage: float = Field(description="the share of like cars whose price lies in the range")


class LimitNote(BaseModel):
    code: str
    message: str
    figures: dict[str, float | str] | None = Field(None, description="the numbers and dates of the message, by name")


class Contribution(BaseModel):
    feature: str
    label: str
    value: str
    typical: str = Field(description="what the typical car of this make and model has")
    effect_eur: float
    effect_percent: float


class ValuedVehicle(BaseModel):
    make: str
    model: str
    fuel: str
    gearbox: str
    offer_type: str
    first_registration: str
    age_years: float
    mileage_km: float
    power_hp: float
    power_kw: float


class Valuation(Stamped):
    """A price with its range and reasons: base_eur plus the effects is price_eur, to the cent."""

    id: str | None = Field(description="null unless it was to be kept")
    price_eur: float
    buying_price_eur: float | None = Field(
        description="the dealer's buying price: price_eur less the operator's margin; null where none is set"
    )
    range: PriceRange
    confidence: Literal["high", "low"]
    limits: list[LimitNote] = Field(description="why the confidence is low")
    base_eur: float = Field(description="the price of the typical car of this make and model")
    contributions: list[Contribution]
    deal: Literal["top", "good", "fair", "high", "very_high"] | None
    asking_price_eur: float | None
    vehicle: ValuedVehicle
    as_of: str


class KeptQuery(BaseModel):
    limit: int = Field(PAGE, ge=1, le=LARGEST_PAGE)
    cursor: str | None = Field(None, description="`next` of the page before")


class KeptValuations(BaseModel):
    valuations: list[Valuation]
    next: str | None = Field(description="the cursor of the next page; null on the last")
