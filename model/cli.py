"""dealership-model: the jobs around the model as commands."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from model.config import read_config
from model.demo_market import write_demo_market
from model.errors import JobError
from model.promotion import promote
from model.registry import Registry
from model.training import train


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0, 2 for data that cannot be used, 3 for a missing market date, else 1 or 4."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except JobError as error:
        _say(f"dealership-model: {error}")
        return error.exit_code
    except OSError as error:
        _say(f"dealership-model: {error}")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dealership-model", description="Train, register and promote the model that prices cars."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo-market", help="write a file of invented listings to try the product with")
    demo.add_argument("--out", type=Path, required=True, help="the CSV file to write")
    demo.add_argument("--seed", type=int, default=7, help="the same seed gives the same market (default %(default)s)")
    demo.add_argument("--rows", type=_count, default=20_000, help="how many listings (default %(default)s)")
    demo.add_argument("--market-date", type=_date, default=date.today(), help="the newest listing's (default today)")
    demo.set_defaults(run=_demo_market)

    training = commands.add_parser("train", help="train on a file of listings and register the version")
    training.add_argument("--data", type=Path, required=True, help="CSV: our columns, AutoScout24's, or by --mapping")
    training.add_argument("--market-date", type=_date, help="the day on which the prices of a file without dates held")
    training.add_argument("--mapping", type=Path, help='JSON {"our column": "the file\'s column"}')
    training.add_argument("--synthetic", action="store_true", help="the listings are invented; every page says so")
    training.add_argument("--json", action="store_true", help="print the version and its figures as one line of JSON")
    training.set_defaults(run=_train)

    promotion = commands.add_parser("promote", help="make a version the champion and write its serving files")
    promotion.add_argument("--version", required=True, help="the registered version")
    promotion.add_argument("--serving-dir", type=Path, required=True, help="where MLServer's settings and the card go")
    promotion.add_argument("--templates", type=Path, default=Path("kserve"), help="MLServer's settings to fill in")
    promotion.set_defaults(run=_promote)

    card = commands.add_parser("card", help="print a version's model card")
    card.add_argument("--version", help="the registered version (default: the champion)")
    card.set_defaults(run=_card)
    return parser


def _demo_market(options: argparse.Namespace) -> None:
    options.out.parent.mkdir(parents=True, exist_ok=True)
    rows = write_demo_market(options.out, seed=options.seed, rows=options.rows, market_date=options.market_date)
    _say(f"{rows:,} invented listings in {options.out}")


def _train(options: argparse.Namespace) -> None:
    version, card = train(
        read_config(),
        options.data,
        market_date=options.market_date,
        mapping=options.mapping,
        synthetic=options.synthetic,
        progress=_say,
    )
    if options.json:
        print(json.dumps({"name": version.name, "version": version.version, "figures": card["figures"]}))
    else:
        print(f"registered {version.name} version {version.version}")


def _promote(options: argparse.Namespace) -> None:
    promote(Registry(read_config()), options.version, options.serving_dir, options.templates)
    _say(f"version {options.version} is the champion")


def _card(options: argparse.Namespace) -> None:
    registry = Registry(read_config())
    version = options.version or registry.champion()
    if version is None:
        raise JobError("no version has been promoted yet; name one with --version")
    json.dump(registry.card(version), sys.stdout, ensure_ascii=False, indent=1)
    print()


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2021-07-01") from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
