"""db: the tables, and what is in them as a whole."""

import argparse

from flask_migrate import downgrade, upgrade

from gateway.commands.base import Commands, app, group


def add(commands: Commands) -> None:
    actions = group(commands, "db", "migrate the database")
    up = actions.add_parser("upgrade", help="bring the tables to this code's state (safe to repeat)")
    up.set_defaults(run=_upgrade)
    down = actions.add_parser("downgrade", help="take the last migration back, or all down to a revision")
    down.add_argument("revision", nargs="?", default="-1", help="the revision to go back to (default: one back)")
    down.set_defaults(run=_downgrade)


def _upgrade(_: argparse.Namespace) -> int:
    with app().app_context():
        upgrade()
    return 0


def _downgrade(options: argparse.Namespace) -> int:
    with app().app_context():
        downgrade(revision=options.revision)
    return 0
