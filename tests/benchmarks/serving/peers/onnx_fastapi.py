"""FastAPI and onnxruntime, as FastAPI's own pages write a service: typed models in and out."""

from fastapi import FastAPI

from tests.benchmarks.serving.peers.car import Car, Price, Prices
from tests.benchmarks.serving.peers.onnx_prices import price_of, prices_of

app = FastAPI()


@app.post("/price")
async def price(car: Car) -> Price:
    return Price(price_eur=price_of(car))


@app.post("/batch")
async def batch(cars: list[Car]) -> Prices:
    return Prices(price_eur=prices_of(cars))
