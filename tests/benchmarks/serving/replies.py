"""Posting to a contender from here: to see that its prices are right, and to send its batches."""

import http.client
import json
import time
from collections.abc import Sequence

from local.errors import CannotGoOn
from local.settings import LOOPBACK
from local.stopping import StopRequest
from tests.benchmarks.serving.contenders import Contender
from tests.benchmarks.serving.wires import JSON, Car

REPLY_WITHIN_S = 120.0
PRICES_WITHIN_S = 30.0
PAUSE_S = 0.2
PIECE_BYTES = 65_536
# What float32 of a graph and cents of a reply may make of a price.
MOST_APART = 0.001


def post(
    connection: http.client.HTTPConnection, path: str, body: str, kind: str = JSON, token: str | None = None
) -> tuple[int, bytes]:
    """Status and content. Raises CannotGoOn where there is no reply in time."""
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        connection.request("POST", path, body.encode(), headers)
        response = connection.getresponse()
        content = bytearray()
        while piece := response.read(PIECE_BYTES):
            content += piece
        return response.status, bytes(content)
    except (OSError, http.client.HTTPException) as error:
        raise CannotGoOn(f"port {connection.port} gave no reply: {error!r}")


def connect(contender: Contender) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(LOOPBACK, contender.port, timeout=REPLY_WITHIN_S)


def wait_for_price(contender: Contender, car: Car, stop: StopRequest) -> None:
    """Until it prices a car, or the time for that is out. Our gateway is ready before it has seen the model server."""
    deadline = time.monotonic() + PRICES_WITHIN_S
    connection = connect(contender)
    body, token = contender.wire.one(car), contender.token_of_one
    while post(connection, contender.path, body, token=token)[0] != 200 and time.monotonic() < deadline:
        stop.check()
        time.sleep(PAUSE_S)
    connection.close()


def check_prices(contender: Contender, cars: Sequence[Car], right: Sequence[float]) -> float:
    """Ask for each car; by how much a price is off at most, as a share. Raises CannotGoOn where one is wrong."""
    connection = connect(contender)
    prices = []
    for car in cars:
        body = contender.wire.one(car)
        status, content = post(connection, contender.path, body, token=contender.token_of_one)
        if status != 200:
            raise CannotGoOn(f"{contender.name} answered {status} to {json.dumps(car)}: {content[:500]!r}")
        prices.append(contender.wire.price(content))
    connection.close()
    return check_right(contender, prices, right)


def check_right(contender: Contender, prices: Sequence[float], right: Sequence[float]) -> float:
    """By how much the prices are off at most, as a share. Raises CannotGoOn where one is wrong."""
    if len(prices) != len(right):
        raise CannotGoOn(f"{contender.name} gave {len(prices):,} prices to {len(right):,} cars.")
    worst = max(abs(price / wanted - 1) for price, wanted in zip(prices, right, strict=True))
    if not worst <= MOST_APART:
        raise CannotGoOn(f"{contender.name} gave prices that are off by {worst:.2%}: they are not of its model.")
    return worst
