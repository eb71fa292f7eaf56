"""The real MLServer: killed, halted, unloaded, and read through a wire that drips. No wrong price, and it heals."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.benchmarks.serving.vehicles import make_vehicles
from tests.faults.callers import Callers
from tests.faults.conftest import publish
from tests.faults.processes import ServedGateway
from tests.gateway.databases import SqliteDatabases
from tests.gateway.fake_model_server import LOOPBACK
from tests.ports import free_ports
from tests.product import CHECKOUT, Product

STARTS_WITHIN_S = 120.0
HEALS_WITHIN_S = 30.0
CALLERS = 8
DEADLINE_S = 2.0
ROOM_S = 1.0  # two cores with other work on them stand still now and then
MODEL = "car-price"
PAUSE_S = 0.2


class ModelServer:
    """MLServer on the version that the product serves."""

    def __init__(self, serving: Path, folder: Path) -> None:
        shutil.copytree(serving, folder)
        self._folder = folder
        self.port, grpc_port, metrics_port = free_ports(3)
        self._environment = {
            **os.environ, "MLSERVER_HOST": LOOPBACK, "MLSERVER_HTTP_PORT": str(self.port),
            "MLSERVER_GRPC_PORT": str(grpc_port), "MLSERVER_METRICS_PORT": str(metrics_port),
            "MLSERVER_METRICS_DIR": str(folder / "metrics"), "MLFLOW_DISABLE_TELEMETRY": "true",
        }  # fmt: skip
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([CHECKOUT / ".venv/model/bin/mlserver", "start", self._folder],
                                             env=self._environment, cwd=self._folder, stdout=log, stderr=log,
                                             start_new_session=True)  # fmt: skip
        until_s = time.monotonic() + STARTS_WITHIN_S
        while not self._is_ready():
            assert self._process.poll() is None and time.monotonic() < until_s, (self._folder / "log").read_text()
            time.sleep(PAUSE_S)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/v2/models/{MODEL}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGKILL)
            self._process.wait()

    def manage(self, action: str) -> None:
        request = urllib.request.Request(f"{self.url}/v2/repository/models/{MODEL}/{action}", b"{}", method="POST",
                                         headers={"Content-Type": "application/json"})  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200


@pytest.fixture(scope="module")
def mlserver(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    server = ModelServer(product.var / "serving", tmp_path_factory.mktemp("mlserver") / "serving")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def database_url(product: Product, sqlite_databases: SqliteDatabases) -> str:
    url: str = sqlite_databases.new()
    publish(url, json.loads((product.var / "serving" / "card.json").read_text(encoding="utf-8")))
    return url


@contextmanager
def served(product: Product, url: str, database_url: str, folder: Path) -> Iterator[ServedGateway]:
    gateway = ServedGateway(folder / "gateway.log", database_url=database_url, model_url=url, kept_prices=0,
                            deadline_s=DEADLINE_S)  # fmt: skip
    card = json.loads((product.var / "serving" / "card.json").read_text(encoding="utf-8"))
    gateway.body = json.dumps(make_vehicles(card, 1)[0]).encode()
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.kill()


@pytest.fixture(scope="module")
def gateway(
    mlserver: ModelServer, product: Product, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedGateway]:
    with served(product, mlserver.url, database_url, tmp_path_factory.mktemp("gateway")) as started:
        yield started


def test_an_mlserver_that_is_killed_costs_refusals_until_it_is_back(
    gateway: ServedGateway, mlserver: ModelServer
) -> None:
    # given a gateway under load
    assert gateway.comes_to_price(HEALS_WITHIN_S)
    with Callers(CALLERS, [gateway]) as callers:
        assert callers.come_to(100)
        # when MLServer is killed while it is at work
        mlserver.kill()
        assert callers.come_to(100)
        # and started again
        mlserver.start()
        assert gateway.comes_to_price(HEALS_WITHIN_S)
        assert callers.come_to(100)
    # then there were prices and refusals, and nobody waited for longer than the deadline
    assert set(callers.answers) == {200, 503}, callers.answers
    assert callers.slowest_s <= DEADLINE_S + ROOM_S


def test_an_mlserver_that_is_halted_is_waited_for_no_longer_than_the_deadline(
    gateway: ServedGateway, mlserver: ModelServer
) -> None:
    # given a gateway under load
    assert gateway.comes_to_price(HEALS_WITHIN_S)
    with Callers(CALLERS, [gateway]) as callers:
        assert callers.come_to(100)
        # when MLServer is halted: its sockets take calls, and nobody answers
        mlserver.signal(signal.SIGSTOP)
        try:
            assert callers.come_to(200)
        finally:
            mlserver.signal(signal.SIGCONT)
        # and goes on
        assert gateway.comes_to_price(HEALS_WITHIN_S)
    # then all were told in time
    assert set(callers.answers) == {200, 503}, callers.answers
    assert callers.slowest_s <= DEADLINE_S + ROOM_S


def test_a_model_that_is_unloaded_is_no_price(gateway: ServedGateway, mlserver: ModelServer) -> None:
    # given a gateway that prices
    assert gateway.comes_to_price(HEALS_WITHIN_S)
    # when somebody unloads the model, then there is no price
    mlserver.manage("unload")
    try:
        assert gateway.value() == 503
        assert gateway.ask("GET", "/readyz")[0] == 200
    finally:
        mlserver.manage("load")
    # and there is one again once it is loaded
    assert gateway.comes_to_price(HEALS_WITHIN_S)


@contextmanager
def dripping(port: int) -> Iterator[str]:
    """A wire to a server that lets one byte of what it answers through at a time; its address."""
    listener = socket.create_server((LOOPBACK, 0))

    def pass_on(client: socket.socket) -> None:
        with client, socket.create_connection((LOOPBACK, port)) as server, suppress(OSError):
            threading.Thread(target=pass_up, args=(client, server), daemon=True).start()
            while received := server.recv(1):
                client.sendall(received)
                time.sleep(PAUSE_S)

    def pass_up(client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while received := client.recv(65_536):
                server.sendall(received)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=pass_on, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_an_answer_that_drips_is_waited_for_no_longer_than_the_deadline(
    mlserver: ModelServer, product: Product, database_url: str, tmp_path: Path
) -> None:
    """Each byte comes in time, the answer never: what counts is the deadline of the whole."""
    # given a wire on which each byte takes a while
    with dripping(mlserver.port) as url, served(product, url, database_url, tmp_path) as gateway:
        # when many ask, then all are told in time that there is no price
        with Callers(CALLERS, [gateway]) as callers:
            assert callers.come_to(2 * CALLERS)
        assert set(callers.answers) == {503}, callers.answers
        assert callers.slowest_s <= DEADLINE_S + ROOM_S
