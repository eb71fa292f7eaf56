"""Rows for any tables, made from what the database says of them, and digests of what tables hold."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Date, DateTime, Float, Integer, MetaData, Table, func, select

AT_ONCE = 2_000
FIRST_MOMENT = datetime(2025, 1, 1, 12, 0, 0, 123456)
AWKWARD = "ä€\U0001f697 \"quoted\" 'too' \\ \t\n=1+1"


def tables_of(connection: Connection) -> MetaData:
    """The tables that the database has now, but for alembic's own."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name != "alembic_version")
    return found


def fill(connection: Connection, tables: Iterable[Table], rows: int, first: int = 1) -> None:
    """Insert so many rows into each of the tables, numbered from the first on.

    A row refers to rows of its own number in others, where so many are there, else to those before, in turn.
    """
    for table in tables:
        for start in range(first, first + rows, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, first + rows))
            connection.execute(
                table.insert(), [{column.name: _value(column, n, rows) for column in table.columns} for n in numbers]
            )


def _value(column: Column, number: int, others: int) -> Any:
    """A value that no other row of this column has, as far as its type has so many; none in every seventh row."""
    if column.nullable and number % 7 == 0:
        return None
    for key in column.foreign_keys:
        return _value(key.column, (number - 1) % others + 1, others)
    kind = column.type
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, DateTime):
        return FIRST_MOMENT + timedelta(seconds=number)
    if isinstance(kind, Date):
        return date(2020, 1, 1) + timedelta(days=number % 1000)
    if isinstance(kind, Integer):
        return number
    if isinstance(kind, Float):
        return number / 7
    return f"{column.name} {number} {AWKWARD}"


Digests = Mapping[str, tuple[int, str]]


def digests(connection: Connection, tables: Iterable[Table]) -> Digests:
    """What each of these tables holds in these columns: the number of rows and a digest of them in order."""
    return {table.name: _digest(connection, table) for table in tables}


def _digest(connection: Connection, table: Table) -> tuple[int, str]:
    digest, rows = hashlib.sha256(), 0
    ordered = select(table).order_by(*table.primary_key.columns)
    for some in connection.execute(ordered, execution_options={"yield_per": AT_ONCE}).partitions():
        digest.update(repr([tuple(row) for row in some]).encode())
        rows += len(some)
    return rows, digest.hexdigest()


def counts(connection: Connection, tables: Iterable[Table]) -> dict[str, int]:
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
