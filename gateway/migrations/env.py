"""Runs the migrations on the app's own engine. Flask-Migrate calls it, within an app."""

from alembic import context
from flask import current_app

from gateway.extensions import db

with current_app.extensions["migrate"].db.engine.connect() as connection:
    # SQLite alters a table by copying it (batch mode); PostgreSQL needs none of that, and takes no harm.
    context.configure(connection=connection, target_metadata=db.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
