"""At which migration a database stands, and at which this code's tables are."""

from functools import cache
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parents[1] / "migrations"


@cache
def newest() -> str | None:
    """The newest migration; they do not change while a process runs."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def current(connection: Connection) -> str | None:
    """The database's migration, None where there is none yet."""
    return MigrationContext.configure(connection).get_current_revision()
