"""A crawl of a fake site in a process of its own, to be killed or weighed: STORE ADDRESS MAKES [DEADLINE_S].

It says when it begins, and at its end its report and how its memory grew, as JSON.
"""

import json
import sys
from datetime import date

import psutil

from model.leases import hold
from model.store import open_store
from scraper.asking import Asking
from scraper.checks import Market
from scraper.crawl import crawl
from scraper.http import Manners, PoliteSession
from scraper.pages.base import Query
from scraper.runs import Run
from tests.scraper.fake_site import FakePages

DAY = date(2026, 7, 1)
PACE_S = 0.002
READ_S = 0.25
REQUEST_S = 1.0
PAGES_TO_WARM_UP = 30


def main(location: str, address: str, makes: str, deadline_s: str = "300") -> None:
    site = FakePages(address)
    store = open_store(location)
    manners = Manners(
        pace_s=PACE_S, jitter=0.5, run_s=float(deadline_s), request_s=REQUEST_S, connect_s=1.0, read_s=READ_S,
        tries=3, backoff_s=0.004, page_bytes=1024 * 1024,
    )  # fmt: skip
    session = PoliteSession(site.hosts, "1", "tests@dealer.example", manners, plain_http_to_loopback=True)
    run = Run(store, site.name)
    process = psutil.Process()
    sizes: list[int] = []
    with hold(store, "crawl-fakesite") as lease:
        print("begins", flush=True)
        asking = Asking(site, store, run, DAY, session.fetch, Market(), check_lease=lease.check)
        queries = [Query(make=make) for make in makes.split(",")]
        report = crawl(queries, site, asking, run, DAY, lambda *_: sizes.append(process.memory_info().rss))
    grown = max(sizes[PAGES_TO_WARM_UP:], default=0) - sizes[min(PAGES_TO_WARM_UP, len(sizes) - 1)]
    print(json.dumps({
        "ended": report.ended, "why": report.why, "counts": report.counts, "fetched": report.fetched,
        "requests": session.requests, "grown_bytes": grown, "covers": [cover.make for cover in report.covers],
        "not_covered": [each.why for each in report.not_covered],
    }))  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
