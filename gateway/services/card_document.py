"""What a model card must hold to be published: every part that some reply is made of."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, model_validator

from model.schema.features import NUMBERS
from model.schema.vocabulary import CLOSED_SETS

SHARES_SUM_WITHIN = 0.001  # they are rounded
# It stands in addresses and file names.
VERSION = "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"


def _is_a_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _holds_its_value(measured: tuple[float, float, float]) -> tuple[float, float, float]:
    value, low, high = measured
    if not low <= value <= high:
        raise ValueError(f"the interval from {low} to {high} does not hold its value {value}")
    return measured


def _are_shares(measured: tuple[float, float, float]) -> tuple[float, float, float]:
    if not all(0 <= percent <= 100 for percent in measured):
        raise ValueError("shares lie between 0 and 100 per cent")
    return measured


Interval = tuple[float, float]
Day = Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_is_a_day)]
Sentence = Annotated[str, Field(min_length=1)]
# [value, low, high] of 95% confidence
Measured = Annotated[tuple[float, float, float], AfterValidator(_holds_its_value)]
MeasuredShare = Annotated[Measured, AfterValidator(_are_shares)]


class _Part(BaseModel):
    """A number is a number here, and a finite one; a text is no number."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


Bounds = create_model(  # type: ignore[call-overload]
    "Bounds", __base__=_Part, **dict.fromkeys(NUMBERS, (Interval, ...))
)
Typical = create_model(  # type: ignore[call-overload]
    "Typical", __base__=_Part, **dict.fromkeys(CLOSED_SETS, (str, ...)), **dict.fromkeys(NUMBERS, (float, ...))
)


class KnownModel(_Part):
    make: str
    model: str
    listings: int = Field(ge=1)
    typical: Typical  # type: ignore[valid-type]
    bounds: Bounds  # type: ignore[valid-type]
    variants: list[tuple[str, str, str, int]] = Field(min_length=1)


class Distribution(_Part):
    """The shares of the listings between edges; a value on an edge lies above it."""

    edges: list[float]
    shares: list[float]

    @model_validator(mode="after")
    def has_a_share_between_edges(self) -> "Distribution":
        if self.edges != sorted(set(self.edges)) or len(self.shares) != len(self.edges) + 1:
            raise ValueError("the edges must rise, with one share more than there are edges")
        if min(self.shares) < 0 or abs(sum(self.shares) - 1) > SHARES_SUM_WITHIN:
            raise ValueError("the shares must add up to 1")
        return self


Distributions = create_model(  # type: ignore[call-overload]
    "Distributions", __base__=_Part, **dict.fromkeys(NUMBERS, (Distribution, ...))
)


class MarketEffects(_Part):
    reference: str | float
    effects: list[float]


class Coefficients(_Part):
    points: dict[str, list[str | float]] = Field(min_length=1)
    market: dict[str, MarketEffects]
    effects: dict[str, dict[str, dict[str, float | list[float]]]]

    @model_validator(mode="after")
    def have_an_effect_a_point(self) -> "Coefficients":
        lengths = {name: len(values) for name, values in self.points.items()}
        if {name: len(market.effects) for name, market in self.market.items()} != lengths:
            raise ValueError("the market's effects are not those of the points")
        for make, models in self.effects.items():
            for model, effects in models.items():
                curves = {name: len(effect) for name, effect in effects.items() if isinstance(effect, list)}
                if curves != lengths or not isinstance(effects.get("base_eur"), float):
                    raise ValueError(f"the effects of {make} {model} are not those of the points")
        return self


class CardData(_Part):
    """The listings that the version learnt from."""

    name: str
    digest: str
    synthetic: bool
    market_as_of: Day
    oldest_listing: Day
    rows_read: int
    rows_used: int
    dropped: dict[str, int]

    @model_validator(mode="after")
    def are_of_before_the_market_date(self) -> "CardData":
        if self.oldest_listing > self.market_as_of:
            raise ValueError("the oldest listing is younger than the market")
        return self


class Figures(_Part):
    """How good the version is, on cars that its fit had not seen."""

    mae_eur: float = Field(description="mean absolute error")
    mdape_percent: float = Field(description="median absolute error in per cent of the price")
    mape_percent: float = Field(description="mean absolute error in per cent of the price")
    rmse_eur: float = Field(description="root of the mean squared error")
    r2: float
    mae_up_to_100k_eur: float | None = Field(None, description="mean absolute error of cars of up to 100,000 EUR")
    coverage_percent: float = Field(ge=0, le=100, description="prices that lay inside their range")
    mean_width_percent: float = Field(description="the range's mean width in per cent of the price")
    rmse_fixed_split_eur: float = Field(description="of one split of 80 to 20 alone, to compare with others'")
    r2_fixed_split: float = Field(description="of one split of 80 to 20 alone, to compare with others'")


class _Segment(_Part):
    """A part of the market; each figure as [value, low, high] of 95% confidence."""

    model_config = ConfigDict(extra="forbid")

    by: str = Field(min_length=1, description="what the market is parted by")
    rows: int = Field(ge=1, description="cars")
    mae_eur: Measured
    mdape_percent: Measured
    bias_percent: Measured
    coverage_percent: MeasuredShare
    mean_width_percent: Measured


class BandSegment(_Segment):
    """The cars whose number lies from `from` to below `to`; to any height where `to` is null."""

    from_: float = Field(alias="from")
    to: float | None

    @model_validator(mode="after")
    def rises(self) -> "BandSegment":
        if self.to is not None and self.to <= self.from_:
            raise ValueError(f"the {self.by} from {self.from_} to {self.to} is no band")
        return self


class WordSegment(_Segment):
    """The cars with this word."""

    word: str = Field(min_length=1)

    @model_validator(mode="after")
    def has_a_known_word(self) -> "WordSegment":
        if self.by in CLOSED_SETS and self.word not in CLOSED_SETS[self.by].words:
            raise ValueError(f"the {self.by} {self.word!r} is unknown")
        return self


class MarketLevel(_Part):
    """The market's level on a day, as a log against that of the market date."""

    date: Day
    log_level: float


class CardDocument(_Part):
    """A card of this format, as model/card.py builds it."""

    version: str = Field(pattern=VERSION)
    schema_digest: str
    table_digest: str
    data: CardData
    figures: Figures
    figures_by_fold: list[dict[str, float]]
    segments: list[BandSegment | WordSegment]
    fairness: list[Sentence]
    coverage: float = Field(gt=0, lt=1)
    intended_use: list[Sentence] = Field(min_length=1)
    limits: list[Sentence]
    how_to_read: list[Sentence] = Field(min_length=1)
    market_index: list[MarketLevel]
    sale_level: float
    bounds: Bounds  # type: ignore[valid-type]
    # Cards that were published before it was told have none.
    distributions: Distributions | None = None  # type: ignore[valid-type]
    vocabulary: list[KnownModel] = Field(min_length=1)
    coefficients: Coefficients

    @model_validator(mode="after")
    def explain_what_is_known(self) -> "CardDocument":
        for known in self.vocabulary:
            if known.model not in self.coefficients.effects.get(known.make, {}):
                raise ValueError(f"the coefficients lack {known.make} {known.model}")
        return self

    @model_validator(mode="after")
    def have_one_level_a_day(self) -> "CardDocument":
        days = [level.date for level in self.market_index]
        if len(set(days)) < len(days) or any(day > self.data.market_as_of for day in days):
            raise ValueError("the market index needs different days, none after the market's")
        return self
