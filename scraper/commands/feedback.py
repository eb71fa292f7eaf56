"""dealership-listings export-feedback: the gateway's accepted feedback into the store."""

import argparse
from collections.abc import Mapping
from typing import Any

from scraper.commands.common import (
    TOKEN_VARIABLE,
    add_dry_run,
    add_gateway,
    add_json,
    add_parser,
    add_store,
    print_json,
    say,
    store_at,
    token,
)
from scraper.feedback import export, feed_of, last_event
from scraper.gateway import Gateway


def add(commands: Any) -> None:
    parser = add_parser(
        commands, "export-feedback", "keep the gateway's accepted feedback in the store (safe to repeat)",
        "Fetch what was accepted and withdrawn since the last time, and keep it in the store, for\n"
        f"dealership-model train --feedback. The token, of scope feedback, comes from a file or from {TOKEN_VARIABLE}.",
        "--gateway https://cars.example --token-file token --store s3://dealership/store",
    )  # fmt: skip
    add_gateway(parser)
    add_store(parser)
    add_dry_run(parser, "fetch and check, and keep nothing")
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    gateway = Gateway(options.gateway, token(options.token_file, environment))
    store = store_at(options.store)
    before = last = last_event(store)
    pages = 0
    for page in export(feed_of(gateway), store, dry_run=options.dry_run):
        say(f"events {page.first:,} to {page.last:,} {'would be' if options.dry_run else 'are'} kept")
        pages, last = pages + 1, page.last
    if options.json:
        print_json({"events": last - before, "pages": pages, "last_event": last, "dry_run": options.dry_run})
    elif not pages:
        say(f"nothing new after event {last:,}")
    return 0
