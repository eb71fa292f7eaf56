"""dealership-model: the jobs around the model as commands."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from model.config import read_config, state_folder
from model.dataset import Source
from model.demo_market import write_demo_market
from model.errors import JobError
from model.experiments.algorithms import ALGORITHMS
from model.experiments.job import experiment
from model.fitting import Run
from model.promotion_commands import add_promotion_commands
from model.registry import Registry
from model.training import train

try:
    from model.cluster import Cluster
except ModuleNotFoundError:  # Dask is an extra of its own: few need it
    Cluster = None  # type: ignore[assignment, misc]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0, 2 for data that cannot be used, 3 for a missing market date, 4 for files
    that cannot be served, 5 for a version that the gates refuse, 130 for one that was interrupted, else 1.
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except JobError as error:
        _say(f"dealership-model: {error}")
        return error.exit_code
    except OSError as error:
        _say(f"dealership-model: {error}")
        return 1
    except KeyboardInterrupt:
        _say("dealership-model: interrupted")
        return 130
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
    demo.add_argument("--days", type=_count, default=120, help="over how many days (default %(default)s)")
    demo.add_argument(
        "--drift", type=_percent, default=0.0, metavar="PERCENT", help="by how much prices rise in a year (default 0)"
    )
    demo.set_defaults(run=_demo_market)

    training = commands.add_parser("train", help="train on files of listings and register the version")
    _add_data(training)
    training.add_argument(
        "--feedback", type=Path, metavar="STORE", help="the store that dealership-listings export-feedback keeps"
    )
    training.add_argument(
        "--cluster", metavar="ADDRESS", help="fit on the Dask cluster whose scheduler is there, such as tcp://host:8786"
    )
    training.add_argument(
        "--like", metavar="VERSION", help="on the listings that this version was judged on, in its folds, so that "
        "promotion can compare a new recipe with its",
    )  # fmt: skip
    training.add_argument("--synthetic", action="store_true", help="the listings are invented; every page says so")
    training.add_argument("--json", action="store_true", help="print the version and its figures as one line of JSON")
    training.set_defaults(run=_train)

    experiments = commands.add_parser(
        "experiments",
        help="compare our model with others on the same folds and write a report",
        description="Cross-validate our model and others on each file of listings, and on all together if there are "
        "several. Finished folds are kept, so that a comparison which was stopped goes on where it was.",
    )
    _add_data(experiments)
    experiments.add_argument(
        "--algorithms", nargs="+", default=[], choices=[algorithm.name for algorithm in ALGORITHMS], metavar="NAME",
        help="what to compare ours with: %(choices)s (default all that are installed)",
    )  # fmt: skip
    experiments.add_argument("--fresh", action="store_true", help="forget the folds that earlier runs have finished")
    experiments.set_defaults(run=_experiments)

    add_promotion_commands(commands)

    card = commands.add_parser("card", help="print a version's model card")
    card.add_argument("--version", help="the registered version (default: the champion)")
    card.set_defaults(run=_card)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=_source, required=True, nargs="+", metavar="FILE[@DATE]",
        help="CSV: our columns, AutoScout24's, or by --mapping; @DATE is the day on which the prices of a file without "
        "dates held, as in base.csv@2021-07-01",
    )  # fmt: skip
    parser.add_argument("--market-date", type=_date, help="the same for all files that have no @DATE")
    parser.add_argument("--mapping", type=Path, help='JSON {"our column": "the file\'s column"}')


def _sources(options: argparse.Namespace) -> list[Source]:
    return [replace(source, market_date=source.market_date or options.market_date) for source in options.data]


def _demo_market(options: argparse.Namespace) -> None:
    options.out.parent.mkdir(parents=True, exist_ok=True)
    rows = write_demo_market(
        options.out, seed=options.seed, rows=options.rows, market_date=options.market_date, days=options.days,
        yearly_drift=options.drift,
    )  # fmt: skip
    _say(f"{rows:,} invented listings in {options.out}")


def _train(options: argparse.Namespace) -> None:
    with _runner(options.cluster) as run:
        version, card = train(
            read_config(),
            _sources(options),
            mapping=options.mapping,
            synthetic=options.synthetic,
            progress=_say,
            feedback=options.feedback,
            like=options.like,
            run=run,
        )
    if options.json:
        print(json.dumps({"name": version.name, "version": version.version, "figures": card["figures"]}))
    else:
        print(f"registered {version.name} version {version.version}")


@contextmanager
def _runner(address: str | None) -> Iterator[Run]:
    if address is None:
        yield map
        return
    if Cluster is None:
        raise JobError("--cluster needs Dask: pip install '.[cluster]'  # in a checkout")
    cluster = Cluster(address)
    try:
        yield cluster.run
    finally:
        cluster.close()


def _experiments(options: argparse.Namespace) -> None:
    report = experiment(
        read_config(),
        state_folder() / "experiments",
        _sources(options),
        mapping=options.mapping,
        algorithms=options.algorithms,
        fresh=options.fresh,
        progress=_say,
    )
    print(report.as_uri())


def _card(options: argparse.Namespace) -> None:
    registry = Registry(read_config())
    version = options.version or registry.champion()
    if version is None:
        raise JobError("no version has been promoted yet; name one with --version")
    json.dump(registry.card(version), sys.stdout, ensure_ascii=False, indent=1)
    print()


def _source(text: str) -> Source:
    path, at, day = text.rpartition("@")
    if at and not Path(text).exists():  # a file's name may hold an @
        return Source(Path(path), _date(day))
    return Source(Path(text))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2021-07-01") from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)


def _percent(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a percentage such as 20") from None
    if not -1 < share <= 10:
        raise argparse.ArgumentTypeError(f"{text!r} is not a percentage above -100 and up to 1000")
    return share


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
