"""A gateway as a process of its own, over real sockets."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from email.message import Message
from pathlib import Path
from typing import Any

from gateway.config import variable
from gateway.serving import DRAIN_S
from tests.gateway.fake_model_server import LOOPBACK, closed_port
from tests.gateway.gateways import GOLF, VALUATIONS

STARTS_WITHIN_S = 60.0
ANSWER_WITHIN_S = 15.0
LOOKS_EVERY_S = 0.05
BODY = json.dumps(GOLF).encode()
JSON = {"Content-Type": "application/json"}


class ServedGateway:
    """`dealership-gateway serve` with these settings, on free ports."""

    def __init__(self, log: Path, environment: Mapping[str, str] | None = None, **settings: Any) -> None:
        self.port, self.metrics_port = closed_port(), closed_port()
        self.body = BODY  # of a car that its market knows
        self.database_url = str(settings["database_url"])
        settings = {"port": self.port, "metrics_port": self.metrics_port, "probe_interval_s": 0.2, **settings}
        ours = {variable(name): str(value) for name, value in settings.items()}
        self._environment = {**os.environ, **ours, **(environment or {})}
        self._log = log
        self._process: subprocess.Popen | None = None

    def start(self, readyz: int = 200) -> None:
        """Returns when /readyz answers so."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([sys.executable, "-m", "gateway.cli", "serve"], env=self._environment,
                                             stdout=log, stderr=log, start_new_session=True)  # fmt: skip
        assert self.comes_to_answer("GET", "/readyz", status=readyz, within_s=STARTS_WITHIN_S), self._log.read_text()

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = JSON
    ) -> tuple[int, str]:
        """Status and text; raises what http.client raises."""
        status, _, text = self.exchange(method, path, body, headers)
        return status, text

    def exchange(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = JSON
    ) -> tuple[int, Message, str]:
        """The same with the answer's headers between the two."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=ANSWER_WITHIN_S)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()
        finally:
            connection.close()

    def value(self) -> int:
        """The status of a valuation."""
        return self.ask("POST", VALUATIONS, self.body)[0]

    def comes_to_answer(self, method: str, path: str, body: bytes | None = None, *, status: int = 200,
                        within_s: float = 10.0) -> bool:  # fmt: skip
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s:
            try:
                if self.ask(method, path, body)[0] == status:
                    return True
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(LOOKS_EVERY_S)
        return False

    def comes_to_price(self, within_s: float = 10.0) -> bool:
        return self.comes_to_answer("POST", VALUATIONS, self.body, within_s=within_s)

    def answered(self) -> Counter[int]:
        """The statuses of all valuations that it says to have answered, since it was first started."""
        lines = [json.loads(line) for line in self._log.read_text().splitlines() if '"event":"request"' in line]
        return Counter(line["status"] for line in lines if line["route"] == VALUATIONS)

    def why_it_failed(self, problem: str) -> str:
        """What its log says of a request beyond the problem that was answered: where it failed, and how."""
        request_id = json.loads(problem)["request_id"]
        lines = [json.loads(line) for line in self._log.read_text().splitlines() if request_id in line]
        (exception,) = [line["exception"] for line in lines if "exception" in line]
        return exception

    def terminate(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def ends(self) -> bool:
        """Whether it ends by itself. What is under way after DRAIN_S would be killed, and the exit code be 0 too."""
        assert self._process is not None
        return self._process.wait(DRAIN_S) == 0

    def kill(self) -> None:
        """All its processes at once, as when a machine goes."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
