"""dealership-model: the jobs around the model as commands."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from model.compacted import compact
from model.config import read_config, state_folder
from model.dataset import Source
from model.demo_market import write_demo_market
from model.errors import DataError, JobError
from model.experiments.algorithms import ALGORITHMS
from model.experiments.job import experiment
from model.fitting import Run
from model.promotion_commands import add_promotion_commands
from model.quality import refuse
from model.registry import Registry
from model.spelling_proposals import propose
from model.spellings import NO_SPELLINGS, read_spellings, write_spellings
from model.store import open_store
from model.training import Data, check_quality, read, train

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

    training = commands.add_parser("train", help="train on a store or on files of listings and register the version")
    _add_data_or_store(training)
    training.add_argument(
        "--spellings", type=Path, metavar="FILE", help="read names as what a person has approved in this file"
    )
    training.add_argument(
        "--accept-drift", type=_reason, metavar="WHY", help="train though the mix is far off the champion's; the "
        "reason is kept with the version",
    )  # fmt: skip
    training.add_argument(
        "--cluster", metavar="ADDRESS", help="fit on the Dask cluster whose scheduler is there, such as tcp://host:8786"
    )
    training.add_argument(
        "--like", metavar="VERSION", help="on the listings that this version was judged on, in its folds, so that "
        "promotion can compare a new recipe with its; `champion` is the champion's",
    )  # fmt: skip
    training.add_argument("--json", action="store_true", help="print the version and its figures as one line of JSON")
    training.set_defaults(run=_train)

    check = commands.add_parser(
        "check",
        help="tell whether a store or files of listings are fit to train on",
        description="Run the checks that training begins with, and nothing else; the exit code is 2 if it would "
        "refuse.",
    )
    _add_data_or_store(check)
    check.add_argument("--spellings", type=Path, metavar="FILE", help="as for train")
    check.add_argument("--json", action="store_true", help="print the findings as JSON")
    check.set_defaults(run=_check)

    compaction = commands.add_parser(
        "compact",
        help="keep what a store holds as Parquet too, so that training reads it faster",
        description="A day's records of a source are one object under parquet/; only what is new is written, and what "
        "is of no use any more is deleted. Training reads the same either way.",
    )
    compaction.add_argument("--store", required=True, metavar="LOCATION", help="a folder, or s3://bucket/beginning")
    compaction.add_argument("--dry-run", action="store_true", help="tell what would be done")
    compaction.add_argument("--json", action="store_true", help="print what was done as one line of JSON")
    compaction.set_defaults(run=_compact)

    spellings = commands.add_parser(
        "spellings",
        help="propose which rare names of models are misspelt",
        description="Add proposals to a file, in which a person sets approved to true or false; train --spellings "
        "reads it. What was decided stays as it is.",
    )
    _add_data_or_store(spellings)
    spellings.add_argument("--file", type=Path, required=True, help="the JSON file, which need not be there")
    spellings.set_defaults(run=_spellings)

    experiments = commands.add_parser(
        "experiments",
        help="compare our model with others on the same folds and write a report",
        description="Cross-validate our model and others on each file of listings, and on all together if there are "
        "several. Finished folds are kept, so that a comparison which was stopped goes on where it was.",
    )
    _add_data(experiments, experiments, required=True)
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


def _add_data_or_store(parser: argparse.ArgumentParser) -> None:
    one_of = parser.add_mutually_exclusive_group(required=True)
    one_of.add_argument(
        "--store", metavar="LOCATION", help="all listings of a store that dealership-listings keeps, and the accepted "
        "feedback in it: a folder, or s3://bucket/beginning",
    )  # fmt: skip
    _add_data(parser, one_of, required=False)
    parser.add_argument(
        "--source", nargs="+", default=[], metavar="NAME", help="with --store: only these of its sources (default all)"
    )
    parser.add_argument(
        "--feedback", metavar="STORE", help="with --data: the store that dealership-listings export-feedback keeps",
    )  # fmt: skip
    parser.add_argument("--synthetic", action="store_true", help="the listings are invented; every page says so")
    parser.set_defaults(spellings=None)


def _add_data(parser: argparse.ArgumentParser, group: argparse._ActionsContainer, *, required: bool) -> None:
    group.add_argument(
        "--data", type=_source, required=required, nargs="+", default=[], metavar="FILE[@DATE]",
        help="CSV: our columns, AutoScout24's, or by --mapping; @DATE is the day on which the prices of a file without "
        "dates held, as in base.csv@2021-07-01",
    )  # fmt: skip
    parser.add_argument("--market-date", type=_date, help="the same for all files that have no @DATE")
    parser.add_argument("--mapping", type=Path, help='JSON {"our column": "the file\'s column"}')


def _sources(options: argparse.Namespace) -> list[Source]:
    return [replace(source, market_date=source.market_date or options.market_date) for source in options.data]


def _data(options: argparse.Namespace) -> Data:
    of_store = {"--source": options.source}
    of_files = {"--market-date": options.market_date, "--mapping": options.mapping, "--feedback": options.feedback}
    misplaced = [name for name, value in (of_files if options.store else of_store).items() if value]
    if misplaced:
        raise DataError(f"{' and '.join(misplaced)} cannot be used with {'--store' if options.store else '--data'}")
    return Data(
        _sources(options), mapping=options.mapping, feedback=options.feedback, store=options.store,
        only=options.source, spellings=options.spellings, synthetic=options.synthetic,
    )  # fmt: skip


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
            _data(options),
            progress=_say,
            accept_drift=options.accept_drift,
            like=options.like,
            run=run,
        )
    if options.json:
        print(json.dumps({"name": version.name, "version": version.version, "figures": card["figures"]}))
    else:
        print(f"registered {version.name} version {version.version}")


def _check(options: argparse.Namespace) -> None:
    data = _data(options)
    dataset = read(data, read_spellings(data.spellings) if data.spellings else NO_SPELLINGS, _say)
    quality = check_quality(read_config(), dataset, data)
    if options.json:
        print(json.dumps(quality.document(), ensure_ascii=False))
    else:
        for line in quality.lines():
            print(line)
    refuse(dataset, quality)


def _compact(options: argparse.Namespace) -> None:
    done = compact(open_store(options.store), _say, dry_run=options.dry_run)
    if options.json:
        print(json.dumps(asdict(done)))
    else:
        would = "would be " if options.dry_run else ""
        words = f"{done.written} {would}written, {done.kept} kept, {done.deleted} {would}deleted"
        print(f"{done.records:,} records: {words}")


def _spellings(options: argparse.Namespace) -> None:
    known = read_spellings(options.file) if options.file.exists() else NO_SPELLINGS
    entries = propose(read(_data(options), known, _say), known.entries)
    unfinished = options.file.with_name(options.file.name + ".new")
    unfinished.write_text(write_spellings(entries), encoding="utf-8")
    unfinished.replace(options.file)
    _say(f"{sum(entry.approved is None for entry in entries)} proposals to decide in {options.file}")


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


def _reason(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("a reason is a text")
    return text.strip()


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
