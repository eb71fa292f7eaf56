"""The database as a whole: reading all of it at one moment, and filling an empty one."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Table, func, select, text

from gateway.db.tables import METADATA
from gateway.extensions import db


@contextmanager
def one_moment() -> Iterator[Connection]:
    """All that is read in this block is of one moment, while others write on."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            _take_time(connection)
            yield connection


@contextmanager
def one_write() -> Iterator[Connection]:
    """All that is written in this block, or nothing of it. keep_others_out() comes before any decision."""
    with db.engine.connect() as connection:
        connection = connection.execution_options(begin="IMMEDIATE")
        with connection.begin():
            _take_time(connection)
            yield connection


def keep_others_out(connection: Connection) -> None:
    """Nobody else writes until this transaction ends. On SQLite that holds from its beginning."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{table}"' for table in METADATA.tables)
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def count_on(connection: Connection, table: Table) -> None:
    """Let the numbers that a database gives to new rows go on behind those that were inserted with theirs.

    SQLite does so by itself.
    """
    column = table.autoincrement_column
    if connection.dialect.name == "sqlite" or column is None:
        return
    sequence = connection.scalar(select(func.pg_get_serial_sequence(f'"{table.name}"', column.name)))
    if sequence is None:
        return
    last = connection.scalar(select(func.max(column)))
    connection.execute(
        text("SELECT setval(CAST(:sequence AS regclass), :value, :is_used)"),
        {"sequence": sequence, "value": last or 1, "is_used": last is not None},
    )


def _take_time(connection: Connection) -> None:
    """Statements of a server's requests end in seconds; those over a whole table may not."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
