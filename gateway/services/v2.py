"""V2 inference requests: what MLServer would answer with 500 or with nonsense is refused or answered here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.errors import BadRequest
from gateway.inference.codec import Column, Priced
from gateway.inference.prices import Prices
from gateway.services.cards import Card, Cards
from gateway.services.limits import refusals
from gateway.services.pricing import price_by_card
from model.schema.features import FEATURES, OUTPUT_NAMES, UNPRICED, Feature
from model.schema.fields import LONGEST_WORD
from model.schema.vehicle import Vehicle
from model.schema.vocabulary import CLOSED_SETS

MOST_ROWS = 20_000
LONGEST_ID = 200


def price(prices: Prices, cards: Cards, vehicles: Sequence[Vehicle]) -> Priced:
    """Price vehicles of which the served version may not price some: those get support 0 and NaN for the rest.

    Those are cars that it has no market data for, as for a valuation. Makes and models are found by any spelling.

    They are not sent on: what the card says of them is enough.
    """

    def read(card: Card) -> tuple[list[Vehicle | None], list[Vehicle]]:
        found = [find_priced(vehicle, card) for vehicle in vehicles]
        return found, [vehicle for vehicle in found if vehicle is not None]

    found, priced, card = price_by_card(prices, cards, read, prices.deadline())
    if len(priced) == len(found):
        return priced
    columns = {name: _with_gaps(priced.columns[name], found, UNPRICED[name]) for name in OUTPUT_NAMES}
    return Priced(card.version, columns)


def _with_gaps(column: Column, found: Sequence[Vehicle | None], gap: float) -> Column:
    values = iter(column)
    return [gap if vehicle is None else next(values) for vehicle in found]


def find_priced(vehicle: Vehicle, card: Card) -> Vehicle | None:
    """The vehicle in the card's spelling, None where the version does not price it."""
    if (vehicle.make, vehicle.model) not in card.models:
        make = card.catalogue.find_make(vehicle.make)
        model = card.catalogue.find_model(make, vehicle.model) if make else None
        if make is None or model is None:
            return None
        vehicle = replace(vehicle, make=make, model=model)
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


def read_vehicles(body: Mapping[str, Any]) -> list[Vehicle]:
    """The vehicles of a V2 request: one tensor a feature, all of one length, words of the vocabulary.

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
    names = [feature.name for feature in FEATURES]
    if set(tensors) != set(names):
        raise BadRequest(f"the tensors must be {', '.join(names)}, no more and no fewer")
    columns = {feature.name: _column(feature, tensors[feature.name]) for feature in FEATURES}
    if len({len(column) for column in columns.values()}) > 1:
        raise BadRequest("the tensors must be of one length")
    return [Vehicle(*row) for row in zip(*(columns[name] for name in names), strict=True)]


def _column(feature: Feature, tensor: Mapping[str, Any]) -> list:
    name, data, shape = feature.name, tensor.get("data"), tensor.get("shape")
    if tensor.get("datatype") != feature.v2_datatype:
        raise BadRequest(f"{name}: the datatype must be {feature.v2_datatype}")
    if not isinstance(data, list) or not 1 <= len(data) <= MOST_ROWS:
        raise BadRequest(f"{name}: the data must be a flat list of 1 to {MOST_ROWS} values")
    if shape not in ([len(data)], [len(data), 1]):
        raise BadRequest(f"{name}: the shape must be [{len(data)}] or [{len(data)}, 1], as the data is")
    read = _word if feature.kind == "category" else _number
    return [read(feature, value, row) for row, value in enumerate(data)]


def _word(feature: Feature, value: object, row: int) -> str:
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= LONGEST_WORD:
        raise BadRequest(f"{feature.name}, row {row}: must be a text of 1 to {LONGEST_WORD} letters")
    if feature.name not in CLOSED_SETS:
        return value
    word = CLOSED_SETS[feature.name].find(value)
    if word is None:
        known = ", ".join(CLOSED_SETS[feature.name].words)
        raise BadRequest(f"{feature.name}, row {row}: {value!r} is not known; known: {known}")
    return word


def _number(feature: Feature, value: object, row: int) -> float:
    assert feature.bounds is not None, f"{feature.name} is a number and has bounds"
    low, high = feature.bounds
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadRequest(f"{feature.name}, row {row}: must be a number between {low:,.0f} and {high:,.0f}")
    return float(value)
