"""Migrated databases for tests, of both kinds."""

import shutil
from itertools import count
from pathlib import Path

from flask_migrate import upgrade

from gateway.app import create_app
from gateway.config import Config
from tests.postgresql import PostgreSQL

SQLITE, POSTGRESQL = "sqlite", "postgresql"
BOTH = (SQLITE, POSTGRESQL)


def migrate(url: str) -> None:
    """Make all tables, with no rows."""
    app = create_app(Config(database_url=url))
    with app.app_context():
        upgrade()
        app.extensions["sqlalchemy"].engine.dispose()


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._migrated = folder / "migrated.db"
        migrate(f"sqlite:///{self._migrated}")

    def new(self) -> str:
        """The address of a database of one's own."""
        path = self._folder / f"gateway-{next(self._numbers)}.db"
        shutil.copy(self._migrated, path)
        return f"sqlite:///{path}"


class PostgresqlDatabases:
    """Copies of one migrated database."""

    def __init__(self, server: PostgreSQL) -> None:
        self._server = server
        self._migrated = server.create()
        migrate(server.url(self._migrated))

    def new(self) -> str:
        """The address of a database of one's own."""
        return self._server.url(self._server.create(template=self._migrated))
