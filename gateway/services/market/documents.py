"""A listing of the market as replies tell of it."""

from datetime import date
from typing import Any

from gateway.services.market.days import is_on_offer
from model.schema.vehicle import Vehicle


def vehicle_document(vehicle: Vehicle, first_registration: str) -> dict[str, Any]:
    return {
        **{name: getattr(vehicle, name) for name in ("make", "model", "fuel", "gearbox", "offer_type")},
        "first_registration": first_registration,
        "mileage_km": vehicle.mileage_km,
        "power_hp": round(vehicle.power_hp, 1),
    }


def listing_document(row: Any, make: str, model: str, newest: date) -> dict[str, Any]:
    """All but its prices, of a row with the columns of alike.COLUMNS, as of the newest day of the market."""
    return {
        "source": row.source,
        "id": row.id,
        "url": row.url,
        "vehicle": {
            "make": make,
            "model": model,
            **{name: getattr(row, name) for name in ("fuel", "gearbox", "offer_type", "first_registration")},
            "mileage_km": row.mileage_km,
            "power_hp": round(row.power_hp, 1),
        },
        "country": row.country,
        "seller_kind": row.seller_kind,
        "on_offer": is_on_offer(row.last_seen, row.gone_on, newest),
        "first_seen": row.first_seen.isoformat(),
        "last_seen": row.last_seen.isoformat(),
        "gone_on": row.gone_on and row.gone_on.isoformat(),
    }
