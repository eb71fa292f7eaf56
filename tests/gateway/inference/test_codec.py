"""The codec: what a request looks like on the wire, and what a reply must be to be believed, row by row."""

import json
import math
from collections.abc import Mapping
from random import Random
from typing import Any

import numpy as np
import pytest

from gateway.errors import ModelUnavailable
from gateway.inference.codec import Priced, decode, encode, unpriced
from model.schema.features import CATEGORIES, EFFECTS, FEATURES, MODEL_NAME, OUTPUT_NAMES
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from tests.gateway import market

GOLF = Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", 4.3, 48_500.0, 150.0)
I3 = Vehicle("BMW", "i3", "electric", "automatic", "used", 4.0, 35_000.0, 170.0)
TRABANT = Vehicle("Trabant", "601", "petrol", "manual", "used", 5.0, 50_000.0, 26.0)

Rows = list[dict[str, Any]]


def rows_of(vehicles: list[Vehicle]) -> Rows:
    scorer = Scorer(market.table())
    return [scorer.score_one(vehicle) for vehicle in vehicles]


def reply_of(rows: Rows, version: str = "1") -> bytes:
    """A reply as MLServer writes one: null for NaN."""
    outputs = [
        {
            "name": name,
            "shape": [len(rows), 1],
            "datatype": "FP64",
            "data": [None if math.isnan(row[name]) else row[name] for row in rows],
        }
        for name in OUTPUT_NAMES
    ]
    return json.dumps({"model_name": MODEL_NAME, "model_version": version, "outputs": outputs}).encode()


def test_a_request_is_one_tensor_a_feature() -> None:
    """Named, typed and ordered as the schema has them; a column of a row a vehicle."""
    # given two vehicles, when they are written
    request = json.loads(encode([GOLF, I3]))
    # then there is a tensor a feature, and nothing else
    assert list(request) == ["inputs"]
    assert request["inputs"] == [
        {
            "name": feature.name,
            "datatype": "BYTES" if feature.name in CATEGORIES else "FP64",
            "shape": [2, 1],
            "data": [getattr(GOLF, feature.name), getattr(I3, feature.name)],
        }
        for feature in FEATURES
    ]


@pytest.mark.parametrize("word", ["Škoda", "it's \"quoted\"", "back\\slash", "ℝ\U0001f697", "\u2028"])
@pytest.mark.parametrize("number", [0.1 + 0.2, 5e-324, 1.7976931348623157e308, 1 / 3, -0.0])
def test_a_request_keeps_every_letter_and_every_bit(word: str, number: float) -> None:
    """Nothing is rounded or escaped away."""
    # given a vehicle of odd words and numbers, when it is written and read
    vehicle = Vehicle(word, word, "petrol", "manual", "used", number, number, number)
    data = [tensor["data"][0] for tensor in json.loads(encode([vehicle]))["inputs"]]
    # then it is the same
    assert Vehicle(*data) == vehicle


def test_a_reply_keeps_every_bit() -> None:
    """Prices are the model's doubles, in the order that was asked."""
    # given a reply, when it is read
    rows = rows_of([GOLF, I3])
    priced = decode(reply_of(rows, "7"), 2)
    # then each row is the model's
    assert (priced.version, len(priced), priced.faults) == ("7", 2, {})
    assert [priced.row(0), priced.row(1)] == rows
    assert tuple(priced.row(0)) == OUTPUT_NAMES


def same(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """NaN is NaN here."""
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)


def test_null_is_nan_for_a_car_without_a_price() -> None:
    """JSON has no NaN. The cars beside an unknown one have their prices."""
    # given a reply with a car that the version does not know, when it is read
    rows = rows_of([GOLF, TRABANT, I3])
    priced = decode(reply_of(rows), 3)
    # then it has support 0 and no number, and the others have theirs
    assert priced.faults == {}
    assert all(same(priced.row(number), rows[number]) for number in range(3))
    assert same(priced.part(1, 2).row(0), unpriced("1", 1).row(0))


def test_a_part_is_its_rows() -> None:
    """Who asked together with others gets his own."""
    # given a reply to three vehicles, when a part of it is taken, then it is these rows
    rows = rows_of([GOLF, I3, GOLF])
    part = decode(reply_of(rows, "7"), 3).part(1, 3)
    assert (part.version, len(part)) == ("7", 2)
    assert [part.row(0), part.row(1)] == rows[1:]


def test_nothing_is_priced_by_nobody() -> None:
    """As many rows as asked for, none of which could pass for a price."""
    # given two vehicles that are not priced, when they are read, then there is no number
    priced = unpriced("7", 2)
    assert (priced.version, len(priced)) == ("7", 2)
    assert priced.row(1)["support"] == 0.0
    assert all(math.isnan(value) for name, value in priced.row(1).items() if name != "support")


BAD_ROWS: dict[str, dict[str, Any]] = {
    "no price": {"price_eur": math.nan},
    "no range": {"low_eur": math.nan},
    "no effect": {"effect_power": math.nan},
    "no support known": {"support": math.nan},
    "no support": {"support": 0.0},
    "negative support": {"support": -1.0},
    "price of nothing": {"price_eur": 0.0},
    "negative base": {"base_eur": -1.0},
    "range above": {"low_eur": 1e9},
    "range below": {"high_eur": 1.0},
    "range from nothing": {"low_eur": 0.0},
    "no sum": {"effect_age": 123_456.0},
}


@pytest.mark.parametrize("bad", BAD_ROWS.values(), ids=BAD_ROWS)
@pytest.mark.parametrize("neighbour", [GOLF, TRABANT], ids=["priced", "unknown"])
def test_a_bad_row_is_its_own_fault(bad: dict[str, Any], neighbour: Vehicle) -> None:
    """Rows are judged one by one, whatever stands beside them."""
    # given a reply of three rows, the second of which is not sound
    rows = rows_of([GOLF, I3, neighbour])
    rows[1] |= bad
    # when it is read, then that one alone cannot be had
    priced = decode(reply_of(rows), 3)
    assert set(priced.faults) == {1}
    assert priced.part(0, 1).row(0) == rows[0]
    assert same(priced.part(2, 3).row(0), rows[2])
    for start, end in ((1, 2), (0, 2), (1, 3), (0, 3)):
        with pytest.raises(ModelUnavailable) as failure:
            priced.part(start, end)
        assert failure.value.cause == "garbage"


def test_rows_are_judged_alike_alone_and_in_a_batch() -> None:
    """Law: a batch has the faults that its rows have alone, in whatever company."""
    # given rows of which many are changed at random
    random = Random(20_260_702)
    values = (math.nan, 0.0, -1.0, 1.0, 1e9, 1e308, -0.0)
    for _ in range(200):
        rows = rows_of([random.choice([GOLF, I3, TRABANT]) for _ in range(6)])
        for row in rows:
            if random.random() < 0.3:
                row[random.choice(OUTPUT_NAMES)] = random.choice(values)
        # when they are read together and alone, then the same ones are at fault
        together = decode(reply_of(rows), 6).faults
        assert set(together) == {number for number, row in enumerate(rows) if decode(reply_of([row]), 1).faults}


@pytest.mark.parametrize("off", [-1, 1], ids=["below", "above"])
@pytest.mark.parametrize(("share", "believed"), [(1e-9, True), (1e-5, False)])
def test_reasons_add_up_to_rounding(off: int, share: float, believed: bool) -> None:
    """What doubles lose in adding is no fault; a cent in a thousand euros is one."""
    # given a row whose sum is off by a share of the price, when it is read, then that is rounding or it is not
    row = rows_of([GOLF])[0]
    row[EFFECTS[0].name] += off * share * row["price_eur"]
    assert (decode(reply_of([row]), 1).faults == {}) is believed


@pytest.mark.parametrize("count", [0, 1, 3])
def test_another_number_of_rows_is_no_reply(count: int) -> None:
    """A reply of more or fewer rows mixes up the cars."""
    # given a reply of two rows, when it is read as one of another number, then it is refused as a whole
    with pytest.raises(ModelUnavailable) as failure:
        decode(reply_of(rows_of([GOLF, I3])), count)
    assert failure.value.cause == "garbage"


def test_numbers_without_a_point_are_numbers() -> None:
    """JSON has one kind of number: who writes 120 means 120.0."""
    # given a support and a price that are whole numbers, when they are read, then they are doubles
    row = {**rows_of([GOLF])[0], **{effect.name: 0 for effect in EFFECTS}}
    row |= {"support": 120, "price_eur": 9_000, "base_eur": 9_000, "low_eur": 8_000, "high_eur": 10_000}
    read: Priced = decode(reply_of([row]), 1)
    assert read.faults == {} and read.row(0) == row
    assert all(isinstance(value, float) for value in read.row(0).values())
