"""Gateways as processes of their own, which can be killed."""

import http.client
import os
import signal
import subprocess
import sys
import time

from tests.gateway.fake_model_server import LOOPBACK, closed_port

STARTS_WITHIN_S = 30
PATIENCE_S = 0.05


class Served:
    """A served gateway that can be killed and started again, all its processes at once."""

    def __init__(self, database_url: str, **settings: str) -> None:
        self.port = closed_port()
        self._environment = {
            **os.environ, "GATEWAY_DATABASE_URL": database_url, "GATEWAY_PORT": str(self.port),
            "GATEWAY_METRICS_PORT": str(closed_port()), "GATEWAY_LIMIT_ATTEMPTS": "false", **settings,
        }  # fmt: skip

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "serve"], env=self._environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        until_s = time.monotonic() + STARTS_WITHIN_S
        while self.ask("GET", "/readyz") is None:
            assert time.monotonic() < until_s and self._process.poll() is None
            time.sleep(PATIENCE_S)

    def kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str] | None:
        """Status and body, None where nobody answers, or not to the end."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=10)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", **headers})
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
