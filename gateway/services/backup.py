"""Backups: all rows of all tables in one file, the same for every database, and back into an empty one.

The file is a zip: <table>.jsonl for each table, one JSON object a row, and manifest.json last.
"""

import hashlib
import io
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Date, DateTime, Table, delete, func, select

from gateway.db import moments, revision, whole
from gateway.db.feedback import CounterRow
from gateway.db.tables import METADATA
from gateway.errors import BadRequest, Conflict

FORMAT = 1
MANIFEST = "manifest.json"
ROWS_AT_ONCE = 1_000
TELL_EVERY_ROWS = 100_000
BUFFER_BYTES = 1 << 20

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """What the manifest says of a table."""

    rows: int
    sha256: str  # of its lines


def write(path: Path, tell: Tell) -> int:
    """Write the database as it is at this moment; the number of rows. tell is told how far it is.

    The file has its name only when all of it is on the disk, and only its owner may read it: it holds personal data.
    Raises Conflict where there is a file already, or where the tables are not this code's.
    """
    if path.exists():
        raise Conflict(f"{path} is there already; it is not overwritten")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)  # for its owner alone
    try:
        with os.fdopen(handle, "wb") as file:
            rows = _write(file, tell)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    _sync_folder(path.parent)
    return rows


def _write(file: io.BufferedWriter, tell: Tell) -> int:
    parts: dict[str, Part] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as backup, whole.one_moment() as connection:
        _check_tables(connection)
        made_at = moments.in_words(moments.now())
        for table in METADATA.sorted_tables:
            with backup.open(f"{table.name}.jsonl", "w", force_zip64=True) as out:
                parts[table.name] = _write_table(connection, table, out.write, tell)
        manifest = {
            "format": FORMAT,
            "revision": revision.current(connection),
            "made_at": made_at,
            "tables": {name: asdict(part) for name, part in parts.items()},
        }
        backup.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return sum(part.rows for part in parts.values())


def _write_table(connection: Connection, table: Table, write_out: Callable[[bytes], Any], tell: Tell) -> Part:
    rows, digest = 0, hashlib.sha256()
    ordered = select(table).order_by(*table.primary_key.columns)
    for some in connection.execute(ordered, execution_options={"yield_per": ROWS_AT_ONCE}).mappings().partitions():
        lines = b"".join(orjson.dumps(dict(row), option=orjson.OPT_APPEND_NEWLINE) for row in some)
        digest.update(lines)
        write_out(lines)
        rows += len(some)
        if rows % TELL_EVERY_ROWS == 0:
            tell(f"{table.name}: {rows:,} rows")
    tell(f"{table.name}: {rows:,} rows, all")
    return Part(rows, digest.hexdigest())


def restore(path: Path, tell: Tell) -> int:
    """Fill an empty database from a backup, all or nothing; the number of rows. tell is told how far it is.

    Raises BadRequest for a file that is no backup or not a whole one, before anything is written; Conflict where the
    database is not empty or at another migration than the backup.
    """
    try:
        with zipfile.ZipFile(path) as backup:
            made_at_revision, parts = _read_manifest(backup)
            if made_at_revision != revision.newest():
                raise Conflict(
                    f"the backup is of migration {made_at_revision}, this program of {revision.newest()}; restore it "
                    "with the release that made it, and then upgrade the database with this one"
                )
            for name, part in parts.items():
                if _measure(backup, name) != part:
                    raise BadRequest(f"{name}.jsonl in {path} is not what was written; use another backup")
            tell("the file is whole")
            with whole.one_write() as connection:
                _check_tables(connection)
                whole.keep_others_out(connection)
                _check_empty(connection)
                for table in METADATA.sorted_tables:
                    _restore_table(connection, table, backup, tell)
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise BadRequest(f"{path} is no backup, or not a whole one: {error}") from error
    return sum(part.rows for part in parts.values())


def _read_manifest(backup: zipfile.ZipFile) -> tuple[str, dict[str, Part]]:
    try:
        manifest = json.loads(backup.read(MANIFEST))
        if manifest["format"] != FORMAT:
            raise BadRequest(f"the backup has format {manifest['format']}, this program reads {FORMAT}")
        parts = {name: Part(**part) for name, part in manifest["tables"].items()}
        made_at_revision = manifest["revision"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRequest(f"{backup.filename} is no backup: it has no {MANIFEST} that can be read") from error
    if made_at_revision == revision.newest() and parts.keys() != METADATA.tables.keys():
        raise BadRequest(f"{backup.filename} is no backup of these tables")
    return made_at_revision, parts


def _measure(backup: zipfile.ZipFile, name: str) -> Part | None:
    """What the manifest should say of a table, by what the file holds; None where it holds nothing."""
    rows, digest = 0, hashlib.sha256()
    try:
        with backup.open(f"{name}.jsonl") as lines:
            while chunk := lines.read(BUFFER_BYTES):
                digest.update(chunk)
                rows += chunk.count(b"\n")
    except KeyError:
        return None
    return Part(rows, digest.hexdigest())


def _restore_table(connection: Connection, table: Table, backup: zipfile.ZipFile, tell: Tell) -> None:
    rows = 0
    with backup.open(f"{table.name}.jsonl") as raw, io.BufferedReader(raw, BUFFER_BYTES) as lines:  # type: ignore
        while some := list(islice(_rows(table, lines), ROWS_AT_ONCE)):
            connection.execute(table.insert(), some)
            rows += len(some)
            if rows % TELL_EVERY_ROWS == 0:
                tell(f"{table.name}: {rows:,} rows")
    whole.count_on(connection, table)
    tell(f"{table.name}: {rows:,} rows, all")


def _rows(table: Table, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The rows as the database takes them: JSON knows no moments and no days."""
    moments_of = [column.name for column in table.columns if isinstance(column.type, DateTime)]
    days_of = [column.name for column in table.columns if isinstance(column.type, Date)]
    for line in lines:
        row = orjson.loads(line)
        for names, read in ((moments_of, datetime.fromisoformat), (days_of, date.fromisoformat)):
            for name in names:
                row[name] = row[name] and read(row[name])
        yield row


def _check_tables(connection: Connection) -> None:
    """Raises Conflict where the database is not at this code's migration."""
    found, newest = revision.current(connection), revision.newest()
    if found != newest:
        raise Conflict(
            f"the database is at migration {found}, this program at {newest}: run `dealership-gateway db upgrade` first"
        )


def _check_empty(connection: Connection) -> None:
    """Raises Conflict where the database has rows. Counters that have counted nothing come with the migrations, and
    are taken away: the backup has them too.
    """
    connection.execute(delete(CounterRow).where(CounterRow.value == 0))
    counts = {
        table.name: connection.scalar(select(func.count()).select_from(table)) for table in METADATA.sorted_tables
    }
    if filled := [name for name, rows in counts.items() if rows]:
        raise Conflict(
            f"the database is not empty: {', '.join(filled)} has rows. Restore into a new one: point "
            "GATEWAY_DATABASE_URL to it, run `dealership-gateway db upgrade`, and restore before it is served"
        )


def _sync_folder(folder: Path) -> None:
    """The file's new name must be on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
