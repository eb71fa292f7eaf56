"""card: publishing model cards."""

import argparse
import sys
from pathlib import Path

from gateway.commands.base import Commands, app, group, read_json_file
from gateway.services.container import services


def add(commands: Commands) -> None:
    actions = group(commands, "card", "publish model cards")
    put = actions.add_parser("put", help="publish a version's card (safe to repeat)")
    put.add_argument("file", type=Path, help="the card, as JSON; - for standard input")
    put.set_defaults(run=_put)


def _put(options: argparse.Namespace) -> int:
    document = read_json_file(options.file)
    with app().app_context():
        new = services().cards.put(document)
    print(f"card of version {document['version']} {'published' if new else 'was published before'}", file=sys.stderr)
    return 0
