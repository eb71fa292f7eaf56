"""Posting to a contender from here: to see that its prices are prices, and to send its batches."""

import http.client
import json
import time
from collections.abc import Sequence
from statistics import median

from local.errors import CannotGoOn
from local.settings import LOOPBACK
from local.stopping import StopRequest
from tests.benchmarks.serving.contenders import Contender

REPLY_WITHIN_S = 120.0
PRICES_WITHIN_S = 30.0
PAUSE_S = 0.2


def post(connection: http.client.HTTPConnection, path: str, body: str) -> tuple[int, bytes]:
    """Status and content. Raises CannotGoOn where there is no reply in time."""
    try:
        connection.request("POST", path, body.encode(), {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise CannotGoOn(f"port {connection.port} gave no reply: {error!r}")


def connect(contender: Contender) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(LOOPBACK, contender.port, timeout=REPLY_WITHIN_S)


def wait_for_price(contender: Contender, body: str, stop: StopRequest) -> None:
    """Until it prices a car, or the time for that is out. Our gateway is ready before it has seen the model server."""
    deadline = time.monotonic() + PRICES_WITHIN_S
    connection = connect(contender)
    while post(connection, contender.path, body)[0] != 200 and time.monotonic() < deadline:
        stop.check()
        time.sleep(PAUSE_S)
    connection.close()


def prices_eur(contender: Contender, bodies: Sequence[str]) -> list[float]:
    """Each car's price. Raises CannotGoOn for a reply that is none."""
    connection = connect(contender)
    prices = []
    for body in bodies:
        status, content = post(connection, contender.path, body)
        price = json.loads(content).get("price_eur") if status == 200 else None
        if not isinstance(price, float | int) or price <= 0:
            raise CannotGoOn(f"{contender.name} answered {status} to {body}: {content[:500].decode(errors='replace')}")
        prices.append(float(price))
    connection.close()
    return prices


def median_distance_percent(prices: Sequence[float], others: Sequence[float]) -> float:
    """How far apart the prices are that two give to the same cars."""
    return 100 * median(abs(price / other - 1) for price, other in zip(prices, others, strict=True))
