"""Runs the migrations on the app's own engine. Flask-Migrate calls it, within an app."""

import zlib

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from gateway.db.tables import METADATA

LOCK = zlib.crc32(b"dealership-gateway migrations")


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
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            assert not broken, f"a migration would leave rows that refer to nothing: {broken[:5]}"


with current_app.extensions["migrate"].db.engine.connect() as plain:
    if plain.dialect.name == "sqlite":
        # A table that is copied is dropped, and that would delete all that refers to it. Only outside of a transaction
        # can this be said.
        driver = plain.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            migrate(plain.execution_options(begin="IMMEDIATE"))
        finally:
            driver.execute("PRAGMA foreign_keys=ON")
    else:
        migrate(plain)
