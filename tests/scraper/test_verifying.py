"""dealership-listings verify: all that counts is there and whole, or it is told what is not."""

import json
from datetime import date
from typing import Any

import pytest

from model.schema.collected import Manifest, pack
from model.store import Store, open_store
from scraper.cli import main
from scraper.runs import Run
from tests.scraper.listings import car

DAY = date(2026, 7, 14)


def filled(location: str) -> tuple[Store, Manifest]:
    """A store with a run of all kinds of objects, and what a failed one has left."""
    store = open_store(location)
    run = Run(store, "feed")
    run.keep_page(DAY, b"{}")
    run.quarantine(DAY, b"[]", "page 2", "it wraps")
    run.add({**car(number), "listed_on": "2026-07-14"} for number in range(5))
    failed = Run(store, "feed")
    failed.keep_page(DAY, b"left")
    failed.fail("too many pages are bad")
    return store, run.finish()[0]


def test_a_store_that_is_whole_is_told_so(store_location: str, capsys: Any) -> None:
    """With what counts for nothing."""
    # given a store, when it is looked at, then all is there
    filled(store_location)
    assert main(["verify", "--store", store_location, "--json"], {}) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["manifests"], told["objects"], told["records"], told["damaged"]) == (1, 3, 5, {})
    (orphan,) = told["orphans"]
    assert orphan.startswith("pages/feed/2026-07-14/")


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        ("part", None, "not there"), ("part", b"", "it is no gzip"), ("part", pack(b"{}\n"), "not what its name says"),
        ("page", None, "not there"), ("page", pack(b"[]"), "not what its name says"),
        ("quarantined", None, "not there"), ("manifest", b"{", "Expecting"),
        ("manifest", "other", "does not say what its name says"),
    ],
)  # fmt: skip
def test_what_is_damaged_is_told(store_location: str, capsys: Any, kind: str, content: Any, told: str) -> None:
    """Exit code 1, and which object it is."""
    # given a store of which an object is gone, or another one
    store, manifest = filled(store_location)
    key = {"part": manifest.parts[0].key, "page": manifest.pages[0], "quarantined": manifest.quarantined[0].key,
           "manifest": manifest.key}[kind]  # fmt: skip
    if content == "other":
        content = store.get(key).replace(b'"counts": {}', b'"counts": {"rows": 6}')
    store.delete(key)
    if content is not None:
        store.put_new(key, content)
    # when it is looked at, then that is told
    assert main(["verify", "--store", store_location], {}) == 1
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith(f"DAMAGED {key}: ") and told in line for line in lines)
    assert lines[-1] == "dealership-listings: 1 objects are damaged"
