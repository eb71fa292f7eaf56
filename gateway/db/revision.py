"""At which migration a database stands, and at which this code's tables are."""

from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, inspect, select, table

MIGRATIONS = Path(__file__).parents[1] / "migrations"
# Alembic's own. It makes this anew whenever it is asked, and SQLAlchemy keeps what it has compiled for each: by and by
# /readyz would push all other statements out.
_TABLE = table("alembic_version", column("version_num"))
_CURRENT = select(_TABLE.c.version_num)


@cache
def newest() -> str | None:
    """The newest migration; they do not change while a process runs."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def current(connection: Connection) -> str | None:
    """The database's migration, None where there is none yet."""
    return connection.scalar(_CURRENT) if inspect(connection).has_table(_TABLE.name) else None
