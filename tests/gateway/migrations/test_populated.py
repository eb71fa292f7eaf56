"""The migrations on tables with rows, on both databases: up, down, up, side by side, and killed in the middle."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, MetaData, inspect
from sqlalchemy.exc import DBAPIError

from gateway.app import create_app
from gateway.config import Config
from gateway.db import revision
from gateway.db.tables import METADATA
from gateway.extensions import db
from tests.gateway.databases import BOTH
from tests.gateway.rows import digests, fill, tables_of

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
ROWS = 100_000 if WHOLE else 300
ROWS_UNDER_KILLS = 100_000 if WHOLE else 2_000
KILLS = 30 if WHOLE else 1
REVISIONS = [each.revision for each in ScriptDirectory(str(revision.MIGRATIONS)).walk_revisions()][::-1]
LONGEST_S = 1_800

NewDatabase = Callable[[], str]


@pytest.fixture(params=BOTH)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def empty_database(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> NewDatabase:
    """Makes databases without any table."""
    if kind == "sqlite":
        names = (f"sqlite:///{tmp_path}/empty-{number}.db" for number in range(1, 1000))
        return lambda: next(names)
    server = request.getfixturevalue("postgresql")
    return lambda: server.url(server.create())


@contextmanager
def app_on(url: str) -> Iterator[None]:
    with create_app(Config(database_url=url)).app_context():
        try:
            yield
        finally:
            db.engine.dispose()


def differences(connection: Connection) -> list:
    """Between the database's tables and the models'."""
    return compare_metadata(MigrationContext.configure(connection), METADATA)


def shape() -> dict[str, Any]:
    """The database's tables, with their columns, keys, indexes and triggers."""
    inspector = inspect(db.engine)
    with db.engine.connect() as connection:
        triggers = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'" if connection.dialect.name == "sqlite"
            else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal UNION SELECT proname FROM pg_proc "
            "WHERE pronamespace = 'public'::regnamespace"
        ).fetchall()  # fmt: skip
    found: dict[str, Any] = {"triggers": sorted(name for (name,) in triggers)}
    for table in inspector.get_table_names():
        found[table] = (
            sorted((each["name"], str(each["type"]), each["nullable"]) for each in inspector.get_columns(table)),
            inspector.get_pk_constraint(table)["constrained_columns"],
            sorted((key["constrained_columns"], str(key["options"])) for key in inspector.get_foreign_keys(table)),
            sorted((index["name"], index["column_names"], index["unique"]) for index in inspector.get_indexes(table)),
            sorted(unique["column_names"] for unique in inspector.get_unique_constraints(table)),
        )
    return found


def tables_now() -> MetaData:
    with db.engine.connect() as connection:
        return tables_of(connection)


def test_migrations_and_models_agree(empty_database: NewDatabase) -> None:
    """A model that changes brings its migration with it, on both databases."""
    # given an empty database, where everything differs
    with app_on(empty_database()):
        with db.engine.connect() as connection:
            assert differences(connection) != []
        # when it is migrated, then nothing does
        upgrade()
        with db.engine.connect() as connection:
            assert differences(connection) == []


@pytest.mark.timeout(LONGEST_S)
def test_every_migration_goes_up_down_and_up_with_rows(empty_database: NewDatabase, kind: str) -> None:
    """What a migration does not concern is as it was after each step: the same rows with the same values."""
    with app_on(empty_database()):
        for number in REVISIONS:
            # given the tables of the revision before, with rows
            before, shape_before = tables_now(), shape()

            def rows_before() -> Any:
                with db.engine.connect() as connection:
                    return digests(connection, before.sorted_tables)

            rows = rows_before()
            # when the migration is made, then they hold what they held
            began_s = time.monotonic()
            upgrade(revision=number)
            seconds = [time.monotonic() - began_s]
            shape_after = shape()
            assert rows_before() == rows
            # and when its own tables have rows too, and it is taken back, then nothing else is lost
            after = tables_now()
            with db.engine.begin() as connection:
                new = [table for table in after.sorted_tables if table.name not in before.tables]
                fill(connection, new, ROWS)
            began_s = time.monotonic()
            downgrade(revision="-1")
            seconds.append(time.monotonic() - began_s)
            assert rows_before() == rows
            assert {**shape(), "alembic_version": None} == {**shape_before, "alembic_version": None}
            # and when it is made again, then all is as after the first time
            began_s = time.monotonic()
            upgrade(revision=number)
            seconds.append(time.monotonic() - began_s)
            assert rows_before() == rows
            assert shape() == shape_after
            with db.engine.begin() as connection:
                fill(connection, new, ROWS)
                grown = [
                    table for name, table in after.tables.items()
                    if name in before.tables and len(table.columns) > len(before.tables[name].columns)
                ]  # fmt: skip
                fill(connection, grown, ROWS, first=ROWS + 1)
            print(f"{kind} {number}: up, down, up in {', '.join(f'{each:.2f}' for each in seconds)} s")
        # then in the end the tables are the models', and all can be taken back with all the rows in it
        with db.engine.connect() as connection:
            assert differences(connection) == []
        began_s = time.monotonic()
        downgrade(revision="base")
        print(f"{kind}: all down in {time.monotonic() - began_s:.2f} s")
        assert tables_now().tables == {}


class Killed:
    """A database with rows at one revision, copied for each kill of a command that migrates it."""

    def __init__(self, request: pytest.FixtureRequest, kind: str, folder: Path) -> None:
        self._folder, self._kind = folder, kind
        self._server = request.getfixturevalue("postgresql") if kind == "postgresql" else None
        self._template = self._server.create() if self._server else "template"

    def url(self, name: str | None = None) -> str:
        name = name or self._template
        return self._server.url(name) if self._server else f"sqlite:///{self._folder}/{name}.db"

    def copy(self, number: int) -> str:
        """The address of a copy of one's own."""
        if self._server:
            return self.url(self._server.create(template=self._template))
        (self._folder / f"copy-{number}.db").write_bytes((self._folder / f"{self._template}.db").read_bytes())
        return self.url(f"copy-{number}")


def start(url: str, command: list[str]) -> subprocess.Popen:
    environment = {**os.environ, "GATEWAY_DATABASE_URL": url}
    return subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "db", *command], env=environment, stderr=subprocess.PIPE
    )


def seconds_of(url: str, command: list[str]) -> float:
    began_s = time.monotonic()
    process = start(url, command)
    said = process.communicate()[1]
    assert process.returncode == 0, said.decode()
    return time.monotonic() - began_s


@pytest.mark.timeout(LONGEST_S)
@pytest.mark.parametrize(("at", "command"), [("0001", ["upgrade"]), ("head", ["downgrade", "0001"])])
def test_a_migration_that_is_killed_can_be_run_again(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path, at: str, command: list[str]
) -> None:
    """Neither half a schema nor a lost row, at whatever moment: all of it was made, or nothing."""
    # given tables with rows
    killed = Killed(request, kind, tmp_path)
    with app_on(killed.url()):
        upgrade(revision="0001")
        with db.engine.begin() as connection:
            kept = tables_of(connection).sorted_tables
            fill(connection, kept, ROWS_UNDER_KILLS)
        shape_at_first = shape()
        upgrade(revision=at)
        with db.engine.connect() as connection:
            rows = digests(connection, kept)
        with db.engine.begin() as connection:
            new = [table for table in tables_of(connection).sorted_tables if table.name not in rows]
            fill(connection, new, ROWS_UNDER_KILLS // 10)
        if kind == "sqlite":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    whole_s = seconds_of(killed.copy(0), command)
    by_luck = random.Random(5)
    in_the_middle = 0
    for number in range(1, KILLS + 1):
        url = killed.copy(number)
        # when the command is killed, most often while it migrates
        process = start(url, command)
        time.sleep(whole_s * by_luck.uniform(0.4, 1.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        in_the_middle += process.returncode == -signal.SIGKILL
        # and run again
        with app_on(url):
            with db.engine.connect() as connection:
                was_done = revision.current(connection) != REVISIONS[0 if at == "0001" else -1]
        if not (was_done and command[0] == "downgrade"):
            seconds_of(url, command)
        # then the schema is whole and every row is there
        with app_on(url):
            with db.engine.connect() as connection:
                assert digests(connection, kept) == rows
                if command == ["upgrade"]:
                    assert differences(connection) == []
            if command != ["upgrade"]:
                assert {**shape(), "alembic_version": None} == {**shape_at_first, "alembic_version": None}
    print(f"{kind} {' '.join(command)}: {in_the_middle} of {KILLS} killed before the end; a whole run {whole_s:.1f} s")


def test_two_who_upgrade_at_once_do_not_collide(empty_database: NewDatabase) -> None:
    """Two replicas that start together: one migrates, the other waits and finds it done."""
    # given an empty database, when two upgrade it at once
    url = empty_database()
    processes = [start(url, ["upgrade"]) for _ in range(2)]
    said = [process.communicate()[1].decode() for process in processes]
    # then all of them succeed, and the schema is whole
    assert [process.returncode for process in processes] == [0, 0], said
    with app_on(url), db.engine.connect() as connection:
        assert differences(connection) == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "TRUNCATE audit", "INSERT OR REPLACE INTO audit "
     "SELECT sequence, at, 'nobody', action, target, details FROM audit"],
)  # fmt: skip
def test_the_audit_log_is_append_only(database_url: str, statement: str) -> None:
    """The database itself refuses, whoever asks."""
    with app_on(database_url):
        # given an audit log with rows
        with db.engine.begin() as connection:
            audit = tables_of(connection).tables["audit"]
            fill(connection, [audit], 3)
            there = digests(connection, [audit])
        # when somebody changes one, then he is refused
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.exec_driver_sql(statement)
        # and the rows are as they were; new ones are still taken
        with db.engine.begin() as connection:
            assert digests(connection, [audit]) == there
            fill(connection, [audit], 1, first=4)
