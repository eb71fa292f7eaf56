"""The Flask extensions, made once and bound to an app by create_app, and how SQLite is spoken to."""

import sqlite3
from typing import Any

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """What all tables derive from."""


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate()


@event.listens_for(Engine, "connect")
def prepare_sqlite(connection: Any, _record: object) -> None:
    """SQLite as a server's database: readers beside the writer (WAL), no acknowledged row lost, keys enforced."""
    if isinstance(connection, sqlite3.Connection):
        # The driver would begin a transaction at the first write only, and none at all for DDL: we do it ourselves.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def begin_sqlite(connection: Connection) -> None:
    """Begin as the connection's option "begin" says. One that will write must say IMMEDIATE: who reads first and then
    writes is refused at once where somebody else wrote in between, however long he would have waited.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'DEFERRED')}")
