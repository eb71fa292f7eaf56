"""Rows for any tables, made from what the database says of them, and digests of what tables hold."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean, Column, Connection, Date, DateTime, Double, Float, Integer, MetaData, String, Table, case, cast, func,
    literal, null, select, type_coerce,
)  # fmt: skip
from sqlalchemy.types import NullType

AT_ONCE = 5_000
MOMENT = datetime(2025, 1, 1, 12, 0, 0, 123456)
AWKWARD = "ä€\U0001f697 \"quoted\" 'too' \\ \t\n=1+1"


def tables_of(connection: Connection) -> MetaData:
    """The tables that the database has now, but for alembic's own."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name != "alembic_version")
    return found


def fill(connection: Connection, tables: Iterable[Table], rows: int, first: int = 1) -> None:
    """Insert so many rows into each of the tables, numbered from the first on; the database itself makes them.

    A row refers to rows of its own number in others, where so many are there, else to those before, in turn.
    """
    for table in tables:
        for start in range(first, first + rows, AT_ONCE):  # a statement must end in seconds
            last = min(start + AT_ONCE, first + rows) - 1
            numbers = select(literal(start).label("number")).cte("numbers", recursive=True)
            numbers = numbers.union_all(select(numbers.c.number + 1).where(numbers.c.number < last))
            values = [_value(column, numbers.c.number, rows) for column in table.columns]
            connection.execute(table.insert().from_select(list(table.columns), select(*values)))


def _value(column: Column, number: Any, others: int) -> Any:
    """A value that no other row of this column has, as far as its type has so many; none in every seventh row."""
    value = _some(column, number)
    for key in column.foreign_keys:
        value = _some(key.column, (number - 1) % others + 1)
    return case((number % 7 == 0, null()), else_=value) if column.nullable else value


def _some(column: Column, number: Any) -> Any:
    kind = column.type
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, DateTime):
        return literal(MOMENT, DateTime())
    if isinstance(kind, Date):
        return literal(MOMENT.date(), Date())
    if isinstance(kind, Integer):
        return number
    if isinstance(kind, Float):
        return number / literal(7.0, Double())
    text = literal(f"{column.name} ", String()) + cast(number, String()) + literal(f" {AWKWARD}", String())
    # A card is read by the migration that made its summary.
    return literal('{"format": 0, "number": ', String()) + cast(number, String()) + literal("}", String()) if (
        column.table.name, column.name
    ) == ("card", "document") else text


Digests = Mapping[str, tuple[int, str]]


def digests(connection: Connection, tables: Iterable[Table]) -> Digests:
    """What each of these tables holds in these columns: the number of rows and a digest of them in order."""
    return {table.name: _digest(connection, table) for table in tables}


def _digest(connection: Connection, table: Table) -> tuple[int, str]:
    digest, rows = hashlib.sha256(), 0
    # As the driver gives them: to make moments of texts would take most of the time.
    columns = [type_coerce(column, NullType()) for column in table.columns]
    ordered = select(*columns).order_by(*table.primary_key.columns)
    for some in connection.execute(ordered, execution_options={"yield_per": AT_ONCE}).partitions():
        digest.update(repr([tuple(row) for row in some]).encode())
        rows += len(some)
    return rows, digest.hexdigest()


def counts(connection: Connection, tables: Iterable[Table]) -> dict[str, int]:
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
