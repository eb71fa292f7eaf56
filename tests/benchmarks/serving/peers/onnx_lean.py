"""FastAPI and onnxruntime, as lean as those who use them can make it: pydantic reads the body's bytes itself."""

import orjson
from fastapi import FastAPI, Request, Response
from pydantic import TypeAdapter, ValidationError

from tests.benchmarks.serving.peers.car import Car
from tests.benchmarks.serving.peers.onnx_prices import price_of, prices_of

CARS = TypeAdapter(list[Car])

app = FastAPI()


@app.exception_handler(ValidationError)
def invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, ValidationError)
    return Response(error.json(), status_code=422, media_type="application/json")


@app.post("/price")
async def price(request: Request) -> Response:
    return _json({"price_eur": price_of(Car.model_validate_json(await request.body()))})


@app.post("/batch")
async def batch(request: Request) -> Response:
    return _json({"price_eur": prices_of(CARS.validate_json(await request.body()))})


def _json(content: dict) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
