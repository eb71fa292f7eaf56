"""A database that is locked, full, stopped, gone, too busy or of another release: prices go on, and nothing is lost."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from flask_migrate import downgrade
from sqlalchemy import make_url

from gateway.app import create_app
from gateway.config import Config
from gateway.db.engine import CONNECTIONS, MORE_WHEN_BUSY
from tests.faults.callers import Callers
from tests.faults.conftest import Serve, publish
from tests.faults.processes import ServedGateway
from tests.gateway import market
from tests.gateway.databases import SqliteDatabases, migrate
from tests.gateway.gateways import GOLF, VALUATIONS
from tests.gateway.waiting import until
from tests.postgresql import running

KEEP = json.dumps({**GOLF, "keep": True}).encode()
DISK_BYTES = 8 * 1024 * 1024
POOL = CONNECTIONS + MORE_WHEN_BUSY
MORE_THAN_THE_POOL = POOL + 10
# How the log tells who waited for the lock from who waited for a connection.
LOCKED = re.compile("OperationalError: (database is locked|canceling statement due to lock timeout)")
NO_CONNECTION = "sqlalchemy.exc.TimeoutError"


def keep(gateway: ServedGateway) -> tuple[int, str]:
    """A valuation that is to be kept, which needs the database."""
    return gateway.ask("POST", VALUATIONS, KEEP)


def file_of(gateway: ServedGateway) -> Path:
    return Path(gateway.database_url.removeprefix("sqlite:///"))


@contextmanager
def locked(database_url: str) -> Iterator[None]:
    """Somebody else writes, and does not come to an end."""
    url = make_url(database_url)
    connection: Any
    if url.drivername == "sqlite":
        connection, lock = sqlite3.connect(str(url.database), isolation_level=None), "BEGIN IMMEDIATE"
    else:
        connection = psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
        lock = "LOCK TABLE valuation IN EXCLUSIVE MODE"
    with closing(connection):
        connection.execute(lock)
        yield
        connection.execute("ROLLBACK")


def test_a_locked_database_refuses_writes_alone(serve: Serve, database_url: str) -> None:
    """Who wants to keep something is told after a while that nothing was kept; prices and reads go on meanwhile."""
    # given a gateway whose database somebody else has locked
    gateway = serve(database_url=database_url, limit_attempts=False)
    with locked(database_url), ThreadPoolExecutor(MORE_THAN_THE_POOL) as pool:
        # when more want to keep something than there are connections
        asked = [pool.submit(keep, gateway) for _ in range(MORE_THAN_THE_POOL)]
        # then prices go on meanwhile
        assert gateway.value() == 200
        assert gateway.ask("GET", "/livez")[0] == 200
        # and all of those are told that nothing was kept
        answers = [each.result() for each in asked]
        assert {status for status, _ in answers} == {503}
        assert all("nothing was kept" in text for _, text in answers)
        # who had a connection because of the lock, and all who found none free because of the pool
        reasons = [gateway.why_it_failed(text) for _, text in answers]
        without_connection = [reason for reason in reasons if NO_CONNECTION in reason]
        assert len(without_connection) >= MORE_THAN_THE_POOL - POOL
        assert {reason for reason in reasons if not LOCKED.search(reason)} == set(without_connection)
    # and once the lock is gone, so is the trouble
    assert keep(gateway)[0] == 200
    assert gateway.ask("GET", "/readyz")[0] == 200


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of DISK_BYTES."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_refuses_writes_and_loses_nothing(serve: Serve, small_disk: Path) -> None:
    # given a gateway with its database on a small disk, and something that it has kept
    url = f"sqlite:///{small_disk}/gateway.db"
    migrate(url)
    gateway = serve(database_url=url, limit_attempts=False)
    kept = [json.loads(keep(gateway)[1])["id"]]
    # when the disk runs full
    with (small_disk / "much").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    # then soon nothing more is kept, which is said, and prices go on
    statuses = set()
    for _ in range(2_000):
        status, text = keep(gateway)
        statuses.add(status)
        if status != 200:
            break
        kept.append(json.loads(text)["id"])
    assert statuses <= {200, 503} and status == 503, text
    assert gateway.value() == 200
    # and once there is room, it goes on by itself, with all that it said it had kept
    (small_disk / "much").unlink()
    assert gateway.comes_to_answer("POST", VALUATIONS, KEEP)
    assert {gateway.ask("GET", f"{VALUATIONS}/{valuation}")[0] for valuation in kept} == {200}
    with sqlite3.connect(file_of(gateway)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_database_server_that_hangs_or_goes_costs_no_price(serve: Serve, tmp_path: Path) -> None:
    """PostgreSQL halted, then ended: prices go on, the rest says what is wrong, and all is well once it is back."""
    with running(tmp_path) as server:
        # given a gateway on PostgreSQL, and something that it has kept
        url = server.url(server.create())
        migrate(url)
        gateway = serve(database_url=url, limit_attempts=False)
        kept = json.loads(keep(gateway)[1])["id"]
        # when the server is halted, and people ask for more than prices
        with ThreadPoolExecutor(MORE_THAN_THE_POOL) as pool, halted(server.processes()):
            waiting = [pool.submit(keep, gateway) for _ in range(MORE_THAN_THE_POOL)]
            # then prices go on all the while, and the process is alive
            with Callers(4, [gateway]) as callers:
                assert callers.come_to(100)
                # and all who have none of the connections that were kept are told so meanwhile
                assert until(lambda: sum(each.done() for each in waiting) >= MORE_THAN_THE_POOL - CONNECTIONS)
            assert set(callers.answers) == {200}
            assert {each.result()[0] for each in waiting if each.done()} == {503}
            assert gateway.ask("GET", "/livez")[0] == 200
        # and once it goes on, those who waited have their answers
        assert {each.result()[0] for each in waiting} <= {200, 503}
        assert gateway.comes_to_answer("POST", VALUATIONS, KEEP)
        # and when its connections are ended, the next request makes new ones
        server.end_connections()
        assert gateway.comes_to_answer("GET", f"{VALUATIONS}/{kept}")
    # and when it is gone for good, readiness says so and prices go on
    assert gateway.comes_to_answer("GET", "/readyz", status=503)
    assert "unreachable" in gateway.ask("GET", "/readyz")[1]
    assert keep(gateway)[0] == 503
    assert gateway.value() == 200


@contextmanager
def halted(processes: list[psutil.Process]) -> Iterator[None]:
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGCONT)


def test_a_gateway_ahead_of_its_database_says_so_and_serves_once_it_is_migrated(
    serve: Serve, sqlite_databases: SqliteDatabases
) -> None:
    """The release comes first, the migration after it: no restart is needed."""
    # given a database of the release before, and a gateway of this one
    url = sqlite_databases.new()
    app = create_app(Config(database_url=url))
    with app.app_context():
        downgrade(revision="-1")
        app.extensions["sqlalchemy"].engine.dispose()
    gateway = serve(database_url=url, ready=False)
    # then it is not ready, and says what to do
    status, text = gateway.ask("GET", "/readyz")
    assert status == 503 and "dealership-gateway db upgrade" in text
    assert gateway.ask("GET", "/livez")[0] == 200
    # and when the database is migrated meanwhile, it is ready and prices
    migrate(url)
    publish(url, market.card())
    assert gateway.comes_to_answer("GET", "/readyz")
    assert gateway.comes_to_price()
