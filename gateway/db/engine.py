"""How the database is connected to."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

CONNECTIONS = 10
MORE_WHEN_BUSY = 20
# Who gets no connection in this time is told so: he would wait longer for his reply than anybody waits.
CONNECTION_WITHIN_S = 2
STATEMENT_WITHIN_MS = 10_000
LOCK_WITHIN_MS = 5_000
FOREIGN_KEY_VIOLATION, UNDEFINED_TABLE = "23503", "42P01"  # of PostgreSQL


def database_url(url: str) -> str:
    """An SQLAlchemy address, with our driver where it names none: postgresql://user@host/name."""
    made = make_url(url)
    if made.drivername in ("postgresql", "postgres"):
        made = made.set(drivername="postgresql+psycopg")
    if made.get_backend_name() not in ("sqlite", "postgresql"):
        raise ValueError(f"GATEWAY_DATABASE_URL must be of sqlite or postgresql, not {made.get_backend_name()}")
    if made.get_backend_name() == "sqlite" and made.database not in (None, "", ":memory:"):
        made = made.set(database=str(Path(made.database).absolute()))  # Flask would look beside the code
    return made.render_as_string(hide_password=False)


def engine_options(url: str) -> dict[str, Any]:
    """What create_engine must know for a database of this kind."""
    made = make_url(url)
    # An error's text goes to the log, where values have no place: they may be somebody's.
    options: dict[str, Any] = {"hide_parameters": True}
    if made.get_backend_name() == "sqlite" and made.database in (None, "", ":memory:"):
        return options
    options |= {
        "pool_size": CONNECTIONS,
        "max_overflow": MORE_WHEN_BUSY,
        "pool_timeout": CONNECTION_WITHIN_S,
        # The one that was used last is taken: each that is used fills a cache of its own.
        "pool_use_lifo": True,
    }
    if made.get_backend_name() == "postgresql":
        options["pool_pre_ping"] = True  # a server that was restarted has closed them all
        options["connect_args"] = {
            "connect_timeout": CONNECTION_WITHIN_S,
            "options": f"-c statement_timeout={STATEMENT_WITHIN_MS} -c lock_timeout={LOCK_WITHIN_MS}",
        }
    return options


def tidy(engine: Engine) -> None:
    """Bring what SQLite still keeps beside its file into it: who copies the file of a gateway that has stopped, as he
    should not, has all of it.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def refers_to_nothing(error: IntegrityError) -> bool:
    """Whether a row was written that refers to one which is not there, or not any more."""
    return getattr(error.orig, "sqlstate", None) == FOREIGN_KEY_VIOLATION or "FOREIGN KEY" in str(error.orig)


def is_not_migrated(error: DBAPIError) -> bool:
    """Whether a table was asked for that is not there."""
    return getattr(error.orig, "sqlstate", None) == UNDEFINED_TABLE or "no such table" in str(error.orig)
