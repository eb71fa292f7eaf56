"""dealership-listings report: what the store knows of the market."""

import argparse
from collections.abc import Mapping
from datetime import date
from typing import Any

from scraper.commands.common import add_json, add_parser, add_store, count, print_json, say, source_name, store_at
from scraper.errors import DataRefused
from scraper.lives import open_lives
from scraper.report import Report, SourceReport, report


def add(commands: Any) -> None:
    parser = add_parser(
        commands, "report", "tell what the store knows of the market, and whether it is fresh",
        "Tell of each source what it lists, what is gone, how long that took and how prices were cut, the supply by\n"
        "model, and what was not believed. Ends with 3 where nothing new has come for too long.",
        "--store s3://dealership/store --model golf",
    )  # fmt: skip
    add_store(parser)
    parser.add_argument("--source", type=source_name, metavar="NAME", help="this source alone")
    parser.add_argument("--model", metavar="TEXT", help="supply of all models whose make and name hold this")
    parser.add_argument("--top", type=count, default=20, metavar="N", help="of how many models (default %(default)s)")
    parser.add_argument(
        "--stale-after", type=count, default=3, metavar="DAYS",
        help="how many days may have gone by since something came (default %(default)s)",
    )  # fmt: skip
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    store = store_at(options.store, must_exist=True)
    today = date.today()
    with open_lives(store, today, options.source) as lives:
        told = report(
            lives, store, today, stale_after_days=options.stale_after, models=options.top, model=options.model
        )
    if options.json:
        print_json(told.document())
    else:
        _tell(told)
    if told.stale:
        raise DataRefused(f"stale: nothing has come for more than {options.stale_after} days")
    return 0


def _tell(told: Report) -> None:
    for name, source in told.sources.items():
        _tell_source(name, source)
    print(f"{told.cars:,} cars in all")
    for each in told.supply:
        print(f"  {each.make} {each.model}: {each.on_offer:,} on offer of {each.cars:,}")
    for reason, times in told.no_life.items():
        say(f"{times:,} sights tell of no listing: {reason}")


def _tell_source(name: str, source: SourceReport) -> None:
    print(f"{name}: {source.runs:,} runs, the newest of {source.newest_day}{' (stale)' if source.stale else ''}")
    print(f"  {source.listings:,} listings of {source.cars:,} cars: {source.on_offer:,} on offer, {source.gone:,} gone")
    if source.median_days_on_market is not None:
        print(f"  {source.median_days_on_market:g} days on the market (median)")
    if source.median_cut is not None and source.share_cut is not None:
        print(f"  {source.share_cut:.1%} with a price cut, of {source.median_cut:.1%} (median)")
    for reason, times in source.quarantined.items():
        print(f"  {times:,} pages in quarantine: {reason}")
    for failure in source.failures:
        print(f"  a run failed on {failure.day}: {failure.reason}")
