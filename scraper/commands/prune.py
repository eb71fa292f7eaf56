"""dealership-listings prune: what was kept for a time, out of the store."""

import argparse
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import date, timedelta
from typing import Any

from scraper.commands.common import (
    add_dry_run,
    add_json,
    add_parser,
    add_store,
    alone,
    count,
    print_json,
    say,
    source_name,
    store_at,
)
from scraper.pruning import prune, sources_of


def add(commands: Any) -> None:
    parser = add_parser(
        commands, "prune", "remove what is older than it need be kept (safe to repeat)",
        "Remove runs whose newest day is longer ago than so many days, with their listings and pages, as far as no\n"
        "other run needs these, and what runs that failed or were killed have left of those days. Feedback and\n"
        "promotions are never touched.",
        "--keep-days 400 --store s3://dealership/store --dry-run",
    )  # fmt: skip
    parser.add_argument("--keep-days", type=count, required=True, metavar="N", help="how many days are kept")
    parser.add_argument(
        "--source", type=source_name, action="append", metavar="NAME", help="this source alone; may be given again"
    )
    add_store(parser)
    add_dry_run(parser, "say what would be removed, and remove nothing")
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    store = store_at(options.store, must_exist=True)
    sources = options.source or sources_of(store)
    before = date.today() - timedelta(days=options.keep_days)
    # What a run has found there it counts on, until its manifest says so: it is not waited for, tomorrow will do.
    leases = [f"{work}-{source}" for source in sources for work in ("crawl", "import")]
    with nullcontext() if options.dry_run else alone(store, leases, wait_s=0.0):
        pruned = prune(store, sources, before, dry_run=options.dry_run)
    if options.json:
        print_json({"before": before.isoformat(), "removed": pruned.removed, "dry_run": options.dry_run})
    for beginning, times in pruned.removed.items():
        say(f"{times:,} of {beginning} {'would be' if options.dry_run else 'are'} removed")
    if not pruned.removed:
        say(f"nothing is older than {before}")
    return 0
