"""The same table with more models: what a wider market costs to load and to price by."""

import copy
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from model.schema.features import EFFECTS, FEATURES
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from model.table_reading import read_table
from tests.benchmarks.serving.wires import Car, features

TIMES = (1, 4, 16)
BATCH = 2_500  # rows of a call, as the gateway sends a file
REPEATS = 5
ALONE = 1_000


@dataclass(frozen=True)
class Priced:
    models: int
    megabytes: float
    load_s: float
    alone_us: float  # of CPU
    batch_us: float  # of CPU, a row


def price_by_wider_tables(text: str, cars: Sequence[Car]) -> list[Priced]:
    columns = features(cars[:BATCH])
    values = [columns[feature.name][:ALONE] for feature in FEATURES]
    vehicles = [Vehicle(*car) for car in zip(*values, strict=True)]
    return [_price(_widened(text, times), columns, vehicles) for times in TIMES]


def _price(text: str, columns: dict[str, list], vehicles: Sequence[Vehicle]) -> Priced:
    began_s = time.process_time()
    table = read_table(text)
    scorer = Scorer(table)
    load_s = time.process_time() - began_s
    assert len(EFFECTS) and scorer.score_one(vehicles[0])["support"] > 0, "it still knows these cars"
    return Priced(
        len(table.models), len(text.encode()) / 1e6, load_s,
        _best_cpu_s(lambda: [scorer.score_one(vehicle) for vehicle in vehicles]) / len(vehicles) * 1e6,
        _best_cpu_s(lambda: scorer.score(columns)) / BATCH * 1e6,
    )  # fmt: skip


def _widened(text: str, times: int) -> str:
    """With every make there so many times, under other names."""
    document = json.loads(text)
    makes = sorted({known["make"] for known in document["models"]})
    names = {make: [f"{make} {number}" for number in range(2, times + 1)] for make in makes}
    for term in document["terms"]:
        if "make" in term["by"]:
            term["tree"] = _copied(term["tree"], term["by"].index("make"), names)
    for known in list(document["models"]):
        for name in names[known["make"]]:
            another = copy.deepcopy(known)
            another["make"] = another["typical"]["make"] = name
            document["models"].append(another)
    return json.dumps(document, ensure_ascii=False)


def _copied(tree: Any, depth: int, names: dict[str, list[str]]) -> Any:
    if not isinstance(tree, dict):
        return tree
    if depth:
        return {word: _copied(below, depth - 1, names) for word, below in tree.items()}
    return tree | {name: below for word, below in tree.items() for name in names.get(word, [])}


def _best_cpu_s(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(REPEATS):
        began_s = time.process_time()
        work()
        best = min(best, time.process_time() - began_s)
    return best
