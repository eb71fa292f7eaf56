"""Ports for tests' servers. Suites run beside each other: no port is another's, nor one that the system gives away."""

import socket
from collections.abc import Iterator
from functools import cache
from itertools import cycle

LOOPBACK = "127.0.0.1"
# Below 32,768, from where on Linux takes a port for each connection out.
BLOCKS = range(20_000, 32_000, 1_000)


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now; each is given again only after a thousand others."""
    return [next(_ours()) for _ in range(count)]


@cache
def _ours() -> Iterator[int]:
    """A block belongs to the process that listens on its first port, which it does until it ends."""
    for first in BLOCKS:
        if claim := _listen(first):
            return _unused(claim, cycle(range(first + 1, first + BLOCKS.step)))
    raise AssertionError(f"{len(BLOCKS)} processes with servers for tests run already")


def _unused(claim: socket.socket, ports: Iterator[int]) -> Iterator[int]:
    with claim:
        for port in ports:
            if listening := _listen(port):
                listening.close()
                yield port


def _listen(port: int) -> socket.socket | None:
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError:
        return None
