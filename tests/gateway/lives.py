"""Lives of listings for tests: any number, the same for the same seed, of the cars that a card knows."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from model.schema.life import Life, Price, write_life
from model.schema.vehicle import Vehicle

SOURCE = "a-market"
NEWEST = date(2024, 6, 30)
GOLF_NOW = Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", 4.0, 50_000.0, 150.0)


def life(number: int | str = 1, **changes: Any) -> Life:
    """A Golf on offer for 10 days; changes are of the life or its vehicle. `price_eur` is one price since it came."""
    ours = {name: changes.pop(name) for name in list(changes) if name in Vehicle.__dataclass_fields__}
    vehicle = Vehicle(**{**{name: getattr(GOLF_NOW, name) for name in Vehicle.__dataclass_fields__}, **ours})
    first_seen = changes.pop("first_seen", NEWEST - timedelta(days=10))
    price_eur = changes.pop("price_eur", 20_000.0)
    known: dict[str, Any] = {
        "source": SOURCE, "id": str(number), "vehicle": vehicle, "first_registration": "2020-03",
        "first_seen": first_seen, "last_seen": NEWEST, "prices": (Price(first_seen, price_eur),),
        "url": f"https://example.org/{number}",
    }  # fmt: skip
    return Life(**{**known, **changes})


def lines(lives: Sequence[Life]) -> bytes:
    return b"".join(write_life(each).encode() + b"\n" for each in lives)


def invented(
    count: int, variants: Sequence[tuple[tuple[str, ...], int]], newest: date, seed: int = 1
) -> Iterator[Life]:
    """So many lives of cars with these words, as often as they are weighted; up to a year and a half back."""
    by_luck = random.Random(seed)
    words, weights = [each for each, _ in variants], [weight for _, weight in variants]
    chosen = by_luck.choices(words, weights, k=count)
    for number, (make, model, fuel, gearbox, offer_type) in enumerate(chosen):
        last_seen = newest - timedelta(days=max(0, int(by_luck.gauss(-20, 160))))
        first_seen = last_seen - timedelta(days=int(by_luck.expovariate(1 / 40)))
        age_months = min(int(by_luck.expovariate(1 / 60)), 200) + 1
        registered = first_seen.year * 12 + first_seen.month - 1 - age_months
        mileage_km = float(max(10, int(by_luck.gauss(age_months * 1_150, 15_000 + age_months * 150))))
        power_hp = float(by_luck.choice((75, 90, 105, 110, 116, 122, 140, 150, 150, 184, 190, 245, 300)))
        price_eur = float(max(500, int(35_000 * 0.991**age_months * (0.9 + 0.2 * by_luck.random()))))
        prices = [Price(first_seen, price_eur)]
        while by_luck.random() < 0.25:
            since = prices[-1].since + timedelta(days=by_luck.randint(5, 20))
            if since > last_seen:
                break
            prices.append(Price(since, prices[-1].price_eur - by_luck.randint(1, 4) * 50))
        gone = last_seen < newest - timedelta(days=1)
        yield Life(
            source=SOURCE, id=f"{number:08}-{by_luck.getrandbits(32):08x}",
            vehicle=Vehicle(make, model, fuel, gearbox, offer_type, age_months / 12, mileage_km, power_hp),
            first_registration=f"{registered // 12}-{registered % 12 + 1:02}", first_seen=first_seen,
            last_seen=last_seen, prices=tuple(prices), gone_on=last_seen + timedelta(days=1) if gone else None,
            seller_kind="dealer", url=f"https://example.org/offers/{make}-{model}-{number}".replace(" ", "-"),
        )  # fmt: skip
