"""Vehicles to V2 tensors and V2 tensors to prices, with every check that a reply must pass to be believed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, isnan, nan
from operator import add, attrgetter, ge, le, sub, truediv

import orjson

from gateway.errors import ModelUnavailable
from model.schema.features import EFFECTS, FEATURES, MODEL_NAME, OUTPUT_NAMES, UNPRICED
from model.schema.vehicle import Vehicle

# base + effects = price holds to rounding of doubles; a reply further off mixes up its columns.
SUM_TOLERANCE = 1e-6
LONGEST_NAME = 100  # letters, of a name that is repeated or kept
GETTERS = [attrgetter(feature.name) for feature in FEATURES]
SUMMANDS = ("base_eur", *(effect.name for effect in EFFECTS))
PRICE_NAMES = tuple(name for name in OUTPUT_NAMES if name != "support")

Column = Sequence[float]


@dataclass(frozen=True)
class Columns:
    """Vehicles as a column of each of FEATURES, in their order: many go without an object a car.

    They are asked about in a call of their own, past whoever waits, unless they wait their turn as single cars do.
    """

    values: Sequence[Sequence]
    wait: bool = False

    def __len__(self) -> int:
        return len(self.values[0])

    def __iter__(self) -> Iterator[Vehicle]:
        return (Vehicle(*car) for car in zip(*self.values, strict=True))


Cars = Sequence[Vehicle] | Columns


@dataclass(frozen=True)
class Priced:
    """Prices by one version: a column of each of OUTPUTS, over the vehicles in the order that they were sent in.

    A vehicle that the version does not know has support 0 and NaN for the rest. faults are the rows that cannot be
    believed, each with the reason; their numbers mean nothing.
    """

    version: str
    columns: Mapping[str, Column]
    faults: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.columns["support"])

    def row(self, number: int) -> dict[str, float]:
        return {name: column[number] for name, column in self.columns.items()}

    def part(self, start: int, end: int) -> "Priced":
        """The rows from start to before end. Raises ModelUnavailable for one that cannot be believed."""
        for number, why in self.faults.items():
            if start <= number < end:
                raise _garbage(why)
        return Priced(self.version, {name: column[start:end] for name, column in self.columns.items()})


def unpriced(version: str, count: int) -> Priced:
    """As many vehicles that the version does not price."""
    return Priced(version, {name: [value] * count for name, value in UNPRICED.items()})


def encode(cars: Cars) -> bytes:
    """One V2 request for these cars: a tensor a feature."""
    shape = [len(cars), 1]
    columns = cars.values if isinstance(cars, Columns) else [list(map(getter, cars)) for getter in GETTERS]
    inputs = [
        {"name": feature.name, "datatype": feature.v2_datatype, "shape": shape, "data": column}
        for feature, column in zip(FEATURES, columns, strict=True)
    ]
    return orjson.dumps({"inputs": inputs})


def decode(content: bytes, count: int) -> Priced:
    """The prices of `count` vehicles. Raises ModelUnavailable for a reply that as a whole is not sound."""
    try:
        reply = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise _garbage("its answer is not JSON") from None
    if not isinstance(reply, dict) or not isinstance(outputs := reply.get("outputs"), list):
        raise _garbage("its answer is no V2 reply")
    if reply.get("model_name") != MODEL_NAME:
        raise _garbage(f"it answered as the model {str(reply.get('model_name'))[:LONGEST_NAME]!r}")
    version = reply.get("model_version")
    if not isinstance(version, str) or not 0 < len(version) <= LONGEST_NAME:
        raise _garbage("its answer names no version, or one without end")
    columns = dict(_column(tensor, count) for tensor in outputs)
    if len(outputs) != len(OUTPUT_NAMES) or any(name not in columns for name in OUTPUT_NAMES):
        raise _garbage("its answer lacks outputs, or has others")
    return Priced(version, columns, _faults(columns, count))


def _column(tensor: object, count: int) -> tuple[str, list[float]]:
    if not isinstance(tensor, dict):
        raise _garbage("its answer is no V2 reply")
    name, values = tensor.get("name"), tensor.get("data")
    if (
        not isinstance(name, str)
        or tensor.get("datatype") != "FP64"
        or tensor.get("shape") not in ([count], [count, 1])
        or not isinstance(values, list)
        or len(values) != count
    ):
        raise _garbage(f"its output {str(name)[:LONGEST_NAME]!r} has another type or shape than asked for")
    kinds = set(map(type, values))
    if kinds - {float}:
        if kinds - {float, int, type(None)}:
            raise _garbage(f"its output {name[:LONGEST_NAME]!r} holds what are no numbers")
        # JSON has no NaN: null says that there is none.
        values = [nan if value is None else float(value) for value in values]
    return name, values


def _faults(columns: Mapping[str, list[float]], count: int) -> dict[int, str]:
    """The rows that cannot be believed. All are looked at together: mostly there is none."""
    if count > 1 and all(_looks_sound(columns)):
        return {}
    rows = ({name: column[number] for name, column in columns.items()} for number in range(count))
    return {number: why for number, row in enumerate(rows) if (why := _fault(row)) is not None}


def _looks_sound(columns: Mapping[str, list[float]]) -> Iterator[bool]:
    """What _fault asks of one row, asked of whole columns: none passes that it would not let pass."""
    price, low, high = columns["price_eur"], columns["low_eur"], columns["high_eur"]
    for name in OUTPUT_NAMES:
        yield isfinite(sum(columns[name]))  # no sum with NaN or infinity in it is finite
    for name in ("support", "base_eur", "low_eur"):
        yield min(columns[name]) > 0
    yield all(map(le, low, price))
    yield all(map(ge, high, price))
    base, *effects = (columns[name] for name in SUMMANDS)
    totals: Iterable[float] = base
    for effect in effects:
        totals = map(add, totals, effect)
    yield max(map(truediv, map(abs, map(sub, totals, price)), price)) <= SUM_TOLERANCE / 2  # and not by rounding


def _fault(row: Mapping[str, float]) -> str | None:
    if row["support"] == 0.0:
        unpriced = all(isnan(row[name]) for name in PRICE_NAMES)
        return None if unpriced else "it priced a car that it has no listings of"
    if not all(map(isfinite, row.values())):
        return "its answer holds numbers that are none"
    price = row["price_eur"]
    if not (0 < row["low_eur"] <= price <= row["high_eur"] and row["support"] > 0 and row["base_eur"] > 0):
        return "its range does not hold its price"
    if abs(sum(row[name] for name in SUMMANDS) - price) > SUM_TOLERANCE * price:
        return "its reasons do not add up to its price"
    return None


def _garbage(what: str) -> ModelUnavailable:
    return ModelUnavailable("garbage", f"the model server cannot be believed: {what}")
