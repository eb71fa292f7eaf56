"""FastAPI and a scikit-learn pipeline loaded by joblib: what most would write first."""

import os

import joblib
from fastapi import FastAPI

from tests.benchmarks.serving.peers.car import Car, Price, Prices, frame

app = FastAPI()
pipeline = joblib.load(os.environ["BENCH_MODEL"])


@app.post("/price")
async def price(car: Car) -> Price:
    return Price(price_eur=pipeline.predict(frame([car]))[0])


@app.post("/batch")
async def batch(cars: list[Car]) -> Prices:
    return Prices(price_eur=pipeline.predict(frame(cars)).tolist())
