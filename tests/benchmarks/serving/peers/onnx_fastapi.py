"""FastAPI and onnxruntime, as FastAPI's own pages write a service: typed models in and out."""

from fastapi import FastAPI
from pydantic import BaseModel

from tests.benchmarks.serving.peers.car import Car
from tests.benchmarks.serving.peers.onnx_prices import price_of, prices_of

app = FastAPI()


class Price(BaseModel):
    price_eur: float


class Prices(BaseModel):
    price_eur: list[float]


@app.post("/price")
async def price(car: Car) -> Price:
    return Price(price_eur=price_of(car))


@app.post("/batch")
async def batch(cars: list[Car]) -> Prices:
    return Prices(price_eur=prices_of(cars))
