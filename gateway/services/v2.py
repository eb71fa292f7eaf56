"""V2 inference requests: what MLServer would answer with 500 or with nonsense is refused or answered here."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from math import isfinite
from typing import Any, TypeGuard

from gateway.errors import BadRequest
from gateway.inference.coalescer import MOST_VEHICLES
from gateway.inference.codec import Cars, Column, Columns, Priced
from gateway.inference.prices import Prices
from gateway.services.cards import Card, Cards
from gateway.services.limits import priced_up_to_years, refusals
from gateway.services.pricing import not_priced, price_by_card
from model.schema.features import FEATURES, OUTPUT_NAMES, UNPRICED, Feature
from model.schema.fields import LONGEST_WORD
from model.schema.vehicle import Vehicle
from model.schema.vocabulary import CLOSED_SETS

MOST_ROWS = 20_000
LONGEST_ID = 200
NAMES = tuple(feature.name for feature in FEATURES)
MAKE, MODEL, AGE = (NAMES.index(name) for name in ("make", "model", "age_years"))  # places among the columns
CLOSED = tuple((NAMES.index(name), name) for name in CLOSED_SETS)


def price(prices: Prices, cards: Cards, asked: Columns) -> Priced:
    """Price cars of which the served version may not price some: those get support 0 and NaN for the rest.

    Those are cars that it has no market data for, as for a valuation. Makes and models are found by any spelling.

    They are not sent on: what the card says of them is enough. Raises ModelUnavailable.
    """

    def read(card: Card) -> tuple[Sequence[int], Cars]:
        rows, cars = _priced_rows(asked, card)
        return rows, cars if len(cars) > MOST_VEHICLES else list(cars)  # few go together with others

    rows, priced, card = price_by_card(prices, cards, read, prices.deadline())
    if not all(priced.columns["support"]):
        raise not_priced(card)
    if len(rows) == len(asked):
        return priced
    columns = {name: _with_gaps(priced.columns[name], rows, len(asked), UNPRICED[name]) for name in OUTPUT_NAMES}
    return Priced(card.version, columns)


def _with_gaps(column: Column, rows: Sequence[int], count: int, gap: float) -> Column:
    values = [gap] * count
    for row, value in zip(rows, column, strict=True):
        values[row] = value
    return values


def _priced_rows(asked: Columns, card: Card) -> tuple[Sequence[int], Columns]:
    """The rows that the version prices, and their cars in the card's spelling."""
    rows, odd = range(len(asked)), _odd_rows(asked, card)
    if not odd:
        return rows, asked
    columns = [list(column) for column in asked.values]
    unpriced = set()
    for row in odd:
        vehicle = find_priced(Vehicle(*(column[row] for column in columns)), card)
        if vehicle is None:
            unpriced.add(row)
        else:
            columns[MAKE][row], columns[MODEL][row] = vehicle.make, vehicle.model
    priced = [row for row in rows if row not in unpriced]
    return priced, Columns([[column[row] for row in priced] for column in columns], wait=True)


def _odd_rows(asked: Columns, card: Card) -> list[int]:
    """The rows that are not priced as they stand. Whole columns are looked at first: mostly there is none."""
    makes, models = asked.values[MAKE], asked.values[MODEL]
    words = [(asked.values[place], card.words[name]) for place, name in CLOSED]
    ages, oldest = asked.values[AGE], priced_up_to_years(card)
    if (
        set(zip(makes, models, strict=True)) <= card.models.keys() and max(ages) <= oldest
        and all(known.issuperset(column) for column, known in words)
    ):  # fmt: skip
        return []
    return [
        row for row, (make, model, age, *own)
        in enumerate(zip(makes, models, ages, *(column for column, _ in words), strict=True))
        if (make, model) not in card.models or age > oldest
        or any(word not in known for word, (_, known) in zip(own, words, strict=True))
    ]  # fmt: skip


def find_priced(vehicle: Vehicle, card: Card) -> Vehicle | None:
    """The vehicle in the card's spelling, None where the version does not price it."""
    name = card.known_as(vehicle.make, vehicle.model)
    if name is None:
        return None
    vehicle = replace(vehicle, make=name[0], model=name[1])
    return None if refusals(vehicle, card) else vehicle


def read_outputs(body: Mapping[str, Any]) -> list[str]:
    """The outputs that a V2 request asks for, all of them where it names none. Raises BadRequest."""
    asked = body.get("outputs")
    if not asked:
        return list(OUTPUT_NAMES)
    if not isinstance(asked, list) or not all(isinstance(output, dict) for output in asked):
        raise BadRequest('"outputs" must be a list of objects with a name')
    names = [output.get("name") for output in asked]
    if any(name not in OUTPUT_NAMES or names.count(name) > 1 for name in names):
        raise BadRequest(f'"outputs" must name some of {", ".join(OUTPUT_NAMES)}, each once')
    return names


def read_id(body: Mapping[str, Any]) -> str | None:
    """The id of a V2 request, which its answer repeats. Raises BadRequest."""
    request_id = body.get("id")
    if request_id is None:
        return None
    if not isinstance(request_id, str) or not request_id.isprintable() or len(request_id) > LONGEST_ID:
        raise BadRequest(f'"id" must be a printable text of at most {LONGEST_ID} letters')
    return request_id


def read_cars(body: Mapping[str, Any]) -> Columns:
    """The cars of a V2 request: one tensor a feature, all of one length, words of the vocabulary.

    A make or model that no version knows passes: it is answered with support 0 and no price. Raises BadRequest.
    """
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(tensor, dict) for tensor in inputs):
        raise BadRequest('"inputs" must be a list of tensors')
    tensors: dict[str, Mapping[str, Any]] = {}
    for tensor in inputs:
        name = tensor.get("name")
        if not isinstance(name, str) or name in tensors:
            raise BadRequest("each tensor needs a name of its own")
        tensors[name] = tensor
    if set(tensors) != set(NAMES):
        raise BadRequest(f"the tensors must be {', '.join(NAMES)}, no more and no fewer")
    columns = [_column(feature, tensors[feature.name]) for feature in FEATURES]
    if len({len(column) for column in columns}) > 1:
        raise BadRequest("the tensors must be of one length")
    return Columns(columns, wait=True)


def _column(feature: Feature, tensor: Mapping[str, Any]) -> Sequence:
    name, data, shape = feature.name, tensor.get("data"), tensor.get("shape")
    if tensor.get("datatype") != feature.v2_datatype:
        raise BadRequest(f"{name}: the datatype must be {feature.v2_datatype}")
    if not isinstance(data, list) or not 1 <= len(data) <= MOST_ROWS:
        raise BadRequest(f"{name}: the data must be a flat list of 1 to {MOST_ROWS} values")
    if shape not in ([len(data)], [len(data), 1]):
        raise BadRequest(f"{name}: the shape must be [{len(data)}] or [{len(data)}, 1], as the data is")
    return _words(feature, data) if feature.kind == "category" else _numbers(feature, data)


def _words(feature: Feature, data: list) -> list[str]:
    """Each word is looked at once, however many rows have it."""
    with suppress(TypeError):  # a list or an object among them
        ours = {word: _our_word(feature, word) for word in set(data)}
        if None not in ours.values():
            as_written = all(word == our for word, our in ours.items())
            return data if as_written else [ours[word] for word in data]  # type: ignore[misc]
    row, value = next((row, value) for row, value in enumerate(data) if _our_word(feature, value) is None)
    if feature.name in CLOSED_SETS and _is_word(value):
        known = ", ".join(CLOSED_SETS[feature.name].words)
        raise BadRequest(f"{feature.name}, row {row}: {value!r} is not known; known: {known}")
    raise BadRequest(f"{feature.name}, row {row}: must be a text of 1 to {LONGEST_WORD} letters")


def _our_word(feature: Feature, value: object) -> str | None:
    if not _is_word(value):
        return None
    return CLOSED_SETS[feature.name].find(value) if feature.name in CLOSED_SETS else value


def _is_word(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= LONGEST_WORD


def _numbers(feature: Feature, data: list) -> list[float]:
    assert feature.bounds is not None, f"{feature.name} is a number and has bounds"
    low, high = feature.bounds
    kinds = set(map(type, data))
    # NaN may hide from min() and max(), and not from a sum.
    if kinds <= {int, float} and low <= min(data) and max(data) <= high and isfinite(sum(data)):
        return data if kinds == {float} else list(map(float, data))
    row = next(row for row, value in enumerate(data) if type(value) not in (int, float) or not low <= value <= high)
    raise BadRequest(f"{feature.name}, row {row}: must be a number between {low:,.0f} and {high:,.0f}")
