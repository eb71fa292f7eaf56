"""A crawl that was killed at any point and is run again leaves what an undisturbed one does, and asks nothing twice."""

import hashlib
import json
import os
import random
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from model.leases import LEASES
from model.store import LocalStore, Store, open_store
from scraper.journal import FETCHED
from scraper.pages.base import Query
from tests.scraper.fake_site import FakePages, FakeSite, open_site
from tests.scraper.test_crawl_troubles import child, report_of

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
KILLS = 100 if WHOLE else 5
KILLS_A_CRAWL = 5
MAKES = {"audi": 430, "bmw": 190, "seat": 3}
LIVES_AT_MOST_S = 0.6  # so that some of them come to the end of a crawl


def troubled() -> FakeSite:
    """A site with a bad page, one that is refused, and troubles that pass."""
    site = FakeSite(MAKES)

    def path(make: str, number: int) -> str:
        return FakePages("").search_url(Query(make), number)

    site.troubles |= {path("bmw", 2): "half", path("bmw", 4): "forbidden", path("bmw", 6): "gone"}
    site.troubles |= {path("bmw", 3): "broken", path("bmw", 5): "reset"}
    return site


def content(store: Store) -> Mapping[str, bytes]:
    """All that is in a store, but for leases and what tells one run from another."""
    found = {}
    for key in store.keys(""):
        if key.startswith(LEASES):
            continue
        found[key] = store.get(key)
        if key.startswith("manifests/"):
            found[key] = json.dumps({**json.loads(found[key]), "run": "any"}).encode()
    return found


@pytest.mark.timeout(3_000 if WHOLE else 300)
def test_a_crawl_that_was_killed_leaves_what_an_undisturbed_one_leaves(store_location: str, tmp_path: Path) -> None:
    """Byte for byte, but for the name of the run."""
    random_ = random.Random(6)
    makes, site = ",".join(MAKES), troubled()
    killed = too_late = 0
    with open_site(site) as address:
        # given what an undisturbed crawl leaves
        undisturbed = report_of(child(str(tmp_path / "undisturbed"), address, makes))
        expected = content(LocalStore(tmp_path / "undisturbed"))
        while killed < KILLS:
            site.forget()
            location = f"{store_location}/{killed}"
            store = open_store(location)
            noted: set[str] = set()
            for _ in range(KILLS_A_CRAWL):
                # when crawls are killed at random points
                asked = len(site.asked)
                too_late += kill(child(location, address, makes), random_.uniform(0, LIVES_AT_MOST_S))
                killed += 1
                # then no page is asked for that an earlier one had noted
                assert [each.path for each in site.asked[asked:] if note(address, each.path) in noted] == []
                noted = set(store.keys(FETCHED))
                for key in store.keys(LEASES):  # the dead have theirs for a minute, which nobody waits for here
                    store.delete(key)
            # and a crawl that is left alone leaves what the undisturbed one left
            report = report_of(child(location, address, makes))
            assert content(store) == expected
            assert (report["counts"], report["covers"]) == (undisturbed["counts"], undisturbed["covers"])
    print(f"{killed} kills on {store_location}, of which {too_late} came when all was done")


def kill(crawling: subprocess.Popen, lives_s: float) -> bool:
    """Kill it so long after its beginning; whether that was too late."""
    assert crawling.stdout is not None and crawling.stderr is not None
    assert crawling.stdout.readline() == "begins\n", crawling.stderr.read()
    time.sleep(lives_s)
    too_late = crawling.poll() is not None
    crawling.kill()
    crawling.wait()
    crawling.stdout.close()
    crawling.stderr.close()
    return too_late


def note(address: str, path: str) -> str:
    return f"{FETCHED}fakesite/2026-07-01/{hashlib.sha256(f'{address}{path}'.encode()).hexdigest()}.json"
