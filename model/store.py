"""The store: objects under keys, each written once and whole, or not at all. Jobs and scraper meet in it."""

import os
import re
import uuid
from pathlib import Path
from typing import Protocol

KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


class NotStored(Exception):
    """There is no object of this key."""


class Store(Protocol):
    """What every store can do. Keys are paths such as "feedback/000000000001.jsonl". Failures are OSErrors."""

    def put_new(self, key: str, content: bytes) -> bool:
        """Keep an object for good; False, and nothing is changed, where the key has one already."""

    def get(self, key: str) -> bytes:
        """An object's content. Raises NotStored."""

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin so, sorted."""

    def delete(self, key: str) -> None:
        """Forget an object, if it is there. For what is kept for a time alone; all else is for good."""


def open_store(location: str) -> Store:
    """The store in a folder, or s3://bucket/beginning. Raises ValueError for what is neither."""
    return LocalStore(Path(location))


class LocalStore:
    """A store in a folder. After a kill or a power cut each object is there whole, or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put_new(self, key: str, content: bytes) -> bool:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        # A key's part never begins with a dot, so that what a kill leaves of this is no object.
        unfinished = path.with_name(f".{uuid.uuid4().hex}")
        try:
            with unfinished.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(unfinished, path)  # the one way to name a file that never replaces another
        except FileExistsError:
            return False
        finally:
            unfinished.unlink(missing_ok=True)
            self._sync_folders(path.parent)
        return True

    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise NotStored(f"the store has no {key}") from None

    def keys(self, prefix: str) -> list[str]:
        found = (path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if path.is_file())
        return sorted(key for key in found if KEY.fullmatch(key) and key.startswith(prefix))

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key of a store")
        return self._folder / key

    def _sync_folders(self, folder: Path) -> None:
        """Make names last, up to the store's own folder, which may be new as well."""
        for each in (folder, *folder.parents):
            descriptor = os.open(each, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if each == self._folder:
                break
