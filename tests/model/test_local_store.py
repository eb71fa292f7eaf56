"""A store in a folder: what file systems do to it."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from model.store import LocalStore, StoreError

A_WEEK_S = 7 * 24 * 3600


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_what_a_kill_left_is_removed_later(tmp_path: Path) -> None:
    """By the next process that writes; not what may still be written by another one."""
    # given a store with what a kill has left a week ago, and what another process has just begun
    LocalStore(tmp_path).put_new("k", b"")
    old, new = tmp_path / ".unfinished" / "old", tmp_path / ".unfinished" / "new"
    old.touch()
    new.touch()
    written_s = old.stat().st_mtime - A_WEEK_S
    os.utime(old, (written_s, written_s))
    # then neither is an object
    assert LocalStore(tmp_path).keys("") == ["k"]
    # and when a process writes, then the old one is gone
    LocalStore(tmp_path).put_new("k2", b"")
    assert files(tmp_path) == [".unfinished/new", "k", "k2"]


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_file_system_without_hard_links_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Such as FAT: a store there could replace what it has."""
    # given such a file system
    def link(*_: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", link)
    # when an object is put, then that is said, and nothing is left
    with pytest.raises(StoreError, match="hard links"):
        LocalStore(tmp_path).put_new("k", b"")
    assert files(tmp_path) == []


def test_an_answer_that_a_network_file_system_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file got its name, and then the file system says that there is one of that name: it is ours."""
    # given a file system that does so
    link = os.link

    def link_twice(source: Path, target: Path) -> None:
        link(source, target)
        link(source, target)

    monkeypatch.setattr(os, "link", link_twice)
    # when an object is put, then it is kept, and counts as new once
    store = LocalStore(tmp_path)
    assert store.put_new("k", b"1") and not store.put_new("k", b"1")
    assert files(tmp_path) == ["k"]


def test_a_key_that_leads_on_from_an_object_is_refused(tmp_path: Path) -> None:
    """A folder has no room for it."""
    # given two objects, when keys are put that lead on from one, or that the other one leads on from
    store = LocalStore(tmp_path)
    store.put_new("a", b"")
    store.put_new("b/c", b"")
    # then neither passes for one that is there
    with pytest.raises(OSError):
        store.put_new("a/b", b"")
    with pytest.raises(OSError, match="lead on"):
        store.put_new("b", b"")
