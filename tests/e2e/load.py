"""A steady stream of valuations, each answer checked against the table of the version that it names."""

import http.client
import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from model.schema.vehicle import parse_vehicle
from model.scorer import Scorer
from model.table_reading import read_table

TABLE = Path("artifacts", "table.json")  # in a version's folder
THREADS = 24
ANSWERS_WITHIN_S = 30
GOLF = (("Volkswagen", "Golf"),)
# A canary gets its share of the models: enough of them that some are among the first.
COMMON = (
    *GOLF, ("Volkswagen", "Polo"), ("Volkswagen", "Tiguan"), ("Audi", "A3"), ("Audi", "A4"), ("BMW", "118"),
    ("BMW", "320"), ("Opel", "Astra"), ("Opel", "Corsa"), ("Skoda", "Octavia"), ("Skoda", "Fabia"), ("SEAT", "Ibiza"),
    ("SEAT", "Leon"), ("Renault", "Clio"), ("Peugeot", "208"), ("Peugeot", "308"), ("Kia", "Picanto"),
    ("Volvo", "XC60"), ("Mazda", "3"), ("Nissan", "Juke"), ("Nissan", "Qashqai"), ("Toyota", "Yaris"),
    ("Toyota", "Aygo"), ("MINI", "Cooper"),
)  # fmt: skip
CENT = 0.006  # and what is lost in writing it


@dataclass
class Load:
    """What was asked and answered: cars with statuses and bodies. `late` says by how much the sender was at most."""

    answers: list[tuple[dict[str, Any], int, dict[str, Any]]] = field(default_factory=list)
    late_s: float = 0.0

    def statuses(self) -> Counter[int]:
        return Counter(status for _, status, _ in self.answers)

    def versions(self) -> list[str]:
        """The versions that answered, in the order of their first answer."""
        return list(dict.fromkeys(body["model"]["version"] for _, status, body in self.answers if status == 200))

    def wrong(self, tables: Mapping[str, Path]) -> list[str]:
        """Answers whose price is not what the version that they name gives, by the folders of its files."""
        scorers = {version: Scorer(read_table((folder / TABLE).read_text())) for version, folder in tables.items()}
        found = []
        for car, status, body in self.answers:
            if status != 200:
                continue
            vehicle = parse_vehicle(car, date.fromisoformat(car["as_of"]))
            price = scorers[body["model"]["version"]].score_one(vehicle)["price_eur"]
            if abs(price - body["price_eur"]) > CENT:
                found.append(f"{body['model']} gives {price:.2f}, answered {body['price_eur']}: {car}")
        return found


@contextmanager
def steady(port: int, per_second: float, models: Sequence[tuple[str, str]] = GOLF) -> Iterator[Load]:
    """Asks from many connections until the block ends; every question that was sent is answered then."""
    load, due = Load(), queue.Queue[float | None]()
    stopped = threading.Event()
    cars = _cars(np.random.default_rng(0), models)
    lock = threading.Lock()

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERS_WITHIN_S)
        while (at := due.get()) is not None:
            with lock:
                car = next(cars)
                load.late_s = max(load.late_s, time.monotonic() - at)
            try:
                connection.request("POST", "/api/v1/valuations", json.dumps(car), {"Content-Type": "application/json"})
                answer = connection.getresponse()
                status, body = answer.status, json.loads(answer.read())
            except (OSError, ValueError, http.client.HTTPException) as error:
                connection.close()
                status, body = 0, {"error": repr(error)}
            with lock:
                load.answers.append((car, status, body))
        connection.close()

    def pace() -> None:
        begun, sent = time.monotonic(), 0
        while not stopped.wait(max(0.0, begun + sent / per_second - time.monotonic())):
            due.put(time.monotonic())
            sent += 1

    senders = [threading.Thread(target=send) for _ in range(THREADS)]
    pacer = threading.Thread(target=pace)
    for each in (*senders, pacer):
        each.start()
    try:
        yield load
    finally:
        stopped.set()
        pacer.join()
        for _ in senders:
            due.put(None)
        for each in senders:
            each.join()


def _cars(rng: np.random.Generator, models: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Cars that differ, so that hardly any price is kept from before."""
    while True:
        make, model = models[int(rng.integers(len(models)))]
        yield {
            "make": make, "model": model, "fuel": str(rng.choice(["petrol", "diesel"])),
            "gearbox": str(rng.choice(["manual", "automatic"])), "offer_type": "used",
            "first_registration": f"{rng.integers(2016, 2025)}-{rng.integers(1, 13):02}",
            "mileage_km": int(rng.integers(5_000, 150_000)), "power_hp": int(rng.integers(90, 200)),
            "as_of": "2026-06-01",
        }  # fmt: skip
