"""A small market of Golfs, as a source brings it: without one there is nothing to compare a car with."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from tests.product import Product

CARS = 48
SOURCE = "e2e"


def bring(product: Product) -> None:
    """Bring it, as whoever publishes listings does; a second time it changes nothing."""
    body = "".join(f"{json.dumps(life)}\n" for life in lives(date.today())).encode()
    run = f"{date.today():%Y%m%d}"
    request = urllib.request.Request(
        f"{product.address}/api/v1/listings?source={SOURCE}&run={run}&part=1&parts=1", data=body, method="PUT",
        headers={"Authorization": f"Bearer {product.token('listings')}", "Content-Type": "application/x-ndjson"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=60) as response:
        brought = json.load(response)
    assert (brought["kept"], brought["complete"]) == (CARS, True), brought


def lives(newest: date) -> Iterator[dict[str, Any]]:
    """Cars of about five years, one more each week or so; half of them gone."""
    for number in range(CARS):
        first_seen = newest - timedelta(days=8 * (CARS - number))
        gone = number % 2 == 0
        last_seen = min(first_seen + timedelta(days=30), newest - timedelta(days=4)) if gone else newest
        price = 13_500.0 - 90 * (number % 17) + 10 * number
        prices = [[first_seen.isoformat(), price]]
        if number % 4 == 0:
            prices.append([(first_seen + timedelta(days=3)).isoformat(), price - 400])
        yield {
            "make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "offer_type": "used",
            "first_registration": f"{newest.year - 5 - number % 2}-{number % 12 + 1:02}",
            "mileage_km": 45_000.0 + 1_700 * (number % 23), "power_hp": 110.0 + 5 * (number % 5),
            "source": SOURCE, "id": str(number), "first_seen": first_seen.isoformat(),
            "last_seen": last_seen.isoformat(), "prices": prices,
            "gone_on": (last_seen + timedelta(days=1)).isoformat() if gone else None, "country": "DE",
            "seller_kind": "dealer", "url": f"https://example.org/offers/{number}",
        }  # fmt: skip
