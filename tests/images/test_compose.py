"""compose.yaml, started as its user starts it, in containers and networks of the test's own."""

import json
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from tests.images.podman import Podman
from tests.images.test_images import CAR
from tests.manifests.rendering import CHECKOUT, OTHER_PROGRAMS
from tests.manifests.test_compose import services
from tests.ports import free_ports

PRICES_WITHIN_S = 900
LOOKS_EVERY_S = 2.0
pytestmark = pytest.mark.timeout(2_400)


@dataclass(frozen=True)
class Composed:
    name: str
    port: int
    podman: Podman

    def compose(self, *arguments: str) -> None:
        ended = subprocess.run(
            [OTHER_PROGRAMS / "podman-compose", "--project-name", self.name, *arguments], cwd=CHECKOUT,
            env=self.podman.environment | {"PORT": str(self.port)}, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout[-4_000:] + ended.stderr[-4_000:]

    def start(self, service: str) -> None:
        self.compose("up", "--detach", "--no-build", "--no-recreate", "--no-deps", service)

    def container(self, service: str) -> str:
        return f"{self.name}_{service}_1"

    def ask(self, path: str, body: object = None) -> dict:
        content = None if body is None else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{self.port}{path}", content, {"Content-Type": "application/json"})
        with urlopen(request, timeout=30) as reply:
            return json.load(reply)

    def wait_for(self, path: str, body: object = None) -> dict:
        until = time.monotonic() + PRICES_WITHIN_S
        while True:
            try:
                return self.ask(path, body)
            except (HTTPError, URLError, OSError) as error:
                assert time.monotonic() < until, f"{path}: {error}"
                time.sleep(LOOKS_EVERY_S)


def in_order() -> Iterator[str]:
    """The services, each after those that it needs."""
    needs = {name: service.get("depends_on", {}).keys() for name, service in services().items()}
    yield from TopologicalSorter(needs).static_order()


@pytest.fixture(scope="module")
def composed(podman: Podman) -> Iterator[Composed]:
    """Started for the first time: with secrets, a market and a version of its own making."""
    (port,) = free_ports(1)
    made = Composed(f"dealership{uuid.uuid4().hex[:8]}", port, podman)
    try:
        # One by one, since podman-compose waits for nobody's health before podman 4.6, and podman 4.3 starts nothing
        # that needs what has ended.
        for service in in_order():
            for needed, how in services()[service].get("depends_on", {}).items():
                if how["condition"] == "service_healthy":
                    podman.wait_until_healthy(made.container(needed))
                elif how["condition"] == "service_completed_successfully":
                    assert podman.call("wait", made.container(needed)).strip() == "0", podman.call(
                        "logs", made.container(needed)
                    )
            made.start(service)
        yield made
    finally:
        made.compose("down", "--volumes", "--timeout", "5")


def test_a_car_is_valued_on_one_machine(composed: Composed) -> None:
    valued = composed.wait_for("/api/v1/valuations", CAR)
    assert valued["price_eur"] > 0 and valued["model"] == {"name": "car-price", "version": "1"}


def test_the_market_comes_from_the_store(composed: Composed) -> None:
    until = time.monotonic() + PRICES_WITHIN_S
    while not composed.wait_for("/api/v1/valuations/comparables", CAR)["comparables"]:
        assert time.monotonic() < until
        time.sleep(LOOKS_EVERY_S)


def test_the_promotion_is_told(composed: Composed) -> None:
    assert [each["version"] for each in composed.ask("/api/v1/promotions")["promotions"]] == ["1"]


def test_a_backup_is_there(composed: Composed) -> None:
    assert "gateway-" in composed.podman.call("exec", composed.container("backup"), "ls", "/backups")


def test_only_the_gateway_s_port_is_published(composed: Composed) -> None:
    names = composed.podman.call("ps", "--filter", f"name={composed.name}_", "--format", "{{.Names}}").split()
    published = {name: composed.podman.call("port", name).strip() for name in names}
    assert {name for name, ports in published.items() if ports} == {composed.container("gateway")}
