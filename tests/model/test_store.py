"""The store, in a folder and in S3 alike: what is written once stays, and is there whole or not at all."""

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model.store import NotStored, open_store

ROOT = Path(__file__).resolve().parents[2]
WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
KILLS = 40 if WHOLE else 4
RACES = 500 if WHOLE else 40
BIG_BYTES = 200_000_000 if WHOLE else 20_000_000
MORE_THAN_A_LIST = 1_030  # S3 lists 1,000 at a time

PUT_ON_AND_ON = """
import sys
from model.store import open_store
store = open_store(sys.argv[1])
print("ready", flush=True)
for number in range(100_000):
    store.put_new(f"pages/{sys.argv[2]}-{number:06}", bytes([number % 256]) * 300_000)
"""

PUT_WHEN_TOLD = """
import sys
from model.store import open_store
store = open_store(sys.argv[1])
store.keys("races/")
for line in map(str.strip, sys.stdin):
    print(store.put_new(f"races/{line}", sys.argv[2].encode() * 1_000), flush=True)
"""


def program(code: str, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    )


def test_an_object_is_kept_and_found(store_location: str) -> None:
    """Under its key, by its prefix, where nothing was before, and by whoever opens the store anew."""
    # given a store, when objects are put into it
    store = open_store(store_location)
    assert store.put_new("b/2.jsonl", b"two") and store.put_new("b/1.jsonl", b"one") and store.put_new("a", b"")
    # then they are found
    store = open_store(store_location)
    assert store.keys("b/") == ["b/1.jsonl", "b/2.jsonl"]
    assert store.keys("") == ["a", "b/1.jsonl", "b/2.jsonl"]
    assert (store.get("b/1.jsonl"), store.get("a")) == (b"one", b"")
    with pytest.raises(NotStored, match="b/3.jsonl"):
        store.get("b/3.jsonl")
    with pytest.raises(NotStored):
        store.get("b")


def test_an_empty_store_has_nothing(store_location: str) -> None:
    """Neither has one that is not there."""
    assert open_store(store_location).keys("") == []
    assert open_store(store_location).keys("pages/") == []


def test_a_prefix_finds_what_begins_so(store_location: str) -> None:
    """Up to within a part of a key, and nothing beside it, however many there are."""
    # given more objects of one day than S3 lists at once, and others around them
    store = open_store(store_location)
    keys = [f"pages/site/2026-07-01/{number:04}.json" for number in range(MORE_THAN_A_LIST)]
    others = ["pages/site/2026-07-10/a.json", "pages/site-b/2026-07-01/a.json", "pagesb", "manifests/site/a.json"]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda key: store.put_new(key, key.encode()), keys + others))
    # when they are listed by prefixes, then all that begin so are found, in order, and no others
    assert store.keys("pages/site/2026-07-01/") == keys
    assert store.keys("pages/site/2026-07-01/000") == keys[:10]
    assert store.keys("pages/site/2026-07-1") == ["pages/site/2026-07-10/a.json"]
    assert store.keys("pages/site-") == ["pages/site-b/2026-07-01/a.json"]
    assert store.keys("nothing/") == store.keys("pages/site/2026-07-10/a.json/") == []
    assert store.keys("") == sorted(keys + others)


def test_an_object_is_never_replaced(store_location: str) -> None:
    """Of many that put one key at once, one does; all others are told."""
    # given a store, when eight put the same key at once
    store = open_store(store_location)
    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(lambda number: store.put_new("k", b"%d" % number * 100_000), range(8)))
    # then one of them did, and its object is whole
    assert sum(new) == 1
    assert store.get("k") == b"%d" % new.index(True) * 100_000
    # and it stays, whoever puts the key again, even with the same content
    assert not store.put_new("k", b"other") and not store.put_new("k", store.get("k"))
    assert store.keys("") == ["k"]


def test_of_two_processes_one_puts(store_location: str) -> None:
    """Each of many keys, put by both at once, is new to one of them, and holds what that one has put."""
    # given two processes that wait to be told a key
    both = [program(PUT_WHEN_TOLD, store_location, name) for name in "ab"]
    won = []
    for number in range(RACES):
        # when both are told the same one
        for each in both:
            assert each.stdin is not None
            each.stdin.write(f"{number:04}\n")
            each.stdin.flush()
        won.append([each.stdout.readline().strip() for each in both if each.stdout is not None])
    for each in both:
        each.communicate()
    # then one has put it
    assert all(sorted(told) == ["False", "True"] for told in won)
    store = open_store(store_location)
    for key, told in zip(store.keys("races/"), won, strict=True):
        assert store.get(key) == b"ab"[told.index("True"):][:1] * 1_000


def test_a_big_object_is_whole(store_location: str) -> None:
    # given an object of many megabytes, when it is put and got, then it is the same
    content = random.Random(1).randbytes(BIG_BYTES)
    store = open_store(store_location)
    assert store.put_new("big", content)
    assert store.get("big") == content
    assert not store.put_new("big", content)


def test_what_is_deleted_is_gone(store_location: str) -> None:
    """And nothing else; what is not there can be deleted as well."""
    # given two objects, when one is deleted, twice
    store = open_store(store_location)
    assert store.put_new("leases/a/1", b"1") and store.put_new("leases/a/2", b"2")
    store.delete("leases/a/1")
    store.delete("leases/a/1")
    # then the other is left, and the key is free again
    assert store.keys("") == ["leases/a/2"]
    assert store.put_new("leases/a/1", b"again") and store.get("leases/a/1") == b"again"


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../k", "a/../b", "a//b", ".hidden", "a/.b", "a b", "a\n", "ä", "a/"]
)
def test_what_is_no_key_is_refused(store_location: str, key: str) -> None:
    """No key leads out of the store."""
    # given such a key, when anything is done with it, then it is refused
    store = open_store(store_location)
    with pytest.raises(ValueError, match="no key"):
        store.put_new(key, b"")
    with pytest.raises(ValueError, match="no key"):
        store.get(key)
    with pytest.raises(ValueError, match="no key"):
        store.delete(key)


@pytest.mark.parametrize("prefix", ["/", "../", "a/../", "a//", ".", "a\n"])
def test_what_no_key_begins_with_is_refused(store_location: str, prefix: str) -> None:
    with pytest.raises(ValueError, match="no beginning"):
        open_store(store_location).keys(prefix)


def test_a_kill_leaves_no_half_object(store_location: str) -> None:
    """Whenever it comes."""
    # given processes that write on and on, when each is killed at some point
    chance = random.Random(6)
    for number in range(KILLS):
        writer = program(PUT_ON_AND_ON, store_location, f"{number}")
        with writer:
            assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0.02, 0.3))
            os.kill(writer.pid, signal.SIGKILL)
    # then every object that has a name is whole
    store = open_store(store_location)
    keys = store.keys("pages/")
    assert keys
    contents = {key: store.get(key) for key in keys}
    whole = {key: bytes([int(key[-6:]) % 256]) * 300_000 for key in keys}
    assert {key: len(content) for key, content in contents.items() if content != whole[key]} == {}
    # and whoever goes on can put what is missing, and not what is there
    assert not store.put_new(keys[-1], b"")
    assert store.put_new("pages/after", b"")


@pytest.mark.parametrize(
    "location",
    ["", "s3://", "s3:///a", "s3://B/a", "s3://bucket/../a", "s3://bucket//a", "s3://bucket/a b", "http://host/bucket",
     "gs://bucket/a"],
)  # fmt: skip
def test_what_is_no_location_is_refused(location: str) -> None:
    with pytest.raises(ValueError, match="location|s3://bucket/beginning"):
        open_store(location)


def test_a_store_that_must_be_there(tmp_path: Path, s3_store_location: str) -> None:
    """A folder that is not there may be a slip in its name; in S3 a place without objects is an empty store."""
    with pytest.raises(FileNotFoundError, match="nothing"):
        open_store(str(tmp_path / "nothing"), must_exist=True)
    assert open_store(str(tmp_path), must_exist=True).keys("") == []
    assert open_store(s3_store_location, must_exist=True).keys("") == []


def test_stores_lie_side_by_side_in_a_bucket(s3_store_location: str) -> None:
    """None sees what another one has, even where its beginning begins the other's."""
    # given two stores of one bucket, when one gets an object
    first, second = open_store(s3_store_location), open_store(f"{s3_store_location}2/")
    second.put_new("k", b"")
    # then the other has none
    assert (first.keys(""), second.keys("")) == ([], ["k"])
