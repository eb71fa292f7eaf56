"""A batch's cars, read by a version's card: what was understood once is known by how it was written.

A row that is in any way unlike those before it is read as POST /valuations reads it, and so told the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from operator import le
from typing import TypeVar

from gateway.errors import InvalidFields
from gateway.inference.codec import Columns
from gateway.services.batch_columns import DATES, WORDS
from gateway.services.batch_rows import Rows
from gateway.services.cards import Card
from gateway.services.limits import market_is_old, unlimited
from gateway.services.valuations import ASKING_PRICE_BOUNDS_EUR, Asked, read_asked
from model.schema.features import FEATURE, FEATURES
from model.schema.listing import POWER_COLUMNS

MOST_KNOWN = 20_000  # ways to write something, of each kind

Item = TypeVar("Item")


@dataclass(frozen=True)
class BatchCars:
    """The cars among some rows, in their order; errors are the rows that are none, each with all that is wrong."""

    count: int  # of the rows
    columns: Columns
    confidences: Sequence[str]
    askings_eur: Sequence[float | None] | None
    errors: dict[int, str]

    def places(self) -> list[int]:
        """The row of each car."""
        return [row for row in range(self.count) if row not in self.errors]


class CarReader:
    """Reads rows by one card, as of one day. Safe to share between threads."""

    def __init__(self, card: Card, today: date) -> None:
        self.card = card
        self.today = today
        # As written -> our words, and the bounds of limits.unlimited().
        self._words: dict[tuple, tuple] = {}
        self._ages: dict[tuple, tuple[float, bool]] = {}  # as written -> years, whether the market is old by then
        self._powers: dict[tuple, float] = {}

    def read(self, rows: Rows) -> BatchCars:
        written = [list(zip(*(rows.columns[name] for name in names), strict=True))
                   for names in (WORDS, DATES, POWER_COLUMNS)]  # fmt: skip
        words: list = list(map(self._words.get, written[0]))
        ages: list = list(map(self._ages.get, written[1]))
        powers: list = list(map(self._powers.get, written[2]))
        mileages, askings = list(rows.columns["mileage_km"]), list(rows.columns["asking_price_eur"])
        errors = dict(rows.faults)
        for row in self._strange(words, ages, powers, mileages, askings):
            if row in errors:
                continue
            asked = self._ask(rows, row, errors)
            if asked is not None:
                words[row], ages[row], powers[row] = self._learn(asked, *(keys[row] for keys in written))
                mileages[row], askings[row] = asked.vehicle.mileage_km, asked.asking_price_eur
        if errors:
            good = [row for row in range(len(rows)) if row not in errors]
            words, ages, powers, mileages, askings = (
                [column[row] for row in good] for column in (words, ages, powers, mileages, askings)
            )
        return self._cars(len(rows), words, ages, powers, mileages, askings, errors)

    def _strange(self, words: list, ages: list, powers: list, mileages: Sequence, askings: Sequence) -> list[int]:
        """The rows that are not known as they are written."""
        low_km, high_km = FEATURE["mileage_km"].bounds or (0.0, 0.0)
        low_eur, high_eur = ASKING_PRICE_BOUNDS_EUR
        plain = (
            None not in words and None not in ages and None not in powers
            and all(map(le, repeat(low_km), mileages)) and all(map(le, mileages, repeat(high_km)))
            and all(asking is None or low_eur <= asking <= high_eur for asking in set(askings))
        )  # fmt: skip
        if plain:
            return []
        return [
            row for row, (word, age, power, mileage, asking)
            in enumerate(zip(words, ages, powers, mileages, askings, strict=True))
            if word is None or age is None or power is None or not low_km <= mileage <= high_km
            or not (asking is None or low_eur <= asking <= high_eur)
        ]  # fmt: skip

    def _ask(self, rows: Rows, row: int, errors: dict[int, str]) -> Asked | None:
        """Read one row as POST /valuations would; None after noting what is wrong with it."""
        raw, instead = rows.raw(row)
        try:
            return read_asked(raw, self.today, self.card)
        except InvalidFields as problem:
            violations = [instead.get(violation.field, violation) for violation in problem.errors]
            errors[row] = InvalidFields(violations).detail
            return None

    def _learn(self, asked: Asked, words: tuple, dates: tuple, power: tuple) -> tuple[tuple, tuple, float]:
        vehicle = asked.vehicle
        ours = (*(getattr(vehicle, name) for name in WORDS), *unlimited(vehicle, self.card))
        age = (vehicle.age_years, market_is_old(asked.as_of, self.card))
        _keep(self._words, words, ours)
        _keep(self._ages, dates, age)
        _keep(self._powers, power, vehicle.power_hp)
        return ours, age, vehicle.power_hp

    def _cars(
        self, count: int, words: list[tuple], ages: list[tuple], powers: list, mileages: Sequence, askings: Sequence,
        errors: dict[int, str],
    ) -> BatchCars:  # fmt: skip
        if not words:
            return BatchCars(count, Columns([[] for _ in FEATURES]), [], None, errors)
        by_word = list(zip(*words, strict=True))
        years, old = zip(*ages, strict=True)
        confidences = [
            "high" if low_age <= age <= high_age and low_km <= mileage <= high_km and low_hp <= power <= high_hp
            and not is_old else "low"
            for low_age, high_age, low_km, high_km, low_hp, high_hp, age, mileage, power, is_old
            in zip(*by_word[len(WORDS):], years, mileages, powers, old, strict=True)
        ]  # fmt: skip
        columns = Columns([*by_word[: len(WORDS)], years, mileages, powers])
        return BatchCars(count, columns, confidences, None if set(askings) == {None} else askings, errors)


def _keep(known: dict[tuple, Item], written: tuple, meant: Item) -> None:
    if len(known) >= MOST_KNOWN:
        known.clear()
    known[written] = meant
