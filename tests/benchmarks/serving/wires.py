"""What each kind of server is sent for a car and for many, and where the prices stand in its replies."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from model.schema.age import age_years
from model.schema.features import FEATURES

Car = dict[str, Any]  # a body of POST /valuations
JSON, CSV = "application/json", "text/csv"


@dataclass(frozen=True)
class Wire:
    """one and many write bodies; price and prices read the replies, and raise what they like where there is none."""

    one: Callable[[Car], str]
    many: Callable[[Sequence[Car]], str]
    price: Callable[[bytes], float]
    prices: Callable[[bytes], list[float]]
    type_of_many: str = JSON


def features(cars: Sequence[Car]) -> dict[str, list]:
    """Columns as the model takes them: whoever asks a model server directly makes the ages himself."""
    columns = {feature.name: [car.get(feature.name) for car in cars] for feature in FEATURES}
    columns["age_years"] = [age_years(car["first_registration"], date.fromisoformat(car["as_of"])) for car in cars]
    return columns


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)


def _v2(cars: Sequence[Car]) -> str:
    columns = features(cars)
    inputs = [
        {
            "name": feature.name, "shape": [len(cars)], "datatype": feature.v2_datatype, "data": columns[feature.name],
        }
        for feature in FEATURES
    ]  # fmt: skip
    return _json({"parameters": {"content_type": "pd"}, "inputs": inputs})


def _v2_prices(content: bytes) -> list[float]:
    """Of our version its first output, of a scikit-learn model its only one."""
    outputs = json.loads(content)["outputs"]
    by_name = {output["name"]: output["data"] for output in outputs}
    prices: list[float] = by_name.get("price_eur") or outputs[0]["data"]
    return prices


def _dataframe_split(cars: Sequence[Car]) -> str:
    columns = features(cars)
    return _json({"dataframe_split": {"columns": list(columns), "data": list(zip(*columns.values(), strict=True))}})


def _csv(cars: Sequence[Car]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(cars[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(cars)
    return text.getvalue()


def _csv_prices(content: bytes) -> list[float]:
    lines = content.decode().splitlines()
    if not lines[-1].startswith("# summary,"):
        raise ValueError("the answer was cut off")
    return [float(row["price_eur"]) for row in csv.DictReader(lines[:-1])]


def _price_eur(content: bytes) -> Any:
    return json.loads(content)["price_eur"]


OURS = Wire(_json, _csv, _price_eur, _csv_prices, CSV)
CARS = Wire(_json, _json, _price_eur, _price_eur)
MLFLOW = Wire(
    one=lambda car: _dataframe_split([car]),
    many=_dataframe_split,
    price=lambda content: json.loads(content)["predictions"][0],
    prices=lambda content: json.loads(content)["predictions"],
)
V2 = Wire(one=lambda car: _v2([car]), many=_v2, price=lambda content: _v2_prices(content)[0], prices=_v2_prices)
BENTOML = Wire(
    one=lambda car: _json({"car": car}),
    many=lambda cars: _json({"cars": cars}),
    price=lambda content: json.loads(content),
    prices=lambda content: json.loads(content),
)
BENTOML_TOGETHER = Wire(
    one=lambda car: _json({"cars": [car]}), many=BENTOML.many, price=lambda content: json.loads(content)[0],
    prices=BENTOML.prices,
)  # fmt: skip
