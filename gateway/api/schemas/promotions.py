"""Promotions."""

from pydantic import BaseModel, ConfigDict, Field

from gateway.services.card_document import VERSION
from gateway.services.promotions import LONGEST_REASON, MOMENT
from gateway.services.queries import HIGHEST_SEQUENCE
from model.schema.fields import LONGEST_WORD


class PromotionsQuery(BaseModel):
    limit: int | None = Field(None, ge=1, le=100, description="how many; 20 without it")
    before: int | None = Field(None, ge=1, le=HIGHEST_SEQUENCE, description="those of lower numbers, as `next` said")


class Promotion(BaseModel):
    """Which version became the champion, when, by whom and why."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, le=HIGHEST_SEQUENCE)
    version: str = Field(pattern=VERSION)
    previous: str | None = Field(pattern=VERSION, description="the champion before; null where there was none")
    promoted_at: str = Field(pattern=MOMENT, description='in UTC, such as "2026-05-31T09:15:00Z"')
    by: str = Field(min_length=1, max_length=LONGEST_WORD)
    reason: str = Field(min_length=1, max_length=LONGEST_REASON)
    figures: dict[str, float] = Field(description="figures of the version's card, by their names there")


class Promotions(BaseModel):
    promotions: list[Promotion]
    next: int | None = Field(description="the `before` of the page after this one")
