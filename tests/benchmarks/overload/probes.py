"""Who asks whether the process lives and is ready while it has more to do than it can, and how soon all is normal."""

import http.client
import threading
import time
from dataclasses import dataclass, field

from local.settings import LOOPBACK

EVERY_S = 0.1
PROBE_WITHIN_S = 5.0
NORMAL_IN_A_ROW = 20
GIVES_UP_S = 30.0


@dataclass
class Probes:
    """Asks /livez and /readyz in turn, each on a connection of its own as a kubelet does, while the block runs."""

    port: int
    latencies_s: list[float] = field(default_factory=list)
    failed: int = 0

    def __enter__(self) -> "Probes":
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._probe)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _probe(self) -> None:
        paths = ["/livez", "/readyz"]
        while not self._ended.wait(EVERY_S):
            paths.reverse()
            took_s = ask(self.port, "GET", paths[0])
            if took_s is None:
                self.failed += 1
            else:
                self.latencies_s.append(took_s)


def ask(port: int, method: str, path: str, body: bytes | None = None) -> float | None:
    """The seconds that an answer of 200 took; None for another one or none."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=PROBE_WITHIN_S)
    began_s = time.monotonic()
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        return time.monotonic() - began_s if response.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def seconds_to_normal(port: int, path: str, body: bytes, normal_s: float, over_s: float) -> float:
    """From the load's end until prices come as fast as they did when nobody else asked, and go on so."""
    since_s, in_a_row = time.monotonic(), 0
    while in_a_row < NORMAL_IN_A_ROW and time.monotonic() - over_s < GIVES_UP_S:
        took_s = ask(port, "POST", path, body)
        if took_s is not None and took_s <= normal_s:
            in_a_row += 1
        else:
            since_s, in_a_row = time.monotonic(), 0
    return since_s - over_s if in_a_row else GIVES_UP_S
