"""The API's bodies, for the OpenAPI document and the client that is generated from it.

Requests are not validated by these: model.schema does that, once, for every way in. Tests hold replies to them.
"""

from typing import Literal

from pydantic import BaseModel, Field, create_model

from gateway.services.card_document import BandSegment, CardData, Figures, MarketLevel, WordSegment
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


class FieldError(BaseModel):
    field: str
    code: str = Field(description="a stable word for programs")
    message: str
    suggestions: list[str] | None = Field(None, description="what may be meant, the nearest first")
    known: list[str] | None = Field(None, description="all that would be understood here")


class ProblemDocument(BaseModel):
    """An error, by RFC 9457, as application/problem+json."""

    type: str
    title: str
    status: int
    detail: str
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


class PriceRange(BaseModel):
    low_eur: float
    high_eur: float
    coverage: float = Field(description="the share of like cars whose price lies in the range")


class LimitNote(BaseModel):
    code: str
    message: str


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
    range: PriceRange
    confidence: Literal["high", "low"]
    limits: list[LimitNote] = Field(description="why the confidence is low")
    base_eur: float = Field(description="the price of the typical car of this make and model")
    contributions: list[Contribution]
    deal: Literal["top", "good", "fair", "high", "very_high"] | None
    asking_price_eur: float | None
    vehicle: ValuedVehicle
    as_of: str


class FilterQuery(BaseModel):
    make: str | None = None
    model: str | None = None
    fuel: str | None = None
    gearbox: str | None = None
    offer_type: str | None = None


class Option(BaseModel):
    value: str
    label: str
    listings: int


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
    makes: list[Option]
    models: list[Option] = Field(description="empty until a make is chosen")
    fuels: list[Option]
    gearboxes: list[Option]
    offer_types: list[Option]
    age_years: Span
    mileage_km: Span
    power_hp: Span
    typical: TypicalCar | None = Field(description="once a make and model are chosen")


class CoefficientQuery(BaseModel):
    make: str | None = None
    model: str | None = None


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


class LabelledSegment(WordSegment):
    """The cars with this word, and how it is written out."""

    label: str


class ModelCard(BaseModel):
    """A version's card, without the vocabulary and coefficients, which have routes of their own."""

    name: str
    version: str
    schema_digest: str
    table_digest: str
    intended_use: list[str]
    data: CardData
    figures: Figures
    figures_by_fold: list[dict[str, float]]
    segments: list[BandSegment | LabelledSegment] = Field(
        description="figures of parts of the market, each as [value, low, high] of 95% confidence"
    )
    coverage: float = Field(description="the share of prices that ranges are made to hold")
    fairness: list[str] = Field(description="whom the ranges serve worst")
    limits: list[str]
    how_to_read: list[str] = Field(description="what the coefficients mean, and what they do not")
    market_index: list[MarketLevel] = Field(description="empty where all listings are of one day")
    sale_level: float = Field(description="the log of sales against asking prices; 0 where no sales are known")
    served: bool = Field(description="whether this is the version that prices now")


class V2Tensor(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    data: list


class V2Request(BaseModel):
    inputs: list[V2Tensor]
    id: str | None = None
    parameters: dict | None = None
    outputs: list[dict] | None = None


class V2Response(BaseModel):
    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[V2Tensor]


class V2Error(BaseModel):
    error: str


class V2TensorMetadata(BaseModel):
    name: str
    datatype: str
    shape: list[int]


class V2Metadata(BaseModel):
    name: str
    versions: list[str]
    platform: str
    inputs: list[V2TensorMetadata]
    outputs: list[V2TensorMetadata]


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
