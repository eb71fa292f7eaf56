"""What the queue of feedback takes and answers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.api.schemas.feedback import Feedback, ReportedVehicle
from gateway.services.queries import HIGHEST_SEQUENCE
from gateway.services.reviews import LARGEST_PAGE, LONGEST_NOTE, PAGE


class ReviewQuery(BaseModel):
    state: Literal["quarantined", "accepted", "rejected", "withdrawn"] = "quarantined"
    kind: Literal["sale", "report"] | None = None
    limit: int = Field(PAGE, ge=1, le=LARGEST_PAGE)
    cursor: int = Field(0, ge=0, le=HIGHEST_SEQUENCE, description="next of the page before")


class OurPrice(BaseModel):
    """What we had said of the car, then. Of a car that was never valued there is the price alone that it stood at."""

    price_eur: float
    low_eur: float | None = None
    high_eur: float | None = None
    confidence: Literal["high", "low"] | None = None
    version: str | None = None
    as_of: str | None = None


class ReporterRecord(BaseModel):
    accepted: int
    rejected: int


class Review(Feedback):
    """A feedback with what a reviewer judges by."""

    comment: str | None
    pseudonym: str
    record: ReporterRecord | None = Field(description="of what this account said so far; null without an account")
    valuation: str | None
    vehicle: ReportedVehicle
    ours: OurPrice | None
    residual_percent: float | None = Field(description="how far the price lies above ours")
    support: int | None = Field(description="listings behind the model, in the version that priced")
    trust: float = Field(description="how much it weighs as evidence, once accepted")
    own_estimate: bool
    reviewed_at: str | None
    reviewed_by: str | None
    reviewed_by_name: str | None = Field(description="of the reviewer's account, as long as it works here")
    note: str | None


class Reviews(BaseModel):
    reviews: list[Review]
    next: str | None = Field(description="the cursor of the next page; null at the end")


class Decision(BaseModel):
    model_config = ConfigDict(extra="forbid")
    decision: Literal["accept", "reject"]
    note: str | None = Field(None, max_length=LONGEST_NOTE)
    trust: float | None = Field(None, ge=0, le=1, description="of what is accepted; without it, by its kind")
