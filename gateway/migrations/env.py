"""Runs the migrations on the app's own engine. Flask-Migrate calls it, within an app."""

import zlib

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from gateway.db.engine import LOCK_WITHIN_MS
from gateway.db.tables import METADATA
from gateway.extensions import prepare_sqlite

LOCK = zlib.crc32(b"dealership-gateway migrations")
# Who upgrades second waits for the first, however many rows that one has to copy.
WAIT_FOR_ANOTHER_MS = 3_600_000


def migrate(connection: Connection) -> None:
    """All that is asked for, or nothing: both databases can take DDL back, so that a kill leaves the tables as they
    were. Who comes second waits, and finds it done.
    """
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,  # SQLite alters a table by copying it; PostgreSQL needs none of that, and takes no harm
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text(f"SET LOCAL lock_timeout = {WAIT_FOR_ANOTHER_MS}"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            # But not for a table that somebody reads for long: all who serve would queue behind us.
            connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_WITHIN_MS}"))
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"a migration would leave rows that refer to nothing: {broken[:5]}")


with current_app.extensions["migrate"].db.engine.connect() as plain:
    if plain.dialect.name == "sqlite":
        # A table that is copied is dropped, and that would delete all that refers to it. Only outside of a transaction
        # can this be said.
        driver = plain.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute(f"PRAGMA busy_timeout={WAIT_FOR_ANOTHER_MS}")
        try:
            migrate(plain.execution_options(begin="IMMEDIATE"))
        finally:
            prepare_sqlite(driver, None)
    else:
        migrate(plain)
