"""Vehicles to V2 tensors and V2 tensors to prices, with every check that a reply must pass to be believed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.errors import ModelUnavailable
from gateway.inference.v2_pb2 import ModelInferRequest, ModelInferResponse
from model.schema.features import EFFECTS, FEATURES, MODEL_NAME, OUTPUT_NAMES
from model.schema.vehicle import Vehicle

# base + effects = price holds to rounding of doubles; a reply further off mixes up its columns.
SUM_TOLERANCE = 1e-6
LONGEST_NAME = 100  # letters, of a name that is repeated or kept
EFFECT_NAMES = tuple(effect.name for effect in EFFECTS)


@dataclass(frozen=True)
class Priced:
    """One reply of the model server: the version that priced, and one mapping of OUTPUTS a vehicle.

    A vehicle that the version does not know has support 0 and NaN for the rest.
    """

    version: str
    rows: list[dict[str, float]]


def encode(vehicles: Sequence[Vehicle]) -> ModelInferRequest:
    """One V2 request for these vehicles: a tensor a feature."""
    request = ModelInferRequest(model_name=MODEL_NAME)
    for feature in FEATURES:
        column = [getattr(vehicle, feature.name) for vehicle in vehicles]
        tensor = request.inputs.add(name=feature.name, datatype=feature.v2_datatype, shape=[len(column), 1])
        if feature.kind == "category":
            tensor.contents.bytes_contents.extend(word.encode() for word in column)
        else:
            tensor.contents.fp64_contents.extend(column)
    return request


def decode(response: ModelInferResponse, count: int) -> Priced:
    """The prices of `count` vehicles. Raises ModelUnavailable for a reply that is not whole and sound."""
    if response.model_name != MODEL_NAME:
        raise _garbage(f"it answered as the model {response.model_name[:LONGEST_NAME]!r}")
    if not 0 < len(response.model_version) <= LONGEST_NAME:
        raise _garbage("its answer names no version, or one without end")
    columns = {}
    for tensor in response.outputs:
        values = tensor.contents.fp64_contents
        if tensor.datatype != "FP64" or list(tensor.shape) not in ([count], [count, 1]) or len(values) != count:
            raise _garbage(f"its output {tensor.name[:LONGEST_NAME]!r} has another type or shape than asked for")
        columns[tensor.name] = values
    if len(response.outputs) != len(OUTPUT_NAMES) or any(name not in columns for name in OUTPUT_NAMES):
        raise _garbage("its answer lacks outputs, or has others")
    rows = [
        dict(zip(OUTPUT_NAMES, values, strict=True))
        for values in zip(*(columns[name] for name in OUTPUT_NAMES), strict=True)
    ]
    for row in rows:
        _check(row)
    return Priced(response.model_version, rows)


def _check(row: dict[str, float]) -> None:
    if row["support"] == 0.0:
        if not all(math.isnan(value) for name, value in row.items() if name != "support"):
            raise _garbage("it priced a car that it has no listings of")
        return
    if not all(math.isfinite(value) for value in row.values()):
        raise _garbage("its answer holds numbers that are none")
    price = row["price_eur"]
    if not (0 < row["low_eur"] <= price <= row["high_eur"] and row["support"] > 0 and row["base_eur"] > 0):
        raise _garbage("its range does not hold its price")
    total = row["base_eur"] + sum(row[name] for name in EFFECT_NAMES)
    if abs(total - price) > SUM_TOLERANCE * price:
        raise _garbage("its reasons do not add up to its price")


def _garbage(what: str) -> ModelUnavailable:
    return ModelUnavailable("garbage", f"the model server cannot be believed: {what}")
