"""Bodies of cars that are offered or in stock."""

from copy import copy
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from gateway.api.schemas.base import without_default
from gateway.api.schemas.valuations import ValuationRequest
from gateway.services.car_fields import LONGEST_NOTE, PRICE_BOUNDS_EUR, VEHICLE_FIELDS
from gateway.services.car_queries import LARGEST_PAGE, LONGEST_SEARCH, MOST_WORDS, NEWEST_FIRST, PAGE
from gateway.services.contacts import EMAIL, LONGEST_EMAIL, PHONE
from gateway.services.cursors import LONGEST_CURSOR
from model.schema.fields import LONGEST_WORD

LOWEST_EUR, HIGHEST_EUR = PRICE_BOUNDS_EUR
State = Literal["offered", "accepted", "declined", "in_stock", "sold", "withdrawn"]
Sort = Literal[
    "created", "-created", "price", "-price", "mileage", "-mileage", "registration", "-registration"
]  # fmt: skip
STRICT = ConfigDict(extra="forbid")


class ContactRequest(BaseModel):
    """A way to be reached: a name, and an e-mail or a phone number."""

    model_config = STRICT

    name: str | None = Field(None, min_length=1, max_length=LONGEST_WORD)
    email: str | None = Field(None, max_length=LONGEST_EMAIL, pattern=f"^{EMAIL}$")
    phone: str | None = Field(None, pattern=f"^{PHONE}$")


OWN_FIELDS: dict[str, Any] = {
    "price_eur": (
        float | None,
        Field(
            None, ge=LOWEST_EUR, le=HIGHEST_EUR,
            description="a price of one's own; null: our estimate, and the bonus of who sells at it",
        ),
    ),
    "contact": (
        ContactRequest | None,
        Field(None, description="needed of whoever offers a car; what is not given is taken from his account"),
    ),
    "note": (str | None, Field(None, max_length=LONGEST_NOTE, description="read by both sides")),
}
VEHICLE: dict[str, Any] = {
    name: (field.annotation, field) for name, field in ValuationRequest.model_fields.items() if name in VEHICLE_FIELDS
}

NewCarRequest = create_model("NewCarRequest", __config__=STRICT, **VEHICLE, **OWN_FIELDS)


def _may_be_left_out(annotation: Any, field: Any) -> tuple[Any, Any]:
    """A field of a change: what a car must have may be left out, and not be null."""
    if field.is_required():
        field = copy(field)
        field.default, field.json_schema_extra = None, without_default
    return annotation, field


CHANGED: dict[str, Any] = {name: _may_be_left_out(*field) for name, field in VEHICLE.items()}
TO_STATE = "a change that is not possible is a conflict, whose detail says what is"
CarChange = create_model(  # type: ignore[call-overload]
    "CarChange",
    __config__=STRICT,
    **CHANGED,
    **OWN_FIELDS,
    state=(State, Field(None, description=TO_STATE, json_schema_extra=without_default)),
)


class SaleRequest(BaseModel):
    model_config = STRICT

    sale_price_eur: float = Field(ge=LOWEST_EUR, le=HIGHEST_EUR)
    sold_on: str = Field(
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        description="not in the future, and not before the car was first registered",
    )


class CarListQuery(BaseModel):
    q: str = Field(
        "", max_length=LONGEST_SEARCH,
        description="words of make, model, year, fuel, gearbox, contact or note; each may be the beginning of one, "
        f"and all must be there; the first {MOST_WORDS} count",
    )  # fmt: skip
    make: str = Field(  # type: ignore[assignment]
        None, json_schema_extra=without_default, max_length=LONGEST_WORD, description="as the cars have it"
    )
    model: str = Field(  # type: ignore[assignment]
        None, json_schema_extra=without_default, max_length=LONGEST_WORD, description="as the cars have it; with a make"
    )
    state: State = Field(None, json_schema_extra=without_default)  # type: ignore[arg-type]
    sort: Sort = Field(NEWEST_FIRST, description="- for descending")  # type: ignore[arg-type]
    limit: int = Field(PAGE, ge=1, le=LARGEST_PAGE)
    cursor: str = Field(  # type: ignore[assignment]
        None, max_length=LONGEST_CURSOR, json_schema_extra=without_default,
        description="the `next` of the page before, with the same q, state and sort",
    )  # fmt: skip


class CarVehicle(BaseModel):
    make: str
    model: str
    fuel: str
    gearbox: str
    offer_type: str
    first_registration: str
    mileage_km: float
    power_hp: float
    power_kw: float


class CarFacts(BaseModel):
    """A car, without anything of a person."""

    id: str
    version: int = Field(description="goes up with every change; the ETag")
    state: State
    vehicle: CarVehicle
    price_eur: float | None = Field(description="null to its seller once it is no offer, as what follows is")
    price_is_own: bool = Field(description="false: price_eur is our estimate, and the bonus of who sells at it")
    estimate_eur: float | None = Field(
        description="what we say that it is worth: the buying price of a car that is offered, where one is named, and "
        "the market's price of one of the house; null where it could not be valued"
    )
    valuation: str | None = Field(description="the id of the kept valuation that the estimate is of")
    sale_price_eur: float | None
    sold_on: str | None
    created_at: str
    updated_at: str


class NewCar(CarFacts):
    """A new car, without its contact and note."""

    code: str | None = Field(
        description="an offer's reference code, told this once: by it the offer is followed and withdrawn; null for a "
        "car of the house"
    )


class Contact(BaseModel):
    name: str | None
    email: str | None
    phone: str | None


class Car(CarFacts):
    """A car with its contact and note."""

    contact: Contact | None
    note: str | None


class CarList(BaseModel):
    """A page. How many cars there are in all is not told: to count them takes as long as reading them all."""

    cars: list[Car]
    next: str | None = Field(description="the cursor of the next page; null on the last one")


class CarEvent(BaseModel):
    at: str
    who: str = Field(description='an account\'s id, or "customer" for who has the reference code')
    who_name: str | None = Field(description="of the account, told to the dealership of its own alone")
    action: str
    changes: dict[str, list] = Field(
        description="[before, after] of each field; of contact and note only that they changed, as [null, null]"
    )


class CarHistory(BaseModel):
    """All changes of a car, the newest last."""

    events: list[CarEvent]
