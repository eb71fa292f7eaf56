"""dealership-listings: bringing listings and feedback to where training finds them."""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from model.store import LocalStore
from scraper.feedback import ExportError, Gateway, export, last_event

TOKEN_VARIABLE = "DEALERSHIP_TOKEN"


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run one command; its exit code: 0, 1 for what cannot be done, 2 for a wrong call, 130 if interrupted."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options, environment)
    except ValueError as error:
        _say(f"dealership-listings: {error}")
        return 2
    except (ExportError, OSError) as error:
        _say(f"dealership-listings: {error}")
        return 1
    except KeyboardInterrupt:
        _say("dealership-listings: interrupted; run it again to go on")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dealership-listings", description="Bring listings and feedback to where training finds them."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    feedback = commands.add_parser(
        "export-feedback",
        help="keep the gateway's accepted feedback in the store (safe to repeat)",
        description="Fetch what was accepted and withdrawn since the last time, and keep it in the store, for "
        f"dealership-model train --feedback. The token, of scope feedback, comes from a file or from {TOKEN_VARIABLE}.",
    )
    feedback.add_argument("--gateway", required=True, metavar="URL", help="such as https://cars.example")
    feedback.add_argument("--token-file", type=Path, metavar="FILE", help="a file that holds the token alone")
    feedback.add_argument("--store", type=Path, required=True, metavar="DIR", help="the store's folder")
    feedback.add_argument("--dry-run", action="store_true", help="fetch and check, and keep nothing")
    feedback.add_argument("--json", action="store_true", help="print what was done as one line of JSON")
    feedback.set_defaults(run=_export_feedback)
    return parser


def _export_feedback(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    gateway = Gateway(options.gateway, _token(options.token_file, environment))
    store = LocalStore(options.store)
    before = last = last_event(store)
    pages = 0
    for page in export(gateway.events, store, dry_run=options.dry_run):
        _say(f"events {page.first:,} to {page.last:,} {'would be' if options.dry_run else 'are'} kept")
        pages, last = pages + 1, page.last
    if options.json:
        result = {"events": last - before, "pages": pages, "last_event": last, "dry_run": options.dry_run}
        print(json.dumps(result))
    elif not pages:
        _say(f"nothing new after event {last:,}")
    return 0


def _token(file: Path | None, environment: Mapping[str, str]) -> str:
    token = file.read_text(encoding="utf-8") if file else environment.get(TOKEN_VARIABLE, "")
    if not token.strip():
        raise ValueError(f"no token: name a file that holds it by --token-file, or set {TOKEN_VARIABLE}")
    return token.strip()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
