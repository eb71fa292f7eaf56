"""The store: what is written once stays, and is there whole or not at all."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model.store import LocalStore, NotStored

WRITE_ON_AND_ON = """
import sys
from pathlib import Path
from model.store import LocalStore
store = LocalStore(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(100_000):
    store.put_new(f"pages/{number:06}", bytes([number % 256]) * 300_000)
"""


def test_an_object_is_kept_and_found(tmp_path: Path) -> None:
    """Under its key, by its prefix, in a folder that was not there before."""
    # given a store, when objects are put into it
    store = LocalStore(tmp_path / "new" / "store")
    assert store.put_new("b/2.jsonl", b"two") and store.put_new("b/1.jsonl", b"one") and store.put_new("a", b"")
    # then they are found
    assert store.keys("b/") == ["b/1.jsonl", "b/2.jsonl"]
    assert store.keys("") == ["a", "b/1.jsonl", "b/2.jsonl"]
    assert (store.get("b/1.jsonl"), store.get("a")) == (b"one", b"")
    with pytest.raises(NotStored):
        store.get("b/3.jsonl")


def test_an_empty_store_has_nothing(tmp_path: Path) -> None:
    """Neither has one whose folder is not there."""
    assert LocalStore(tmp_path / "nothing").keys("") == []


def test_an_object_is_never_replaced(tmp_path: Path) -> None:
    """Of many that put one key at once, one does; all others are told."""
    # given a store, when eight put the same key at once
    store = LocalStore(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(lambda number: store.put_new("k", b"%d" % number * 100_000), range(8)))
    # then one of them did, and its object is whole
    assert sum(new) == 1
    assert store.get("k") == b"%d" % new.index(True) * 100_000
    # and nothing else is left
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["k"]


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../k", "a/../b", "a//b", ".hidden", "a/.b", "a b", "a\n", "ä", "a/"]
)
def test_what_is_no_key_is_refused(tmp_path: Path, key: str) -> None:
    """No key leads out of the store."""
    # given such a key, when it is put or got, then it is refused
    store = LocalStore(tmp_path)
    with pytest.raises(ValueError, match="no key"):
        store.put_new(key, b"")
    with pytest.raises(ValueError, match="no key"):
        store.get(key)


def test_a_kill_leaves_no_half_object(tmp_path: Path) -> None:
    """Whenever it comes."""
    # given a process that writes on and on
    for lives_s in (0.02, 0.05, 0.08, 0.11):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITE_ON_AND_ON, str(tmp_path)], stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[2],
        )  # fmt: skip
        assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
        time.sleep(lives_s)
        # when it is killed
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
    # then every object that has a name is whole
    store = LocalStore(tmp_path)
    keys = store.keys("pages/")
    assert keys
    for key in keys:
        assert store.get(key) == bytes([int(key[-6:]) % 256]) * 300_000
