"""dealership-gateway serve: the real server, over real sockets."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from gateway.app import create_app
from gateway.cli import main
from gateway.config import Config, cpus
from gateway.services import api_tokens
from gateway.services.batch_rows import LARGEST_BLOCK_BYTES
from gateway.services.identity import OPERATOR
from gateway.serving import DRAIN_S
from tests.gateway import market
from tests.gateway.fake_model_server import LOOPBACK, FakeModelServer, after, closed_port
from tests.gateway.gateways import GOLF, VALUATIONS
from tests.gateway.waiting import until

STARTS_S = 20


class Served:
    """A gateway process and its two ports."""

    def __init__(self, process: subprocess.Popen, port: int, metrics_port: int) -> None:
        self.process, self.port, self.metrics_port = process, port, metrics_port

    def ask(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None = None, port: int | None = None
    ) -> tuple[int, str]:
        connection = http.client.HTTPConnection(LOOPBACK, port or self.port, timeout=5)
        try:
            chunked = body is not None and not isinstance(body, bytes)
            connection.request(method, path, body, {"Content-Type": "application/json"}, encode_chunked=chunked)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()


@pytest.fixture
def served(tmp_path: Path, model_server: FakeModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Migrated, with a card, and served by the command itself."""
    port, metrics_port = closed_port(), closed_port()
    settings = {
        "GATEWAY_DATABASE_URL": f"sqlite:///{tmp_path}/gateway.db", "GATEWAY_MODEL_URL": model_server.url,
        "GATEWAY_PORT": str(port), "GATEWAY_METRICS_PORT": str(metrics_port), "GATEWAY_PROBE_INTERVAL_S": "0.2",
        "GATEWAY_CPU": str(min(cpus())),
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "card.json").write_text(json.dumps(market.card()), encoding="utf-8")
    assert main(["db", "upgrade"]) == main(["card", "put", str(tmp_path / "card.json")]) == 0
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "gateway.cli", "serve"]
        process = subprocess.Popen(command, env=dict(os.environ), stdout=log, stderr=log)
    started = Served(process, port, metrics_port)
    until_s = time.monotonic() + STARTS_S
    while time.monotonic() < until_s and process.poll() is None:
        try:
            if started.ask("GET", "/readyz")[0] == 200:
                break
        except OSError:
            time.sleep(0.05)
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        started.process.wait(20)


def test_the_served_gateway_prices_counts_and_ends(served: Served, tmp_path: Path) -> None:
    """Prices on one port, metrics on another, chunked bodies bounded, one log line a request, an end on SIGTERM."""
    # given a served gateway, when a car is valued
    golf = json.dumps(GOLF).encode()
    status, text = served.ask("POST", VALUATIONS, golf)
    # then it has a price
    assert status == 200 and json.loads(text)["price_eur"] > 0
    # and a chunked body is read up to the limit, whatever its chunks are
    assert served.ask("POST", VALUATIONS, iter([golf[:20], golf[20:]]))[0] == 200
    assert served.ask("POST", VALUATIONS, iter([golf, b" " * 40_000, b" " * 40_000]))[0] == 413
    assert served.ask("POST", VALUATIONS, golf.ljust(70_000))[0] == 413
    # and all of it is counted, on the metrics' port alone
    status, metrics = served.ask("GET", "/metrics", port=served.metrics_port)
    assert status == 200
    assert 'gateway_valuations_total{version="1"} 2.0' in metrics
    assert f'gateway_requests_total{{method="POST",route="{VALUATIONS}",status="413"}} 2.0' in metrics
    assert "gateway_model_available 1.0" in metrics
    # and what is watched of the version is told beside it
    watched = 'gateway_card_error_median_percent{version="1"}'
    assert until(lambda: watched in served.ask("GET", "/metrics", port=served.metrics_port)[1])
    # and it keeps to the CPU that it was given
    (worker,) = psutil.Process(served.process.pid).children()
    assert worker.cpu_affinity() == [min(cpus())]
    # and it ends when told
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(15) == 0
    # and each request is one line of JSON that holds nothing of the car
    log = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    requests = [line for line in lines if line["event"] == "request" and line["route"] == VALUATIONS]
    assert [line["status"] for line in requests] == [200, 200, 413, 413]
    assert len({line["request_id"] for line in requests}) == 4
    assert "Golf" not in log
    # and the server's own lines have the same form
    assert any(line["logger"] == "_granian" and line["level"] == "info" for line in lines)


def test_a_model_server_that_hangs_leaves_the_other_pages_quick(
    served: Served, model_server: FakeModelServer
) -> None:
    """Whoever waits for a price takes no thread from those who need none, and is told within the deadline."""
    # given a served gateway whose model server hangs, and more callers than may wait for it
    model_server.misbehave(model_server.hang)
    golf = json.dumps(GOLF).encode()
    with ThreadPoolExecutor(200) as pool:
        began_s = time.monotonic()
        asked = [pool.submit(served.ask, "POST", VALUATIONS, golf) for _ in range(200)]
        # when another page is asked for meanwhile, then it is there at once
        assert served.ask("GET", "/livez")[0] == 200
        assert time.monotonic() - began_s < 1.8  # who had waited for a price would have had to wait for 1.9
        # and every caller is told that there is no price
        assert {status for status, _ in (each.result() for each in asked)} == {503}
        assert time.monotonic() - began_s < 4.0


def test_who_waited_when_it_was_told_learns_of_it_with_his_reply(
    served: Served, model_server: FakeModelServer
) -> None:
    """Else his next request would go onto a connection that closes."""
    # given a caller who waits for his price
    model_server.misbehave(after(0.6))
    kept = http.client.HTTPConnection(LOOPBACK, served.port, timeout=5)
    kept.request("POST", VALUATIONS, json.dumps(GOLF).encode(), {"Content-Type": "application/json"})
    inside = "gateway_pricing_requests 1.0"
    assert until(lambda: inside in served.ask("GET", "/metrics", port=served.metrics_port)[1])
    # when the gateway is told to end, then he is told that this was his connection's last reply
    served.process.send_signal(signal.SIGTERM)
    reply = kept.getresponse()
    assert (reply.status, reply.headers["Connection"]) == (200, "close")


def test_requests_under_way_are_answered_before_it_ends(served: Served, model_server: FakeModelServer) -> None:
    """A deployment that replaces the process loses nobody's request."""
    # given a served gateway, and callers who wait for their prices
    model_server.misbehave(after(0.6))
    golf = json.dumps(GOLF).encode()
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(served.ask, "POST", VALUATIONS, golf) for _ in range(8)]
        until_s = time.monotonic() + 5
        while (
            "gateway_pricing_requests 8.0" not in served.ask("GET", "/metrics", port=served.metrics_port)[1]
            and time.monotonic() < until_s
        ):
            time.sleep(0.02)
        # when it is told to end, then all of them get their prices, and it ends
        served.process.send_signal(signal.SIGTERM)
        assert [each.result()[0] for each in answers] == [200] * 8
    assert served.process.wait(15) == 0


def test_whoever_keeps_a_connection_is_told_before_it_ends(served: Served) -> None:
    """He makes another one for his next request, and loses none on one that closes meanwhile."""
    # given a served gateway, and a caller who keeps his connection
    golf = json.dumps(GOLF).encode()
    kept = http.client.HTTPConnection(LOOPBACK, served.port, timeout=5)

    def replies() -> Iterator[str | None]:
        while True:
            kept.request("POST", VALUATIONS, golf, {"Content-Type": "application/json"})
            reply = kept.getresponse()
            assert reply.status == 200 and reply.read()
            yield reply.headers["Connection"]

    asked = replies()
    assert next(asked) is None
    # when it is told to end, then he is served on, and told soon that this was the last reply of his connection
    served.process.send_signal(signal.SIGTERM)
    assert until(lambda: next(asked) == "close")
    # and so is who makes a new one for the next, until nobody is let in, and it ends well
    with pytest.raises(ConnectionRefusedError):
        while True:
            assert next(asked) == "close"
    assert served.process.wait(15) == 0


@pytest.mark.parametrize("numbers", [[signal.SIGINT], [signal.SIGTERM] * 2, [signal.SIGTERM, signal.SIGINT]])
def test_it_ends_well_however_it_is_told(served: Served, numbers: list[signal.Signals]) -> None:
    """By Ctrl-C, and while it takes leave."""
    # given a served gateway, when it is told to end, then it does
    for number in numbers:
        served.process.send_signal(number)
    assert served.process.wait(15) == 0


def test_the_end_of_all_its_processes_is_none_of_a_failure(served: Served, tmp_path: Path) -> None:
    """Who signals the group, as a terminal and some service managers do, tells the worker too."""
    # given a served gateway, when it and its worker are told to end
    (worker,) = psutil.Process(served.process.pid).children()
    for process in (served.process, worker):
        process.send_signal(signal.SIGTERM)
    # then it ends well, as soon as its worker has
    assert served.process.wait(15) == 0
    assert "Unexpected" not in (tmp_path / "log").read_text()


def has_ended(process: psutil.Process) -> bool:
    """Also one that nobody has asked for its exit code: who would have is gone."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_no_worker_stays_when_its_parent_is_killed(served: Served) -> None:
    """It would hold the port, and nobody could start another."""
    # given a served gateway
    (worker,) = psutil.Process(served.process.pid).children()
    # when its parent is killed, then the worker ends too
    served.process.kill()
    assert until(lambda: has_ended(worker))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_worker_that_still_loads_ends_with_its_parent(served: Served, number: signal.Signals) -> None:
    """It serves nobody yet, and need not be waited for."""
    # given a gateway that is started, and not ready
    served.process.terminate()
    assert served.process.wait(15) == 0
    served.process = subprocess.Popen([sys.executable, "-m", "gateway.cli", "serve"], env=dict(os.environ))
    parent = psutil.Process(served.process.pid)
    until_s = time.monotonic() + STARTS_S
    while not (workers := parent.children()) and time.monotonic() < until_s:
        time.sleep(0.002)
    (worker,) = workers
    # when it is told to end, or killed
    served.process.send_signal(number)
    # then it ends, without being given up
    assert served.process.wait(DRAIN_S) == (0 if number == signal.SIGTERM else -number)
    # and so does its worker
    assert until(lambda: has_ended(worker))


def test_the_served_gateway_outlives_its_model_server(served: Served, model_server: FakeModelServer) -> None:
    """A model server that goes and comes costs prices while it is away, and nothing else."""
    # given a served gateway whose model server goes
    golf = json.dumps(GOLF).encode()
    model_server.stop()
    # when cars are valued and the process is asked whether it is ready, then there are no prices, but it is
    status, text = served.ask("POST", VALUATIONS, golf)
    assert status == 503 and "price_eur" not in text
    assert served.ask("GET", "/readyz")[0] == 200
    # and prices are back soon after it
    model_server.start()
    until_s = time.monotonic() + 2.5
    while (status := served.ask("POST", VALUATIONS, golf)[0]) != 200 and time.monotonic() < until_s:
        time.sleep(0.05)
    assert status == 200


def test_batches_go_as_fast_as_they_are_read_and_end_with_their_reader(
    served: Served, model_server: FakeModelServer, tmp_path: Path
) -> None:
    """Who reads nothing costs nothing: no more is priced than fits on the way. Who goes away leaves his place."""
    # given a served gateway, and a file whose answer is longer than what is on its way
    app = create_app(Config(database_url=f"sqlite:///{tmp_path}/gateway.db"))
    with app.app_context():
        token = api_tokens.create(OPERATOR, "a program", ["valuations"], days=1)[1]
    row = ",".join([*map(str, GOLF.values()), "x" * 1_000]).encode() + b"\n"
    small = ",".join([*GOLF, "note"]).encode() + b"\n" + row
    large = small + row * (20 * LARGEST_BLOCK_BYTES // len(row))

    def send(body: bytes) -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.settimeout(20)
        connection.connect((LOOPBACK, served.port))
        head = f"POST {VALUATIONS}/batch HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nConnection: close\r\n"
        connection.sendall(f"{head}Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        connection.sendall(body)
        return connection

    def status(body: bytes) -> int:
        with send(body) as connection:
            return int(connection.recv(1_000).split()[1])

    def large_calls() -> int:  # and no probes
        return sum(body["inputs"][0]["shape"][0] > 1 for body in model_server.requests)

    # when as many as are priced at once are sent, and nobody reads the answers
    readers = [send(large), send(large)]
    assert until(lambda: large_calls() > 2 and status(small) == 503)
    # then no other is taken, and the work stands still before all of it is done
    seen = [-1]

    def stands_still() -> bool:
        time.sleep(0.3)
        seen.append(large_calls())
        return seen[-1] == seen[-2]

    assert until(stands_still)
    assert seen[-1] < 2 * 20
    # and when the readers go, then there is room
    for reader in readers:
        reader.close()
    assert until(lambda: status(small) == 200)


def test_headers_without_end_are_refused(served: Served) -> None:
    """More than 32 KiB of them cost an answer at most, and the next caller notices nothing."""
    # given a served gateway, when somebody sends it a giant header
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    try:
        connection.request("GET", "/livez", headers={"X-Much": "x" * 1_000_000})
        status = connection.getresponse().status
    except (ConnectionError, http.client.RemoteDisconnected):
        status = None  # it was hung up on
    finally:
        connection.close()
    # then it is refused, and others are answered
    assert status in (None, 400, 431)
    assert served.ask("GET", "/livez")[0] == 200
