"""What limits the trust in a price, and which cars get none: judged by the card of the version that prices."""

from dataclasses import dataclass

from gateway.services.cards import Card
from model.schema.fields import Violation
from model.schema.vehicle import Vehicle
from model.schema.vocabulary import CLOSED_SETS, FUEL, GEARBOX

FEW_LISTINGS = 5
REFUSED_BEYOND_YEARS = 2.0
NUMBERS = {"age_years": ("age", "years"), "mileage_km": ("mileage", "km"), "power_hp": ("power", "hp")}


@dataclass(frozen=True)
class Limit:
    """One reason for a low confidence: a stable code and a sentence."""

    code: str
    message: str


def refusals(vehicle: Vehicle, card: Card) -> list[Violation]:
    """Why this version gives the vehicle no price; empty where it gives one. The vehicle's make and model are known."""
    found = []
    oldest = card.bounds["age_years"][1]
    if vehicle.age_years > oldest + REFUSED_BEYOND_YEARS:
        message = (
            f"no market data for a car of {vehicle.age_years:.0f} years: the oldest listing of the market of "
            f"{card.market_as_of.isoformat()} was {oldest:.0f} years old"
        )
        found.append(Violation("first_registration", "too_old", message))
    for name, words in CLOSED_SETS.items():
        word = getattr(vehicle, name)
        if word not in card.words[name]:
            known = sorted(card.words[name])
            found.append(Violation(name, "no_market_data", f"no market data for {words.label(word)!r}", known=known))
    return found


def limits(vehicle: Vehicle, card: Card) -> list[Limit]:
    """Why the price of this vehicle deserves little trust; empty where nothing speaks against it."""
    known = card.models[vehicle.make, vehicle.model]
    name = f"{vehicle.make} {vehicle.model}"
    found = []
    if known["listings"] < FEW_LISTINGS:
        count = known["listings"]
        found.append(Limit("few_listings", f"only {count} listing{'s' if count > 1 else ''} of a {name} were seen"))
    variant = (vehicle.fuel, vehicle.gearbox)
    if all((fuel, gearbox) != variant for fuel, gearbox, *_ in known["variants"]):
        words = f"{FUEL.label(vehicle.fuel)} and {GEARBOX.label(vehicle.gearbox)}".lower()
        found.append(Limit("variant_not_seen", f"no {name} with {words} was among the listings"))
    for feature, (noun, unit) in NUMBERS.items():
        value = getattr(vehicle, feature)
        for bounds, whose in ((card.bounds[feature], "any listing"), (known["bounds"][feature], f"any {name} seen")):
            if not bounds[0] <= value <= bounds[1]:
                message = f"{value:,.0f} {unit} lie outside the {noun} of {whose} ({_span(bounds, unit)})"
                found.append(Limit(f"{noun}_beyond_data", message))
                break
    return found


def _span(bounds: tuple[float, float], unit: str) -> str:
    return f"{bounds[0]:,.0f} to {bounds[1]:,.0f} {unit}"
