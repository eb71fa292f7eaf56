"""Our coefficient table behind a bare ASGI app: no framework, no check but that the body is JSON. What is left of a
request when all that a product needs is taken away.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from model.schema.age import age_years
from model.schema.features import EFFECTS
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from model.table_reading import read_table

WORDS = ("make", "model", "fuel", "gearbox", "offer_type")
NUMBERS = ("mileage_km", "power_hp")
JSON = [(b"content-type", b"application/json")]

scorer = Scorer(read_table(Path(os.environ["BENCH_MODEL"]).read_text(encoding="utf-8")))


async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[dict]], send: Callable[..., Awaitable]) -> None:
    if scope["type"] != "http":
        return
    body = b"".join([part async for part in _parts(receive)])
    answer = _answer(scope["path"], body)
    # Numbers as they come from numpy: orjson writes them without a list in between.
    content = orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
    headers = [*JSON, (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _parts(receive: Callable[[], Awaitable[dict]]) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


def _answer(path: str, body: bytes) -> dict[str, Any]:
    if path == "/price":
        return price(orjson.loads(body))
    if path == "/batch":
        return batch(orjson.loads(body))
    return {}  # whoever asks whether it is there


def price(car: Mapping[str, Any]) -> dict[str, Any]:
    age = age_years(car["first_registration"], date.fromisoformat(car["as_of"]))
    vehicle = Vehicle(
        car["make"], car["model"], car["fuel"], car["gearbox"], car["offer_type"], age, car["mileage_km"],
        car["power_hp"],
    )  # fmt: skip
    return _reply(scorer.score_one(vehicle))


def batch(cars: list[Mapping[str, Any]]) -> dict[str, Any]:
    columns: dict[str, list] = {name: [car[name] for car in cars] for name in (*WORDS, *NUMBERS)}
    columns["age_years"] = [age_years(car["first_registration"], date.fromisoformat(car["as_of"])) for car in cars]
    return _reply(scorer.score(columns))


def _reply(scored: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "price_eur": scored["price_eur"],
        "range": {"low_eur": scored["low_eur"], "high_eur": scored["high_eur"]},
        "base_eur": scored["base_eur"],
        "effects": {effect.explains: scored[effect.name] for effect in EFFECTS},
    }
