"""What a model card must hold to be published: every part that some reply is made of."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from model.schema.features import NUMBERS
from model.schema.vocabulary import CLOSED_SETS

LONGEST_VERSION = 100  # letters

Interval = tuple[float, float]


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


class Data(_Part):
    name: str
    digest: str
    synthetic: bool
    market_as_of: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    rows_read: int
    rows_used: int
    dropped: dict[str, int]


class CardDocument(_Part):
    """A card, as model/card.py builds it."""

    format: Literal[1]
    name: Literal["car-price"]
    version: str = Field(min_length=1, max_length=LONGEST_VERSION)
    schema_digest: str
    table_digest: str
    data: Data
    figures: dict[str, float] = Field(min_length=1)
    figures_by_fold: list[dict[str, float]]
    coverage: float = Field(gt=0, lt=1)
    limits: list[str]
    bounds: Bounds  # type: ignore[valid-type]
    vocabulary: list[KnownModel] = Field(min_length=1)
    coefficients: Coefficients

    @model_validator(mode="after")
    def explain_what_is_known(self) -> "CardDocument":
        for known in self.vocabulary:
            if known.model not in self.coefficients.effects.get(known.make, {}):
                raise ValueError(f"the coefficients lack {known.make} {known.model}")
        return self
