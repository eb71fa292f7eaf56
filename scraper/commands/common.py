"""What the commands have in common: their options, and how they tell what they did."""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from tqdm import tqdm

from model.leases import LASTS_S, LeaseHeld, hold
from model.schema.collected import SOURCE
from model.store import Store, open_store
from scraper.errors import Failed, WrongCall

COUNT = re.compile("[1-9][0-9]{0,4}")
TOKEN_VARIABLE = "DEALERSHIP_TOKEN"
# A run that was killed has its lease for a while longer.
WAITS_FOR_ANOTHER_S = LASTS_S + 10


def add_parser(commands: Any, name: str, summary: str, description: str, example: str) -> argparse.ArgumentParser:
    """A command with its help, which ends with an example of how it is called."""
    return commands.add_parser(
        name, help=summary, description=description, epilog=f"example: dealership-listings {name} {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip


def add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", required=True, metavar="DIR", help="the store: a folder, or s3://bucket/beginning")


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print what came of it as one line of JSON")


def add_dry_run(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--dry-run", action="store_true", help=what)


def add_gateway(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gateway", required=True, metavar="URL", help="such as https://cars.example")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="a file that holds the token alone")


def source_name(text: str) -> str:
    """A source's name off the command line."""
    if not SOURCE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no source's name: small letters, digits, - and _, 40 at most")
    return text


def day(text: str) -> date:
    """A date off the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-07-14") from error


def count(text: str) -> int:
    """A number off the command line, from 1."""
    if not COUNT.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 99999")
    return int(text)


def store_at(location: str, *, must_exist: bool = False) -> Store:
    """The store at a location. Raises WrongCall for what is no location, OSError for what is not there."""
    try:
        return open_store(location, must_exist=must_exist)
    except ValueError as error:
        raise WrongCall(str(error)) from error


def token(file: Path | None, environment: Mapping[str, str]) -> str:
    """The token in a file, or of the environment. Raises WrongCall where there is none, Failed for a broken file."""
    try:
        text = file.read_text(encoding="utf-8") if file else environment.get(TOKEN_VARIABLE, "")
    except UnicodeDecodeError as error:
        raise Failed(f"{file} holds no token: it is no text") from error
    if not text.strip():
        raise WrongCall(f"no token: name a file that holds it by --token-file, or set {TOKEN_VARIABLE}")
    return text.strip()


@contextmanager
def alone(store: Store, names: Iterable[str], *, wait_s: float = WAITS_FOR_ANOTHER_S) -> Iterator[None]:
    """Hold the leases of these names while the block runs; who has one is waited for."""
    with ExitStack() as leases:
        for name in names:
            leases.enter_context(hold(store, name, wait_s=wait_s, on_wait=say_waiting))
        yield


def progress(total: int | None, unit: str) -> Any:
    """A bar on a terminal; nothing elsewhere."""
    in_bytes = unit == "B"
    return tqdm(total=total, unit=unit, unit_scale=in_bytes, disable=not sys.stderr.isatty(), leave=False)


def print_json(document: Mapping[str, object]) -> None:
    print(json.dumps(document, ensure_ascii=False))


def say(line: str) -> None:
    """A line for people; machines read standard output."""
    print(line, file=sys.stderr, flush=True)


def say_waiting(held: LeaseHeld) -> None:
    """Tell of somebody who has a lease that is waited for."""
    say(f"waiting: {held}")
