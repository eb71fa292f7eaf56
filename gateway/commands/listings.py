"""listings: the sources of the market, and taking one out."""

import argparse
import sys

from gateway.commands.base import Commands, app, group
from gateway.services.identity import OPERATOR
from gateway.services.market import sources


def add(commands: Commands) -> None:
    actions = group(commands, "listings", "list the sources of the market's listings, or take one out")
    listing = actions.add_parser("list-sources", help="print each source with its listings, newest day and runs")
    listing.set_defaults(run=_list)
    remove = actions.add_parser("remove", help="take all listings of a source out, while the gateway serves")
    remove.add_argument("--source", required=True, help="the source's name")
    remove.add_argument("--yes", action="store_true", help="do not ask first")
    remove.set_defaults(run=_remove)


def _list(_: argparse.Namespace) -> int:
    with app().app_context():
        for source in sources.all_sources():
            newest = source.newest_day.isoformat() if source.newest_day else "-"
            print(f"{source.name}  {source.listings} listings  newest day {newest}  {source.runs} runs")
    return 0


def _remove(options: argparse.Namespace) -> int:
    if not options.yes and not _agreed(options.source):
        print("nothing was removed", file=sys.stderr)
        return 1
    with app().app_context():
        removed = sources.remove(OPERATOR, options.source)
    print(f"removed {removed:,} listings of {options.source}", file=sys.stderr)
    return 0


def _agreed(source: str) -> bool:
    print(f"all listings of {source} go; only who publishes them can bring them back. Remove? [y/N] ", end="",
          file=sys.stderr)  # fmt: skip
    return sys.stdin.readline().strip().lower() in ("y", "yes")
