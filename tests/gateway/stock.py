"""A stock of many cars, written at once: for tests of what a page of the list costs."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from gateway.db.car import CarRow, CarWordRow
from gateway.db.transactions import writing
from gateway.services.car_states import STATES
from gateway.services.car_words import words_of
from tests.gateway import market

FIRST_DAY = datetime(2024, 1, 1)
ROWS_AT_ONCE = 1_000
COMMON, RARE = "nice", "zebra"  # half of the cars have the one in their note, three have the other


def fill(count: int) -> None:
    """Write this many cars, within a gateway's context. Values follow from the number, so that two stocks are alike."""
    models = sorted(market.MARKET)
    cars: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    rare = (count // 4, count // 2, count * 3 // 4)
    for number in range(count):
        mixed = number * 7_919 % count  # in another order than the numbers
        make, model = models[mixed % len(models)]
        note = " ".join([COMMON] * (number // (12 * 7) % 2) + [RARE] * (number in rare))
        registration = f"{2010 + mixed % 14}-{1 + number % 12:02}"
        name = f"Customer{mixed % 977} Family{number % 1_009}"
        cars.append(
            {
                "sequence": number + 1, "id": f"{number:022}", "version": 1, "state": STATES[number % len(STATES)],
                "make": make, "model": model, "fuel": "petrol", "gearbox": "manual", "offer_type": "used",
                "first_registration": registration, "mileage_km": float(mixed * 13 % 200_000),
                "power_hp": 100.0, "price_eur": float(1_000 + mixed * 17 % 60_000), "price_is_own": True,
                "contact_name": name, "note": note, "created_at": FIRST_DAY + timedelta(minutes=number),
                "updated_at": FIRST_DAY,
            }
        )  # fmt: skip
        text = f"{make} {model} {registration} {name} {note} Petrol Manual Used"
        words += [{"word": word, "car": number + 1} for word in words_of(text)]
    with writing() as session:
        for table, rows in ((CarRow, cars), (CarWordRow, words)):
            for start in range(0, len(rows), ROWS_AT_ONCE):
                session.execute(insert(table), rows[start : start + ROWS_AT_ONCE])
