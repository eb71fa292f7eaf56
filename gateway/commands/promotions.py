"""promotion: publishing the records of promotions."""

import argparse
import sys
from pathlib import Path

from gateway.commands.base import Commands, app, group, read_json_file
from gateway.services import promotions
from gateway.services.identity import OPERATOR


def add(commands: Commands) -> None:
    actions = group(commands, "promotion", "publish the records of promotions")
    put = actions.add_parser("put", help="publish a promotion's record (safe to repeat)")
    put.add_argument("file", type=Path, help="the record, as JSON; - for standard input")
    put.set_defaults(run=_put)


def _put(options: argparse.Namespace) -> int:
    record = read_json_file(options.file)
    number = record.get("number") if isinstance(record, dict) else None
    if not isinstance(number, int):
        raise ValueError(f"{options.file} is no record of a promotion: it has no number")
    with app().app_context():
        new = promotions.put(number, record, OPERATOR)
    print(f"promotion {number} {'published' if new else 'was published before'}", file=sys.stderr)
    return 0
