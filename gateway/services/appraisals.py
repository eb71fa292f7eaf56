"""What we say that a car is worth which is offered or in stock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from gateway.db.car import CarRow
from gateway.errors import InvalidFields, ModelUnavailable, Problem
from gateway.services.car_changes import VEHICLE
from gateway.services.car_states import IN_STOCK, ON_OFFER, SOLD
from gateway.services.kept_valuations import keep
from gateway.services.valuations import Valuations
from model.schema.vehicle import Vehicle


@dataclass(frozen=True)
class Appraisal:
    """A car as it was understood, with its valuation or, without one, the reason why there is none."""

    vehicle: Mapping[str, Any]  # by the names of VEHICLE
    valuation: Mapping[str, Any] | None
    bonus_eur: float = 0.0  # on top of our estimate, for who sells at it
    why_not: Problem | None = None


def appraise(
    valuations: Valuations, said: Mapping[str, object], vehicle: Vehicle, today: date, by_champion: bool
) -> Appraisal:
    """Value a car. `said` is what somebody said of it, by the names of a valuation's fields, and `vehicle` the same,
    read without any version's names of makes and models; where it is valued it takes those of the version.

    What a seller is told follows from a valuation, and so may come from a challenger; what the house writes of its own
    cars never does (by_champion).
    """
    try:
        valuation = valuations.value(said, today, valuations.deadline(), by_champion=by_champion)
    except (InvalidFields, ModelUnavailable) as problem:
        read = {name: getattr(vehicle, name) for name in VEHICLE if name != "first_registration"}
        return Appraisal({**read, "first_registration": str(said["first_registration"]).strip()}, None, why_not=problem)
    # The power as it was said: a reply rounds it, and the car must be worth the same when it is valued again.
    read = {name: valuation["vehicle"][name] for name in VEHICLE}
    return Appraisal({**read, "power_hp": vehicle.power_hp}, valuation, valuations.selling_bonus_eur)


def write_appraisal(session: Session, row: CarRow, appraisal: Appraisal) -> None:
    """Write what was found onto a car's row, whose state and price_is_own are set; the valuation is kept with it.

    A car of the house is worth what the market asks, one that is offered to it the buying price, where one is named;
    who offers it at our estimate is paid the bonus besides.
    Raises the reason why there is no valuation, where the car's price is to be our estimate.
    """
    if appraisal.why_not is not None and not row.price_is_own:
        raise appraisal.why_not
    for name, value in appraisal.vehicle.items():
        setattr(row, name, value)
    is_ours = row.state in (IN_STOCK, SOLD)
    row.valuation = row.estimate_eur = None
    if appraisal.valuation is not None:
        kept = keep(session, dict(appraisal.valuation), row.account if row.state in ON_OFFER else None)
        session.flush()  # the car's row refers to it
        row.valuation = kept["id"]
        buying = None if is_ours else kept["buying_price_eur"]
        row.estimate_eur = kept["price_eur"] if buying is None else buying
    if not row.price_is_own:
        assert row.estimate_eur is not None
        row.price_eur = row.estimate_eur + (0.0 if is_ours else appraisal.bonus_eur)
