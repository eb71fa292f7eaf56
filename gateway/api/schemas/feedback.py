"""What feedback takes and answers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.services.feedback import LARGEST_PAGE, LONGEST_COMMENT, PAGE
from gateway.services.queries import HIGHEST_SEQUENCE
from model.schema.listing import PRICE_BOUNDS_EUR


class ReportRequest(BaseModel):
    """That a price is wrong, and why. A price comes with its kind, and a kind with its price."""

    model_config = ConfigDict(extra="forbid")
    reason: Literal["too_high", "too_low", "wrong_data", "other"]
    price_eur: float | None = Field(None, ge=PRICE_BOUNDS_EUR[0], le=PRICE_BOUNDS_EUR[1])
    price_kind: Literal["asking", "sale", "opinion"] | None = Field(
        None, description="what the car is offered at, what it sold for, or what somebody thinks of it"
    )
    comment: str | None = Field(None, max_length=LONGEST_COMMENT, description="printable letters and line breaks")


class Feedback(BaseModel):
    """A sale or a report, as whoever gave it may see it."""

    id: str
    kind: Literal["sale", "report"]
    state: Literal["quarantined", "accepted", "rejected", "withdrawn"]
    reason: Literal["too_high", "too_low", "wrong_data", "other"] | None
    price_eur: float | None
    price_kind: Literal["asking", "sale", "opinion"] | None
    created_at: str


class ReportedVehicle(BaseModel):
    make: str
    model: str
    fuel: str
    gearbox: str
    offer_type: str
    first_registration: str
    mileage_km: float
    power_hp: float


class OwnFeedback(Feedback):
    vehicle: ReportedVehicle
    valuation: str | None = Field(description="the id of the kept valuation that it is about")


class OwnFeedbackQuery(BaseModel):
    limit: int = Field(PAGE, ge=1, le=LARGEST_PAGE)
    cursor: int = Field(HIGHEST_SEQUENCE, ge=0, le=HIGHEST_SEQUENCE, description="next of the page before")


class OwnFeedbackPage(BaseModel):
    feedback: list[OwnFeedback]
    next: str | None = Field(description="the cursor of the next page; null at the end")


class FeedQuery(BaseModel):
    since: int = Field(0, ge=0, le=2**31 - 1, description="the last event's number that was seen")
    limit: int = Field(500, ge=1, le=1_000)


class FeedbackListing(BaseModel):
    """A row that training may read."""

    id: str
    account: str = Field(description="the pseudonym")
    make: str
    model: str
    fuel: str
    gearbox: str
    offer_type: str
    first_registration: str
    mileage_km: float
    power_hp: float
    price_eur: float
    price_kind: Literal["asking", "sale"]
    listed_on: str
    trust: float
    own_estimate: bool = Field(description="our own estimate set the price, so that it is no evidence")


class FeedEvent(BaseModel):
    sequence: int
    at: str
    kind: Literal["accepted", "withdrawn", "account_withdrawn"]
    feedback: str | None = Field(description="null where all feedback of the pseudonym was withdrawn")
    pseudonym: str
    listing: FeedbackListing | None = Field(description="null where no price was paid or asked, or it was withdrawn")


class Feed(BaseModel):
    """A part of the feed, whose numbers have no gaps."""

    events: list[FeedEvent]
    next: int = Field(description="what to ask for next, as since")
    more: bool
