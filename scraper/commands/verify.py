"""dealership-listings verify: whether the store is whole."""

import argparse
from collections.abc import Mapping
from typing import Any

from scraper.commands.common import add_json, add_parser, add_store, print_json, progress, say, store_at
from scraper.errors import Failed
from scraper.verifying import verify

ORPHANS_SHOWN = 20


def add(commands: Any) -> None:
    parser = add_parser(
        commands, "verify", "look whether all that counts in the store is there and whole",
        "Look at every object that a manifest names: whether it is there, holds what its name says, and as many\n"
        "records as it should. Ends with 1 where something is damaged.",
        "--store s3://dealership/store",
    )  # fmt: skip
    add_store(parser)
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    store = store_at(options.store, must_exist=True)
    with progress(None, "object") as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        verified = verify(store, show)
    if options.json:
        print_json({
            "manifests": verified.manifests, "objects": verified.objects, "records": verified.records,
            "damaged": verified.damaged, "orphans": verified.orphans,
        })  # fmt: skip
    else:
        for key in verified.orphans[:ORPHANS_SHOWN]:
            say(f"in no manifest: {key}")
    for key, fault in verified.damaged.items():
        say(f"DAMAGED {key}: {fault}")
    say(
        f"{verified.manifests:,} manifests, {verified.objects:,} objects, {verified.records:,} records; "
        f"{len(verified.orphans):,} objects in no manifest, which count for nothing"
    )
    if verified.damaged:
        raise Failed(f"{len(verified.damaged):,} objects are damaged")
    return 0
