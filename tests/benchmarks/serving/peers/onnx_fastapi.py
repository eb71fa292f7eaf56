"""FastAPI and onnxruntime, as lean as those who use them can make it: pydantic reads the body's bytes itself."""

import os
from pathlib import Path

import onnxruntime
import orjson
from fastapi import FastAPI, Request, Response
from pydantic import TypeAdapter, ValidationError

from tests.benchmarks.serving.peers.car import Car
from tests.benchmarks.serving.peers.vectors import Vectors

MODEL = Path(os.environ["BENCH_MODEL"])
CARS = TypeAdapter(list[Car])

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1  # a product this small is done before another thread has woken up
session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
vectors = Vectors(MODEL.with_suffix(".json"))
app = FastAPI()


@app.exception_handler(ValidationError)
def invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, ValidationError)
    return Response(error.json(), status_code=422, media_type="application/json")


@app.post("/price")
async def price(request: Request) -> Response:
    car = Car.model_validate_json(await request.body())
    prices = session.run(None, {"vector": vectors.of_one(car)})[0]
    return _json({"price_eur": float(prices[0, 0])})


@app.post("/batch")
async def batch(request: Request) -> Response:
    cars = CARS.validate_json(await request.body())
    prices = session.run(None, {"vector": vectors.of_many(cars)})[0]
    return _json({"price_eur": prices[:, 0].tolist()})


def _json(content: dict) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
