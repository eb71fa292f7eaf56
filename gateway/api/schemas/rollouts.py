"""Rollouts."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.services.queries import HIGHEST_SEQUENCE
from gateway.services.rollouts.rollouts import (
    BAKE_S, LONGEST_BAKE_S, LONGEST_REASON, LONGEST_VERSION, MOST_SHARES, SHADOW_PERCENT,
)  # fmt: skip


class RolloutsQuery(BaseModel):
    limit: int | None = Field(None, ge=1, le=100, description="how many; 20 without it")
    before: int | None = Field(None, ge=1, le=HIGHEST_SEQUENCE, description="those of lower numbers, as `next` said")


class RolloutLimits(BaseModel):
    """What the challenger may do at most before it is taken back; what is not given is as by default."""

    model_config = ConfigDict(extra="forbid")

    errors_percent: float | None = Field(
        None, ge=0, le=100, description="failures of its model server, beyond the champion's"
    )
    refusals_percent: float | None = Field(None, ge=0, le=100, description="cars it refuses that the champion prices")
    slow_percent: float | None = Field(None, ge=0, le=100, description="slow prices beyond the champion's")
    slow_s: float | None = Field(None, ge=0.001, le=60, description="from how many seconds on a price is slow")
    median_difference: float | None = Field(None, ge=0, le=10, description="median of |log(challenger / champion)|")
    p95_difference: float | None = Field(None, ge=0, le=10, description="its 95% quantile")
    least_requests: int | None = Field(None, ge=0, le=1_000_000, description="at each share, before the next one")
    least_pairs: int | None = Field(None, ge=1, le=1_000_000, description="before differences are judged")


class RolloutPlan(BaseModel):
    """A version that is to become the champion, step by step or at once."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(min_length=1, max_length=LONGEST_VERSION)
    shares: list[int] | None = Field(
        None, min_length=1, max_length=MOST_SHARES,
        description="per cent of the models, rising; 0 is shadow alone; 0, 10, 50, 100 without it",
    )  # fmt: skip
    bake_s: int | None = Field(None, ge=0, le=LONGEST_BAKE_S, description=f"at each share; {BAKE_S} without it")
    shadow_percent: int | None = Field(
        None, ge=0, le=100, description=f"of the valuations, priced by both versions; {SHADOW_PERCENT} without it"
    )
    reason: str = Field(min_length=1, max_length=LONGEST_REASON)
    limits: RolloutLimits | None = None
    at_once: bool | None = Field(None, description="true: it prices everything from now on")


class RolloutEnd(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=LONGEST_REASON)


class RolloutAlarm(BaseModel):
    kind: Literal["errors", "refusals", "slow", "differences"]
    words: str
    figure: float
    limit: float


class Rollout(BaseModel):
    """How a challenger came to price more and more, or was taken back."""

    number: int
    version: str
    champion: str | None = Field(description="who priced before; null where nobody did")
    state: Literal["shadow", "canary", "done", "rolled_back"]
    share_percent: int = Field(description="of the models that the challenger prices, or last priced")
    since: str = Field(description="when it came to this share")
    shares: list[int]
    bake_s: int
    shadow_percent: int
    limits: dict[str, float]
    reason: str
    began_by: str
    began_by_name: str | None = Field(description="of the account, as long as it works here")
    began_at: str
    ended_by: str | None
    ended_by_name: str | None
    ended_at: str | None
    end_reason: str | None
    alarm: RolloutAlarm | None


class Rollouts(BaseModel):
    rollouts: list[Rollout]
    next: int | None = Field(description="the `before` of the page after this one")


class VersionCounts(BaseModel):
    """What a version did at the rollout's share."""

    version: str
    requests: int
    mirrored: int = Field(description="of the requests, those that nobody waited for")
    errors: int
    refusals: int = Field(description="of cars that the champion prices")
    slow: int


class PriceDifference(BaseModel):
    """Of cars that both versions priced; logs are of challenger by champion, without their signs, to some 15%."""

    pairs: int
    mean_percent: float = Field(description="above 0 where the challenger is dearer")
    median_log: float
    p95_log: float
    largest_log: float


class MakeDifference(PriceDifference):
    make: str


class PriceDifferences(BaseModel):
    all: PriceDifference
    makes: list[MakeDifference] = Field(description="the makes with most pairs")


class RolloutNow(Rollout):
    """The open rollout, or the one that ended last, with what was counted of it."""

    versions: list[VersionCounts]
    differences: PriceDifferences
