"""db: the tables, and what is in them as a whole."""

import argparse
import sys
from pathlib import Path

from flask_migrate import downgrade, upgrade

from gateway.commands.base import Commands, app, group
from gateway.services import backup


def add(commands: Commands) -> None:
    actions = group(commands, "db", "migrate, back up and restore the database")
    up = actions.add_parser("upgrade", help="bring the tables to this code's state (safe to repeat)")
    up.set_defaults(run=_upgrade)
    down = actions.add_parser("downgrade", help="take the last migration back, or all down to a revision")
    down.add_argument("revision", nargs="?", default="-1", help="the revision to go back to (default: one back)")
    down.set_defaults(run=_downgrade)
    save = actions.add_parser("backup", help="write all rows to a file, while the gateway serves")
    save.add_argument("file", type=Path, help="the file to make; it holds personal data")
    save.set_defaults(run=_backup)
    restore = actions.add_parser("restore", help="fill an empty, upgraded database from a backup of any database")
    restore.add_argument("file", type=Path, help="what `db backup` made")
    restore.set_defaults(run=_restore)


def _upgrade(_: argparse.Namespace) -> int:
    with app().app_context():
        upgrade()
    return 0


def _downgrade(options: argparse.Namespace) -> int:
    with app().app_context():
        downgrade(revision=options.revision)
    return 0


def _backup(options: argparse.Namespace) -> int:
    with app().app_context():
        rows = backup.write(options.file, _tell)
    _tell(f"{options.file} holds {rows:,} rows")
    return 0


def _restore(options: argparse.Namespace) -> int:
    with app().app_context():
        rows = backup.restore(options.file, _tell)
    _tell(f"{rows:,} rows restored from {options.file}")
    return 0


def _tell(text: str) -> None:
    print(text, file=sys.stderr)
