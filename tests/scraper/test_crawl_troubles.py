"""A crawl over a thousand pages with all kinds of troubles: it ends in time, in order, and in little memory."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from model.store import LocalStore
from scraper.pages.base import Query
from tests.scraper.crawl_child import PACE_S
from tests.scraper.fake_site import BLOCKING, PASSING, STAYING, FakePages, FakeSite, open_site

ROOT = Path(__file__).resolve().parents[2]
WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
MAKES = {"audi": 7_000, "bmw": 6_000, "skoda": 3_000, "seat": 300} if WHOLE else {"audi": 1_900, "bmw": 390, "seat": 25}
PAGES_AT_LEAST = 1_000 if WHOLE else 120
DEADLINE_S = 120.0
GROWS_AT_MOST_BYTES = 50 * 1024 * 1024


class TroubledSite(FakeSite):
    """About one page in twelve has a trouble, by chance that its path draws; three in a hundred never come."""

    def trouble_of(self, path: str) -> str | None:
        drawn = int.from_bytes(hashlib.sha256(path.encode()).digest()[:4]) % 10_000
        if path not in self.troubles and path != "/robots.txt" and not path.endswith("page=1"):
            if drawn < 300:
                self.troubles[path] = STAYING[drawn % len(STAYING)]
            elif drawn < 800:
                self.troubles[path] = PASSING[drawn % len(PASSING)]
        return super().trouble_of(path)


def child(location: str, address: str, *more: str) -> subprocess.Popen:
    """A crawl in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.scraper.crawl_child", location, address, *more], cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def report_of(process: subprocess.Popen) -> dict[str, Any]:
    said, trouble = process.communicate(timeout=900)
    assert process.returncode == 0, trouble
    return json.loads(said.splitlines()[-1])


@pytest.mark.timeout(900)
def test_troubles_stop_nothing_but_what_they_hit(tmp_path: Path) -> None:
    """Each page that can be had is there; those that cannot are counted; memory stays flat; nobody is hurried."""
    # given a site with troubles of all kinds, one page of which it refuses
    site = TroubledSite(MAKES)
    site.troubles |= {FakePages("").search_url(Query("seat"), 2): BLOCKING[0]}
    # when it is crawled
    with open_site(site) as address:
        report = report_of(child(str(tmp_path), address, ",".join(MAKES)))
    # then all of it was asked for
    assert report["ended"] == "whole", report["why"]
    counts = Counter(report["counts"])
    assert counts["pages"] + counts["quarantined"] + counts["failed"] + counts["blocked"] >= PAGES_AT_LEAST
    # and every kind of trouble was met
    met = {trouble for path, trouble in site.troubles.items() if site.times[path]}
    assert {*STAYING, *PASSING} <= met or not WHOLE
    lost = [path for path, trouble in site.troubles.items() if trouble in (*STAYING, *BLOCKING) and site.times[path]]
    assert counts["quarantined"] + counts["failed"] + counts["blocked"] == len(lost) >= 2
    assert counts["blocked"] == 1
    # and every listing of a page that could be had is there once
    listings = {car["id"] for cars in site.market.values() for car in cars}
    assert counts["records"] >= len(listings) - 20 * len(lost)
    # and its memory did not grow with the pages
    assert report["grown_bytes"] <= GROWS_AT_MOST_BYTES
    # and from an answer to the next request there was the pace at least
    in_time = sorted(site.asked, key=lambda asked: asked.came_s)
    pauses_s = [later.came_s - before.answered_s for before, later in zip(in_time, in_time[1:], strict=False)]
    assert min(pauses_s) >= PACE_S
    print(f"{report}, {len(site.asked):,} requests, {len(lost)} pages lost")
    # and robots.txt was read once, and first
    assert in_time[0].path == "/robots.txt" and site.times["/robots.txt"] == 1


def test_a_crawl_ends_within_its_deadline(tmp_path: Path) -> None:
    """Whatever the site does; and what it has seen by then counts."""
    # given a site on which every page but the first hangs for a while
    site = FakeSite({"audi": 390}, troubles_stay=True)
    site.troubles |= {FakePages("").search_url(Query("audi"), number): "drip" for number in range(3, 21)}
    # when it is crawled with a deadline of two seconds
    with open_site(site) as address:
        report = report_of(child(str(tmp_path), address, "audi", "2"))
        took_s = max(asked.came_s for asked in site.asked) - min(asked.came_s for asked in site.asked)
    # then it is cut there, and two pages are kept
    assert report["ended"] == "cut" and took_s <= 2.0
    assert report["counts"]["pages"] == 2
    assert len(LocalStore(tmp_path).keys("manifests/")) == 1
