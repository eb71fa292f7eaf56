"""A crawl that was killed at any point and is run again leaves what an undisturbed one does, and asks nothing twice."""

import hashlib
import json
import os
import random
import subprocess
import time
from collections.abc import Callable, Mapping
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
# A life ends so many requests and seconds after its beginning at most: some of them come to the end of the crawl.
REQUESTS_A_LIFE = 18
LIVES_ON_S = 0.06
LOOKS_EVERY_S = 0.001


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
            location = f"{store_location}/{killed + too_late}"
            store = open_store(location)
            noted: set[str] = set()
            for _ in range(KILLS_A_CRAWL):
                # when crawls are killed at random points
                asked = len(site.asked)
                crawling = child(location, address, makes)
                until = asked + random_.randint(0, REQUESTS_A_LIFE)
                wait_for(crawling, lambda: len(site.asked) >= until)
                time.sleep(random_.uniform(0, LIVES_ON_S))
                came_in_time = kill(crawling)
                killed, too_late = killed + came_in_time, too_late + (not came_in_time)
                # then no page is asked for that an earlier one had noted
                assert [each.path for each in site.asked[asked:] if note(address, each.path) in noted] == []
                noted = set(store.keys(FETCHED))
                if not came_in_time:
                    break
                for key in store.keys(LEASES):  # the dead have theirs for a minute, which nobody waits for here
                    store.delete(key)
            # and a crawl that is left alone leaves what the undisturbed one left
            report = report_of(child(location, address, makes))
            assert content(store) == expected
            assert (report["counts"], report["covers"]) == (undisturbed["counts"], undisturbed["covers"])
    print(f"{killed} kills on {store_location}, and {too_late} that came when all was done")


def wait_for(crawling: subprocess.Popen, moment: Callable[[], bool]) -> None:
    """Until it has begun, and that moment has come, or its end."""
    assert crawling.stdout is not None and crawling.stderr is not None
    assert crawling.stdout.readline() == "begins\n", crawling.stderr.read()
    while not moment() and crawling.poll() is None:
        time.sleep(LOOKS_EVERY_S)


def kill(crawling: subprocess.Popen) -> bool:
    """Whether it was still at work."""
    came_in_time = crawling.poll() is None
    crawling.kill()
    crawling.communicate()
    return came_in_time


def note(address: str, path: str) -> str:
    return f"{FETCHED}fakesite/2026-07-01/{hashlib.sha256(f'{address}{path}'.encode()).hexdigest()}.json"
