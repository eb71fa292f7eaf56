"""dealership-listings import: files of listings and saved pages into the store."""

import argparse
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

from model.schema.columns import parse_mapping
from scraper.commands.common import (
    add_dry_run,
    add_json,
    add_parser,
    add_store,
    alone,
    day,
    print_json,
    progress,
    say,
    source_name,
    store_at,
)
from scraper.errors import DataRefused, WrongCall
from scraper.importing import Imported, Terms, Told, import_files
from scraper.inputs import KNOWN, Inputs
from scraper.runs import Run
from scraper.sites import SITES


def add(commands: Any) -> None:
    parser = add_parser(
        commands, "import", "bring files of listings or saved pages into the store (safe to repeat)",
        "Read files, folders and archives, check them, and keep what they list in the store: all of it, or nothing\n"
        f"where one file is not what it should be. Read are {KNOWN}.",
        "--source dealer-feed --market-date 2026-07-14 --store store listings.csv more.zip",
    )  # fmt: skip
    parser.add_argument("files", nargs="+", metavar="FILE", help="file, folder, archive, or - for standard input")
    parser.add_argument("--source", type=source_name, required=True, metavar="NAME", help="where the listings are from")
    add_store(parser)
    parser.add_argument(
        "--mapping", type=Path, metavar="FILE",
        help='what the columns mean where they are named otherwise: JSON such as {"mileage_km": "Kilometer"}',
    )  # fmt: skip
    parser.add_argument(
        "--market-date", type=day, metavar="DATE",
        help="the day of listings that do not say theirs, and on which pages were saved",
    )  # fmt: skip
    parser.add_argument(
        "--complete", action="store_true",
        help="this is all that the source has on that day: what is not in it is gone",
    )  # fmt: skip
    add_dry_run(parser, "read and check, and keep nothing")
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    store = store_at(options.store)
    mapping = _mapping(options.mapping) if options.mapping else None
    run = Run(store, options.source, dry_run=options.dry_run)
    site = SITES[options.source]() if options.source in SITES else None
    told = Told()
    with nullcontext() if options.dry_run else alone(store, [f"import-{options.source}"]):
        with progress(None, "B") as bar:
            inputs = Inputs(options.files, bar.update)
            bar.total = inputs.size_bytes
            try:
                terms = Terms(mapping, options.market_date, options.complete)
                imported = import_files(inputs, run, terms, told, site=site, today=date.today())
            except DataRefused as refused:
                bar.close()
                if options.json:
                    print_json({"refused": str(refused), "counts": told.counts, "examples": told.examples})
                _tell(told)
                raise
    _tell(told)
    _tell_done(imported, options)
    return 0


def _mapping(path: Path) -> Mapping[str, str]:
    try:
        return parse_mapping(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise WrongCall(f"the mapping {path} {error}") from error


def _tell(told: Told) -> None:
    for what, times in told.counts.items():
        say(f"{times:,} {what}")
        said = told.examples.get(what.partition(", ")[2], [])
        for example in said[:2]:
            say(f"    {example}")
    for file, columns in told.unread_columns.items():
        say(f"columns of {file} that were not read: {', '.join(columns)}")
    for ending, times in told.passed_over.items():
        say(f"{times:,} files that are not read: {ending or 'without an ending'}")


def _tell_done(imported: Imported, options: argparse.Namespace) -> None:
    manifest = imported.manifest
    if options.json:
        print_json({
            "manifest": manifest.key, "new": imported.there_since is None, "there_since": imported.there_since,
            "records": manifest.records, "quarantined": len(manifest.quarantined), "counts": manifest.counts,
            "dry_run": options.dry_run,
        })  # fmt: skip
    if imported.there_since:
        say(f"nothing new: it is there already, since run {imported.there_since}")
    elif options.dry_run:
        say(f"{manifest.records:,} records of {manifest.day} would be kept")
    else:
        say(f"{manifest.records:,} records of {manifest.day} are kept: {manifest.key}")
