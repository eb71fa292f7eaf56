"""The migrations: one line of them, there and back, to the tables that the code has."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from apiflask import APIFlask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from gateway.app import create_app
from gateway.config import Config
from gateway.db.tables import METADATA
from gateway.extensions import db


@pytest.fixture
def app(tmp_path: Path) -> Iterator[APIFlask]:
    """A gateway on an empty database, within its context."""
    app = create_app(Config(database_url=f"sqlite:///{tmp_path}/gateway.db"))
    with app.app_context():
        yield app
        db.engine.dispose()


def differences() -> list:
    """Between the database's tables and the models'."""
    with db.engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection), METADATA)


def test_there_is_one_head(app: APIFlask) -> None:
    """Two migrations of one parent would make `db upgrade` fail on a customer's machine."""
    # given the migrations, when their ends are listed, then there is one
    assert len(ScriptDirectory.from_config(app.extensions["migrate"].migrate.get_config()).get_heads()) == 1


def test_migrations_and_models_agree(app: APIFlask) -> None:
    """A model that changes brings its migration with it."""
    # given an empty database, where everything differs
    assert differences() != []
    # when it is migrated, then nothing does
    upgrade()
    assert differences() == []


def test_every_migration_can_be_taken_back_and_made_again(app: APIFlask) -> None:
    """A deployment that fails is no dead end, at whichever migration."""
    # given a migrated database
    upgrade()
    tables = set(inspect(db.engine).get_table_names())
    # when all is taken back, then nothing is left
    revisions = list(ScriptDirectory.from_config(app.extensions["migrate"].migrate.get_config()).walk_revisions())
    for _ in revisions:
        downgrade(revision="-1")
    assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
    # and when it is made again, then it is what it was
    upgrade()
    assert set(inspect(db.engine).get_table_names()) == tables
    assert differences() == []
