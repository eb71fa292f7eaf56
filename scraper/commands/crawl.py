"""dealership-listings crawl: ask a site for what its plan says, politely, and keep it in the store."""

import argparse
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tqdm import tqdm

from model.leases import hold
from scraper.asking import Asking, EnoughAsked, Unbelievable, Unwelcome
from scraper.commands.common import (
    WAITS_FOR_ANOTHER_S,
    add_dry_run,
    add_json,
    add_store,
    print_json,
    say,
    say_waiting,
    store_at,
)
from scraper.config import read_crawl_config
from scraper.crawl import Ended, Look, Report, crawl, day_of, look
from scraper.http import OutOfTime, PoliteSession
from scraper.market_so_far import market_so_far
from scraper.pages.base import Query, Site
from scraper.plan import Plan, read_plan
from scraper.runs import Run

EXIT_CODES = {Ended.WHOLE: 0, Ended.FAILED: 1, Ended.CUT: 3, Ended.UNWELCOME: 4}

Sites = Mapping[str, Callable[[], Site]]
DESCRIPTION = """\
Ask a site for the pages that a plan names, and keep what they list in the store. Off until DEALERSHIP_CRAWL=on and
DEALERSHIP_CRAWL_CONTACT, an e-mail address or URL for the site, are set; docs/listings.md says what else to know first.
A run that was killed or cut goes on where it stopped when it is run again on the same day.
Exit codes: 0 all was asked for, 1 it failed and nothing of it counts, 2 a wrong call or setting, 3 it was cut by a
deadline or a limit, and what it has seen counts, 4 the same, because the site refuses: not again today.
"""


def add(commands: Any, sites: Sites, session: Callable[..., PoliteSession] = PoliteSession) -> None:
    """Add the command to a parser's commands. `sites` are those it can crawl, by the names of their sources."""
    parser = commands.add_parser("crawl", help="ask a site for listings, politely", description=DESCRIPTION)
    parser.add_argument("--plan", type=Path, required=True, metavar="FILE", help="what to ask for: docs/listings.md")
    add_store(parser)
    parser.add_argument("--max-pages", type=int, metavar="N", help="ask for so many pages at most")
    add_dry_run(parser, "ask for page 1 of each query alone, and keep nothing")
    add_json(parser)
    parser.add_argument("--quiet", action="store_true", help="without a progress bar")
    parser.set_defaults(run=lambda options, environment: _run(options, environment, sites, session))


def _run(
    options: argparse.Namespace, environment: Mapping[str, str], sites: Sites, session: Callable[..., PoliteSession]
) -> int:
    config = read_crawl_config(environment)
    plan = read_plan(options.plan.read_text(encoding="utf-8"))
    if plan.source not in sites:
        raise ValueError(f"the plan's source is {plan.source!r}, and none of {', '.join(sorted(sites))}")
    if options.max_pages is not None and options.max_pages < 1:
        raise ValueError("--max-pages is 1 at least")
    site = sites[plan.source]()
    most_pages = min(plan.pages, options.max_pages or plan.pages)
    store = store_at(options.store)
    day = day_of(datetime.now(UTC))
    run = Run(store, site.name, dry_run=options.dry_run)
    lease = nullcontext() if options.dry_run else hold(
        store, f"crawl-{site.name}", wait_s=WAITS_FOR_ANOTHER_S, on_wait=say_waiting
    )  # fmt: skip
    with lease as held:
        polite = session(site.hosts, _version(), config.contact, plan.manners)
        asking = Asking(
            site, store, run, day, polite.fetch, market_so_far(store, site.name, day),
            most_pages=most_pages, blocks_a_day=plan.blocks, check_lease=held.check if held else lambda: None,
        )  # fmt: skip
        if options.dry_run:
            return _dry_run(plan, asking, options)
        with tqdm(unit="page", disable=options.quiet or not sys.stderr.isatty()) as bar:
            report = crawl(plan.queries, site, asking, run, day, lambda done, known_of: _show(bar, done, known_of))
    _tell(report, polite.requests, options)
    return EXIT_CODES[report.ended]


def _dry_run(plan: Plan, asking: Asking, options: argparse.Namespace) -> int:
    try:
        looks = look(plan.queries, asking)
    except (OutOfTime, EnoughAsked) as end:
        say(f"cut: {end}")
        return EXIT_CODES[Ended.CUT]
    except Unwelcome as end:
        say(f"refused: {end}")
        return EXIT_CODES[Ended.UNWELCOME]
    except Unbelievable as end:
        say(f"failed: {end}")
        return EXIT_CODES[Ended.FAILED]
    if options.json:
        print_json({"dry_run": True, "queries": [_as_document(each) for each in looks]})
    for each in looks:
        say(f"{_words(each.query)}: {each.why if each.results is None else f'{each.results:,} results'}")
    return EXIT_CODES[Ended.WHOLE if any(each.results is not None for each in looks) else Ended.FAILED]


def _as_document(each: Look) -> dict[str, object]:
    return {"query": _asked(each.query), "results": each.results, "why": each.why}


def _tell(report: Report, requests: int, options: argparse.Namespace) -> None:
    if options.json:
        document = {
            "ended": report.ended.value, "why": report.why, "key": report.key, "counts": report.counts,
            "requests": requests, "covers": [asdict(cover) for cover in report.covers],
            "not_covered": [{"query": _asked(each.query), "why": each.why} for each in report.not_covered],
        }  # fmt: skip
        print_json(document)
    for each in report.not_covered:
        say(f"not seen whole: {_words(each.query)}: {each.why}")
    counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in report.counts.items())
    say(f"{requests:,} requests; {counts or 'nothing'}")
    if report.ended == Ended.FAILED:
        say(f"FAILED, and nothing of it counts: {report.why}")
    elif report.ended != Ended.WHOLE:
        say(f"incomplete, and what was seen counts: {report.why}")


def _asked(query: Query) -> dict[str, object]:
    return {name: value for name, value in asdict(query).items() if value is not None}


def _words(query: Query) -> str:
    return ", ".join(f"{name} {value}" for name, value in _asked(query).items())


def _show(bar: tqdm, done: int, known_of: int) -> None:
    bar.total = known_of
    bar.update(done - bar.n)


def _version() -> str:
    try:
        return version("dealership-ai")
    except PackageNotFoundError:  # it runs from its source, without being installed
        return "0"
