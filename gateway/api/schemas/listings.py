"""What bringing and searching listings takes and answers."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.api.schemas.base import Stamped, without_default
from gateway.api.schemas.market import NEWEST_DAY, ListingFacts
from gateway.api.schemas.valuations import PriceRange
from gateway.services.cursors import LONGEST_CURSOR
from gateway.services.market.lines import ERRORS_NAMED
from gateway.services.market.runs import MOST_PARTS, RUN
from gateway.services.market.search import MOST_LABELLED
from gateway.services.market.search_query import BOUNDS, LARGEST_PAGE, NEWEST_FIRST, PAGE
from model.schema.collected import SOURCE

SOURCE_PATTERN = f"^{SOURCE.pattern}$"

BODY: dict[str, Any] = {
    "type": "string",
    "description": "JSON Lines: a listing's life each; UTF-8, up to 10,000 lines and 16 MiB",
}

DESCRIPTION = """Each line is the whole of what is known of one listing: make, model, fuel, gearbox, offer_type,
first_registration, mileage_km, power_hp, source, id, first_seen, last_seen, prices (pairs of a day and euros, the first
of first_seen), gone_on, country, seller_kind, url. It replaces what was known of it before, unless that is newer.

A run comes in `parts`, in order. A part is kept whole or not at all; one that was kept may be sent again, and nothing
is there twice. A line that cannot be used is told of, and the others are kept. With the last part the market's figures
are made anew, which takes seconds where there are many listings: only then `complete` is true."""


class PartQuery(BaseModel):
    source: str = Field(pattern=SOURCE_PATTERN)
    run: str = Field(pattern=f"^{RUN.pattern}$", description="the sender's own name of it")
    part: int = Field(ge=1, le=MOST_PARTS)
    parts: int = Field(ge=1, le=MOST_PARTS, description="of the run, in all")


class LineError(BaseModel):
    line: int
    field: str
    code: str
    message: str


class Brought(BaseModel):
    received: int = Field(description="lines that are not blank")
    kept: int = Field(description="that can be used; of several of one listing the newest stays")
    refused: int
    errors: list[LineError] = Field(description=f"of the first {ERRORS_NAMED} that were refused")
    complete: bool = Field(description="whether all parts of the run are kept, and the figures made")


class RunQuery(BaseModel):
    source: str = Field(pattern=SOURCE_PATTERN)


class Run(BaseModel):
    run: str
    parts: int
    part: int = Field(description="the last that is kept")
    complete: bool


class Runs(BaseModel):
    runs: list[Run]


def _bound(name: str, text: str) -> Any:
    low, high = BOUNDS[name]
    return Field(None, ge=low, le=high, json_schema_extra=without_default, description=text)


class ListingQuery(BaseModel):
    model_config = ConfigDict(protected_namespaces=())

    make: str = Field(description="in any spelling")
    model: str | None = None
    fuel: str | None = None
    gearbox: str | None = None
    offer_type: str | None = None
    min_price_eur: int = _bound("price_eur", "of the asking price")
    max_price_eur: int = _bound("price_eur", "of the asking price")
    min_mileage_km: int = _bound("mileage_km", "")
    max_mileage_km: int = _bound("mileage_km", "")
    min_age_years: int = _bound("age_years", "as of today, by the month")
    max_age_years: int = _bound("age_years", "as of today, by the month")
    source: str = Field(None, pattern=SOURCE_PATTERN, json_schema_extra=without_default)  # type: ignore[assignment]
    on_offer: bool = Field(  # type: ignore[assignment]
        None, json_schema_extra=without_default, description="true: those on offer; false: all others; else all"
    )
    sort: Literal[
        "price", "-price", "mileage", "-mileage", "registration", "-registration", "seen", "-seen"
    ] = Field(NEWEST_FIRST, description="- for descending; seen: by the day on which it was seen first")  # type: ignore
    limit: int = Field(PAGE, ge=1, le=LARGEST_PAGE)
    cursor: str = Field(  # type: ignore[assignment]
        None, max_length=LONGEST_CURSOR, json_schema_extra=without_default,
        description="the `next` of the page before, with all else the same",
    )  # fmt: skip


class PricedListing(ListingFacts):
    asking_price_eur: float
    price_eur: float | None = Field(description="ours, as of today; null where the version does not know such a car")
    range: PriceRange | None
    deal: Literal["top", "good", "fair", "high", "very_high"] | None


class DealCounts(BaseModel):
    top: int
    good: int
    fair: int
    high: int
    very_high: int


class Deals(BaseModel):
    """The deal labels of a whole search."""

    listings: int = Field(description=f"that were labelled: the first in the search's order, {MOST_LABELLED:,} at most")
    is_all: bool = Field(description="whether the search has no more than those")
    counts: DealCounts
    unpriced: int


class ListingPage(Stamped):
    listings: list[PricedListing]
    next: str | None = Field(description="the cursor of the next page; null on the last one")
    deals: Deals | None = Field(description="on the first page alone")
    newest_day: str | None = Field(description=NEWEST_DAY)
    as_of: str
