"""Prices batches by the gateway's own client, in the gateway's environment.

Run as: python -m tests.benchmarks.serving.our_batches URL CARD CARS ROWS...

Each of ROWS is one call, with the next so many lines of CARS. Prints as JSON the seconds, of the clock and of this
process' CPU, that the calls took, and those that it took to read the cars before, from JSON to checked vehicles.
"""

import json
import sys
import time
from collections.abc import Sequence
from datetime import date
from itertools import islice
from pathlib import Path

import orjson

from gateway.inference.client import InferenceClient
from model.schema.vehicle import Vehicle, parse_vehicle
from model.schema.vocabulary import Catalogue

DEADLINE_S = 60.0


def main(arguments: Sequence[str]) -> None:
    url, card_file, cars_file, *rows = arguments
    catalogue = _catalogue(json.loads(Path(card_file).read_text(encoding="utf-8")))
    with open(cars_file, encoding="utf-8") as lines:
        bodies = [f"[{','.join(islice(lines, int(count)))}]" for count in rows]
    client = InferenceClient(url, DEADLINE_S)
    client.infer(_read(bodies[0], catalogue)[:1], client.deadline())  # connects
    wall, cpu = time.monotonic(), time.process_time()
    calls = [_read(body, catalogue) for body in bodies]
    figures = {"reading_wall_s": time.monotonic() - wall, "reading_cpu_s": time.process_time() - cpu}
    wall, cpu = time.monotonic(), time.process_time()
    for vehicles in calls:
        priced = client.infer(vehicles, client.deadline())
        assert not priced.faults and min(priced.columns["support"]) > 0, "a version prices the cars of its own card"
    figures |= {"wall_s": time.monotonic() - wall, "cpu_s": time.process_time() - cpu}
    client.close()
    print(json.dumps(figures))


def _catalogue(card: dict) -> Catalogue:
    models: dict[str, list[str]] = {}
    for known in card["vocabulary"]:
        models.setdefault(known["make"], []).append(known["model"])
    return Catalogue(models)


def _read(body: str, catalogue: Catalogue) -> list[Vehicle]:
    cars = orjson.loads(body)
    return [parse_vehicle(car, date.fromisoformat(car["as_of"]), catalogue) for car in cars]


if __name__ == "__main__":
    main(sys.argv[1:])
