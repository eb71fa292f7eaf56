"""Prices by onnxruntime, for both services that stand before it."""

import os
from collections.abc import Sequence
from pathlib import Path

import onnxruntime

from tests.benchmarks.serving.peers.car import Car
from tests.benchmarks.serving.peers.vectors import Vectors

MODEL = Path(os.environ["BENCH_MODEL"])

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1  # a product this small is done before another thread has woken up
session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
vectors = Vectors(MODEL.with_suffix(".json"))


def price_of(car: Car) -> float:
    return float(session.run(None, {"vector": vectors.of_one(car)})[0][0, 0])


def prices_of(cars: Sequence[Car]) -> list[float]:
    prices: list[float] = session.run(None, {"vector": vectors.of_many(cars)})[0][:, 0].tolist()
    return prices
