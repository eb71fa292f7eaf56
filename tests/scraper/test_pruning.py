"""dealership-listings prune: what is old goes, whole run by whole run, and nothing that anybody needs."""

import json
import random
from datetime import date, timedelta
from typing import Any

from model.leases import hold
from model.schema.collected import QUARANTINE, content_key
from model.store import Store, open_store
from scraper.cli import main
from scraper.journal import Journal, Note
from scraper.lives import open_lives
from scraper.pruning import prune
from scraper.runs import Run
from scraper.verifying import verify
from tests.scraper.listings import MemoryStore, car, stored

TODAY = date.today()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def fill(store: Store, source: str = "feed") -> None:
    """Runs of 100, 50 and 2 days ago, of which the first two share a page and the last repeats the first's records."""
    for days, page in ((100, b"shared"), (50, b"shared"), (2, b"own")):
        run = Run(store, source)
        run.keep_page(ago(100) if page == b"shared" else ago(2), page)
        run.quarantine(ago(days), b"bad", f"page {days}", "it wraps")
        run.add({**car(number), "listed_on": ago(100).isoformat()} for number in range(days, days + 5))
        run.add([{**car(1), "listed_on": ago(days).isoformat()}])
        run.finish()
        left = Run(store, source)
        left.keep_page(ago(days), b"left")
        Journal(store, source, ago(days)).keep(Note("https://x.example", "pages/x"))
    left.fail("too many pages are bad")


def test_what_is_older_than_it_is_kept_goes(store_location: str, capsys: Any) -> None:
    """With all that it named and no other needs, and what killed runs have left; feedback and promotions stay."""
    # given a store with runs of all ages, and what is for good
    store = open_store(store_location)
    fill(store)
    for key in ("feedback/000000000001.jsonl", "promotions/2020-01-01.json"):
        store.put_new(key, b"{}")
    before = set(store.keys(""))
    # when it is pruned in a dry run, then nothing goes
    arguments = ["prune", "--keep-days", "60", "--store", store_location, "--json"]
    assert main([*arguments, "--dry-run"], {}) == 0
    would_be = json.loads(capsys.readouterr().out)
    assert set(store.keys("")) == before and would_be["dry_run"] is True
    # when it is pruned, then the oldest run is gone, and the others are whole
    assert main(arguments, {}) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {**would_be, "dry_run": False}
    assert told["removed"] == {"manifests": 1, "listings": 1, "pages": 1, "quarantine": 1, "fetched": 1}
    assert [manifest.day for manifest, _ in stored(store)] == [ago(50), ago(2)]
    verified = verify(store)
    assert not verified.damaged and len(verified.orphans) == 2  # of the younger days
    assert {"feedback/000000000001.jsonl", "promotions/2020-01-01.json"} <= set(store.keys(""))
    assert len(store.keys("failures/")) == 1
    # and once more, there is nothing to do
    assert main(arguments, {}) == 0
    assert json.loads(capsys.readouterr().out)["removed"] == {}


def test_the_sources_that_are_named_alone_are_pruned(store_location: str, capsys: Any) -> None:
    # given two sources, when one is pruned, then the other is as it was
    store = open_store(store_location)
    fill(store, "one")
    fill(store, "two")
    assert main(["prune", "--keep-days", "1", "--source", "one", "--store", store_location], {}) == 0
    assert {manifest.source for manifest, _ in stored(store)} == {"two"} and len(list(stored(store))) == 3
    assert not [key for key in store.keys("listings/one/")]


def test_nobody_prunes_while_somebody_else_is_at_work(store_location: str, capsys: Any) -> None:
    """What a run has found there it counts on, until its manifest says so."""
    # given an import that is at work, when its source is to be pruned, then it is not
    store = open_store(store_location)
    fill(store)
    with hold(store, "import-feed"):
        assert main(["prune", "--keep-days", "60", "--store", store_location], {}) == 1
    assert "is at work on import-feed" in capsys.readouterr().err
    assert len(list(stored(store))) == 3


def test_a_prune_that_is_killed_half_way_is_finished_by_the_next() -> None:
    """And what counts is whole at any time."""
    # given a store whose deletions end at some point
    class Killed(Exception):
        pass

    class Mortal(MemoryStore):
        lives = 0

        def delete(self, key: str) -> None:
            if not self.lives:
                raise Killed
            self.lives -= 1
            super().delete(key)

    undisturbed = MemoryStore()
    fill(undisturbed)
    prune(undisturbed, ["feed"], ago(10))
    store = Mortal()
    fill(store)
    chance = random.Random(4)
    for _ in range(100):
        store.lives = chance.randrange(3)
        try:
            # when it is pruned, again and again
            prune(store, ["feed"], ago(10))
            break
        except Killed:
            # then all that counts can be read, however far it came
            with open_lives(store, TODAY):
                assert not verify(store).damaged
    # and in the end it is as if nobody had been killed
    assert set(store.objects) == set(undisturbed.objects)
    assert content_key(QUARANTINE, "feed", ago(2), b"bad", "json.gz") in store.objects
