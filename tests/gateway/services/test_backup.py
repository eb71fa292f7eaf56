"""Backups: everything of one database into another, of the same kind or the other one; whole, or not at all."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import downgrade
from sqlalchemy import insert, select

from gateway.app import create_app
from gateway.cli import main
from gateway.config import Config
from gateway.db import moments
from gateway.db.account import AccountRow
from gateway.db.audit import AuditRow
from gateway.db.tables import METADATA
from gateway.db.valuation import ValuationRow
from gateway.extensions import db
from gateway.services import backup
from tests.gateway.databases import BOTH
from tests.gateway.rows import counts, digests, fill
from tests.gateway.waiting import until

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
ROWS = 100_000 if WHOLE else 50
TABLES = METADATA.sorted_tables
# Rows of the feed's counter stand in the way of nobody: the backup's take their place.
EMPTY = {table.name: 0 for table in TABLES} | {"counter": 1}


def nothing(_: str) -> None:
    """Tells nobody."""


@contextmanager
def app_on(url: str) -> Iterator[None]:
    with create_app(Config(database_url=url)).app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


def held(url: str) -> Any:
    """What the database holds. Text in the order of one database is not in that of another."""
    with app_on(url), db.engine.connect() as connection:
        if not WHOLE:
            return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in TABLES}
        return {table.name: sum(hash(repr(tuple(row))) for row in connection.execute(
            select(table), execution_options={"yield_per": 1_000})) for table in TABLES}  # fmt: skip


@pytest.fixture
def new(request: pytest.FixtureRequest) -> Any:
    """Makes migrated databases without rows, of the kind that is asked for; their addresses."""
    return lambda kind: request.getfixturevalue(f"{kind}_databases").new()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gateway.zip"


def filled(url: str, rows: int = ROWS) -> str:
    with app_on(url), db.engine.begin() as connection:
        fill(connection, TABLES, rows)
    return url


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("to", BOTH)
@pytest.mark.parametrize("origin", BOTH)
def test_everything_is_restored_from_each_database_into_each(new: Any, file: Path, origin: str, to: str) -> None:
    """Every row of every table with every value, the audit log too; new rows are numbered behind the old ones."""
    # given a database with rows in every table
    source, target = filled(new(origin)), new(to)
    # when it is backed up, and restored into an empty one
    began_s = time.monotonic()
    with app_on(source):
        written = backup.write(file, nothing)
    written_s = time.monotonic()
    with app_on(target):
        restored = backup.restore(file, nothing)
    print(f"{origin} to {to}: {written:,} rows, backup {written_s - began_s:.1f} s, "
          f"restore {time.monotonic() - written_s:.1f} s, {file.stat().st_size / 1e6:.1f} MB")  # fmt: skip
    # then it holds the same
    assert written == restored == ROWS * len(TABLES) + 1
    assert held(target) == held(source)
    # and goes on as the first would: numbers are not given twice, and the audit log is still append-only
    with app_on(target), db.engine.begin() as connection:
        number = connection.execute(
            insert(AuditRow).values(at=moments.now(), actor="a", action="b", target="c", details="{}")
        ).inserted_primary_key
        assert number == (ROWS + 1,)
    with app_on(target), pytest.raises(Exception, match="append-only"), db.engine.begin() as connection:
        connection.execute(AuditRow.__table__.delete())


def test_a_backup_is_its_owners_and_whole(database_url: str, file: Path) -> None:
    """It holds personal data, and has its name only when all of it is written."""
    # given a database, when it is backed up
    with app_on(filled(database_url, 3)):
        backup.write(file, nothing)
    # then nobody else can read the file, nothing else lies beside it, and its manifest tells what is in it
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    manifest = json.loads(zipfile.ZipFile(file).read("manifest.json"))
    assert manifest["tables"].keys() == METADATA.tables.keys()
    assert manifest["tables"]["car"]["rows"] == 3
    # and a file that is there is not overwritten
    with app_on(database_url), pytest.raises(Exception, match="is there already"):
        backup.write(file, nothing)


def test_a_backup_is_of_one_moment(database_url: str, file: Path, new: Any) -> None:
    """The gateway serves meanwhile: what refers to something in the backup finds it there."""
    # given somebody who writes accounts, each with a valuation, without a pause
    stop = threading.Event()
    writes = [0]
    app = create_app(Config(database_url=database_url))

    def write() -> None:
        with app.app_context():
            while not stop.is_set():
                with db.engine.connect().execution_options(begin="IMMEDIATE") as connection, connection.begin():
                    fill(connection, [AccountRow.__table__], 20, first=writes[0] * 20 + 1)
                    kept = {"model_version": "1", "document": "{}", "created_at": moments.now()}
                    valuations = [
                        {**kept, "id": str(n), "account": n} for n in range(writes[0] * 20 + 1, writes[0] * 20 + 21)
                    ]
                    connection.execute(insert(ValuationRow), valuations)
                writes[0] += 1
            db.engine.dispose()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert until(lambda: writes[0] > 3)
        # when backups are made meanwhile
        for number in range(5):
            with app_on(database_url):
                backup.write(file.with_name(f"{number}.zip"), nothing)
        assert until(lambda: writes[0] > 10)
    finally:
        stop.set()
        writer.join()
    # then in each there are as many accounts as valuations, and it can be restored
    for number in range(5):
        part = json.loads(zipfile.ZipFile(file.with_name(f"{number}.zip")).read("manifest.json"))["tables"]
        assert part["account"]["rows"] == part["valuation"]["rows"] > 0
    with app_on(new("sqlite")):
        backup.restore(file.with_name("4.zip"), nothing)


def test_only_an_empty_database_is_restored_into(database_url: str, file: Path) -> None:
    """Nothing is ever mixed with what is there; the refusal says what to do."""
    # given a backup, and a database with one row
    with app_on(database_url):
        backup.write(file, nothing)
        with db.engine.begin() as connection:
            fill(connection, [METADATA.tables["secret"]], 1)
            there = digests(connection, TABLES)
        # when it is restored, then that is refused, and nothing has changed
        with pytest.raises(Exception, match="not empty: secret has rows.*dealership-gateway db upgrade"):
            backup.restore(file, nothing)
        with db.engine.connect() as connection:
            assert digests(connection, TABLES) == there


def damaged(file: Path, what: str) -> None:
    """Make another file of it."""
    if what == "cut":
        file.write_bytes(file.read_bytes()[:-200])
        return
    if what == "text":
        file.write_text("a letter")
        return
    parts = {name: zipfile.ZipFile(file).read(name) for name in zipfile.ZipFile(file).namelist()}
    if what == "a row less":
        parts["car.jsonl"] = b"".join(parts["car.jsonl"].splitlines(keepends=True)[:-1])
    elif what == "a value changed":
        parts["account.jsonl"] = parts["account.jsonl"].replace(b"email 2", b"email 9")
    elif what == "a table less":
        del parts["feedback.jsonl"]
    elif what == "no manifest":
        del parts["manifest.json"]
    else:
        manifest = json.loads(parts["manifest.json"])
        manifest |= {"another revision": {"revision": "0001"}, "another format": {"format": 9},
                     "strange": {"tables": []}}[what]  # fmt: skip
        parts["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as changed:
        for name, content in parts.items():
            changed.writestr(name, content)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("cut", "no backup, or not a whole one"), ("text", "no backup, or not a whole one"),
        ("a row less", "car.jsonl"), ("a value changed", "account.jsonl"), ("a table less", "feedback.jsonl"),
        ("no manifest", "is no backup"), ("strange", "is no backup"), ("another format", "format 9"),
        ("another revision", "restore it with the release that made it"),
    ],
)  # fmt: skip
def test_what_is_no_whole_backup_is_refused(database_url: str, file: Path, new: Any, what: str, why: str) -> None:
    """Before anything is written."""
    # given a backup that is not as it was written
    with app_on(filled(new("sqlite"), 3)):
        backup.write(file, nothing)
    damaged(file, what)
    # when it is restored, then that is refused with the reason, and nothing is there
    with app_on(database_url):
        with pytest.raises(Exception, match=why):
            backup.restore(file, nothing)
        with db.engine.connect() as connection:
            assert counts(connection, TABLES) == EMPTY


def test_databases_of_another_migration_are_refused(database_url: str, file: Path) -> None:
    """Neither backed up nor restored into before they are upgraded: their tables are not those that are known."""
    # given a backup, and a database that is a migration behind
    with app_on(database_url):
        backup.write(file, nothing)
        downgrade(revision="-1")
        # when either is tried, then it is refused, and says what to do
        for refused in (lambda: backup.restore(file, nothing), lambda: backup.write(file.with_name("b"), nothing)):
            with pytest.raises(Exception, match="run `dealership-gateway db upgrade` first"):
                refused()


def test_the_commands_tell_how_far_they_are(
    database_url: str, new: Any, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """On standard error; exit codes 0 and 1."""
    # given a database with rows
    monkeypatch.setenv("GATEWAY_DATABASE_URL", filled(database_url, 3))
    # when it is backed up by command, then it tells what it wrote
    assert main(["db", "backup", str(file)]) == 0
    assert "car: 3 rows" in capsys.readouterr().err
    # and into itself it cannot be restored, but into an empty one
    assert main(["db", "restore", str(file)]) == 1
    assert "not empty" in capsys.readouterr().err
    monkeypatch.setenv("GATEWAY_DATABASE_URL", new("sqlite"))
    assert main(["db", "restore", str(file)]) == 0
    assert "car: 3 rows" in capsys.readouterr().err


@pytest.mark.timeout(600)
def test_a_killed_command_leaves_nothing_that_looks_whole(new: Any, file: Path) -> None:
    """A backup that was not finished has no name; a restore that was not restored nothing, and can be run again."""
    # given a database with so many rows that a command takes a moment
    source = filled(new("sqlite"), 2_000)

    def run(url: str, *command: str) -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-m", "gateway.cli", "db", *command], stderr=subprocess.PIPE,
                                env={**os.environ, "GATEWAY_DATABASE_URL": url}, text=True)  # fmt: skip

    def kill_after(process: subprocess.Popen, words: str) -> None:
        assert process.stderr is not None
        assert any(words in line for line in process.stderr)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL

    # when a backup is killed in the middle, then there is none
    kill_after(run(source, "backup", str(file)), "api_token: 2,000 rows")
    assert not file.exists()
    # and when a restore is killed in the middle, then nothing is there
    with app_on(source):
        backup.write(file, nothing)
    target = new("postgresql")
    kill_after(run(target, "restore", str(file)), "api_token: 2,000 rows")
    with app_on(target), db.engine.connect() as connection:
        assert until(lambda: counts(connection, TABLES) == EMPTY)
    # and when it is run again, then everything is
    again = run(target, "restore", str(file))
    again.communicate()
    assert again.returncode == 0
    with app_on(target), db.engine.connect() as connection:
        assert counts(connection, TABLES) == {**dict.fromkeys(EMPTY, 2_000), "counter": 2_001}
