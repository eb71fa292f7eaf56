"""FastAPI and a scikit-learn pipeline loaded by joblib: what most would write first."""

import os

import joblib
import numpy as np
from fastapi import FastAPI

from tests.benchmarks.serving.peers.car import Car, Price, Prices, frame
from tests.benchmarks.serving.peers.pipeline import add_features

app = FastAPI()
pipeline = joblib.load(os.environ["BENCH_MODEL"])


@app.post("/price")
async def price(car: Car) -> Price:
    return Price(price_eur=predict([car])[0])


@app.post("/batch")
async def batch(cars: list[Car]) -> Prices:
    return Prices(price_eur=predict(cars))


def predict(cars: list[Car]) -> list[float]:
    return np.exp(pipeline.predict(add_features(frame(cars)))).tolist()
