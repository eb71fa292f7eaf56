"""prune: removing what is past its time."""

import argparse
from datetime import timedelta

from gateway.app import create_app
from gateway.commands.base import Commands
from gateway.config import read_config
from gateway.services import retention


def add(commands: Commands) -> None:
    parser = commands.add_parser("prune", help="remove what is past its time, while the gateway serves")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be removed, and change nothing")
    parser.set_defaults(run=_prune)


def _prune(options: argparse.Namespace) -> int:
    config = read_config()
    periods = retention.Periods(
        undo=timedelta(hours=config.undo_hours),
        valuations=timedelta(days=config.keep_valuations_days),
        contacts=timedelta(days=config.keep_contacts_days),
        listings=timedelta(days=config.keep_listings_days),
    )
    with create_app(config).app_context():
        counts = (retention.count if options.dry_run else retention.prune)(periods)
    for kind, rows in counts.items():
        print(f"{kind}: {rows}")
    return 0
