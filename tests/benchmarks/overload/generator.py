"""An open loop: requests are due by the clock, whatever became of those before.

Run as: python -m tests.benchmarks.overload.generator PORT PATH BODIES PER_SECOND SECONDS CONNECTIONS

One that is due while no connection is free is not sent, and counted. Prints as JSON: due, unsent, broken, and by status
how many and their latencies' p50, p99 and maximum in ms, from when they were due.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import uvloop

from local.settings import LOOPBACK

TICK_S = 0.0005
MOST_LEFT_S = 10.0  # for the last answers
LENGTH = b"content-length: "


class OpenLoop:
    def __init__(self, port: int, requests: Sequence[bytes], per_second: float, seconds: float) -> None:
        self.unsent = self.broken = self.due = 0
        self.latencies_s: dict[int, list[float]] = defaultdict(list)
        self.idle: deque[_Connection] = deque()
        self.waiting = 0
        self._port = port
        self._requests = requests
        self._per_second = per_second
        self._seconds = seconds

    async def run(self, connections: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            await self.connect(loop)
        began_s = time.monotonic()
        while (passed_s := time.monotonic() - began_s) < self._seconds:
            wanted = int(passed_s * self._per_second)
            while self.due < wanted:
                self._send(began_s + self.due / self._per_second)
            await asyncio.sleep(TICK_S)
        until_s = time.monotonic() + MOST_LEFT_S
        while self.waiting and time.monotonic() < until_s:
            await asyncio.sleep(TICK_S)
        self.broken += self.waiting

    async def connect(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            await loop.create_connection(lambda: _Connection(self), LOOPBACK, self._port)
        except OSError:
            self.broken += 1

    def _send(self, due_s: float) -> None:
        request = self._requests[self.due % len(self._requests)]
        self.due += 1
        if not self.idle:
            self.unsent += 1
            return
        self.waiting += 1
        self.idle.popleft().send(request, due_s)


class _Connection(asyncio.Protocol):
    """One kept connection; of an answer it reads the status and the length."""

    def __init__(self, loop: OpenLoop) -> None:
        self._loop = loop
        self._received = b""
        self._due_s: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._loop.idle.append(self)

    def send(self, request: bytes, due_s: float) -> None:
        self._due_s = due_s
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or self._due_s is None:
            return
        lower = head.lower()
        length = int(lower[lower.index(LENGTH) + len(LENGTH) :].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._loop.latencies_s[int(head[9:12])].append(time.monotonic() - self._due_s)
        self._received, self._due_s = b"", None
        self._loop.waiting -= 1
        self._loop.idle.append(self)

    def connection_lost(self, error: Exception | None) -> None:
        if self._due_s is not None:
            self._loop.waiting -= 1
            self._loop.broken += 1
        else:
            self._loop.idle.remove(self)
        asyncio.ensure_future(self._loop.connect(asyncio.get_running_loop()))


def main(arguments: Sequence[str]) -> None:
    port, path, bodies, per_second, seconds, connections = arguments
    requests = [_request(path, line.encode()) for line in Path(bodies).read_text(encoding="utf-8").splitlines()]
    loop = OpenLoop(int(port), requests, float(per_second), float(seconds))
    uvloop.run(loop.run(int(connections)))
    by_status = {str(status): _figures(found) for status, found in sorted(loop.latencies_s.items())}
    print(json.dumps({"due": loop.due, "unsent": loop.unsent, "broken": loop.broken, "by_status": by_status}))


def _request(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _figures(latencies_s: list[float]) -> dict[str, float]:
    ordered = sorted(latencies_s)
    return {
        "count": len(ordered),
        "p50_ms": ordered[len(ordered) // 2] * 1e3,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1e3,
        "most_ms": ordered[-1] * 1e3,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
