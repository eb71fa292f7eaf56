"""dealership-listings publish: the store's market to the gateway."""

import argparse
from collections.abc import Mapping
from datetime import date
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
    source_name,
    store_at,
    token,
)
from scraper.errors import DataRefused
from scraper.gateway import Gateway
from scraper.lives import open_lives
from scraper.publishing import publish


def add(commands: Any) -> None:
    parser = add_parser(
        commands, "publish", "bring the store's market to the gateway (safe to repeat)",
        "Send the lives of all listings that a run has changed and the gateway does not have yet, run by run. The\n"
        f"token, of scope listings, comes from a file or from {TOKEN_VARIABLE}.",
        "--gateway https://cars.example --token-file token --store s3://dealership/store",
    )  # fmt: skip
    add_gateway(parser)
    add_store(parser)
    parser.add_argument("--source", type=source_name, metavar="NAME", help="this source alone")
    add_dry_run(parser, "ask the gateway what it has, and send nothing")
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    gateway = Gateway(options.gateway, token(options.token_file, environment))
    store = store_at(options.store, must_exist=True)
    runs: set[tuple[str, str]] = set()
    parts = lives_sent = refused = 0
    with open_lives(store, date.today(), options.source) as lives:
        for part in publish(lives, gateway, dry_run=options.dry_run):
            sent = "would be sent" if options.dry_run else "sent"
            say(f"{part.source}, run {part.run}: part {part.part:,} of {part.parts:,}, {part.lives:,} listings {sent}")
            for reason in part.reasons:
                say(f"    refused: {reason}")
            runs.add((part.source, part.run))
            parts, lives_sent, refused = parts + 1, lives_sent + part.lives, refused + part.refused
    if options.json:
        print_json({
            "runs": len(runs), "parts": parts, "listings": lives_sent, "refused": refused, "dry_run": options.dry_run,
        })  # fmt: skip
    elif not parts:
        say("the gateway has all of it")
    if refused:
        raise DataRefused(f"the gateway has refused {refused:,} listings")
    return 0
