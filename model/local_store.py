"""A store in a folder."""

import errno
import os
import time
import uuid
from pathlib import Path

from model.store_protocol import KEY, NotStored, StoreError, check_beginning, check_key

# No key begins with a dot, so that what is not finished, and what a kill leaves of it, is no object.
UNFINISHED = ".unfinished"
LEFT_AFTER_S = 24 * 3600  # nothing takes so long to be written
NO_HARD_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP)


class LocalStore:
    """A store in a folder, which is made when the first object is put into it. After a kill or a power cut each object
    is there whole, or not at all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unfinished = folder / UNFINISHED
        self._swept = False

    def put_new(self, key: str, content: bytes) -> bool:
        path = self._folder / check_key(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._unfinished.mkdir(exist_ok=True)
        if not self._swept:
            self._sweep()
        unfinished = self._unfinished / uuid.uuid4().hex
        try:
            with unfinished.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            return self._name(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
            self._sync_folders(path.parent)

    def get(self, key: str) -> bytes:
        try:
            return (self._folder / check_key(key)).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NotStored(f"{self._folder} has no {key}") from None

    def keys(self, prefix: str) -> list[str]:
        within = self._folder / check_beginning(prefix).rpartition("/")[0]
        found = []
        for folder, _, names in os.walk(within, onerror=_raise_unless_gone):
            beginning = Path(folder).relative_to(self._folder).as_posix()
            found += names if beginning == "." else [f"{beginning}/{name}" for name in names]
        return sorted(key for key in found if key.startswith(prefix) and KEY.fullmatch(key))

    def delete(self, key: str) -> None:
        (self._folder / check_key(key)).unlink(missing_ok=True)

    def _name(self, unfinished: Path, path: Path) -> bool:
        """Give the file its name, unless there is one of that name."""
        try:
            os.link(unfinished, path)  # the one way to name a file that never replaces another
        except FileExistsError:
            if path.is_dir():
                raise StoreError(f"{path} is a folder: other objects' keys lead on from this one") from None
            # A network file system asks again when an answer is lost, and then finds the name that it has given.
            return unfinished.stat().st_nlink > 1
        except OSError as error:
            if error.errno in NO_HARD_LINKS:
                raise StoreError(
                    f"{self._folder} lies on a file system without hard links, by which a store never replaces what it "
                    "has; put it on another, or use S3"
                ) from error
            raise
        return True

    def _sweep(self) -> None:
        """Remove what kills have left long ago."""
        for file in self._unfinished.iterdir():
            try:
                if file.stat().st_mtime < time.time() - LEFT_AFTER_S:
                    file.unlink()
            except FileNotFoundError:
                pass  # another process is done with it
        self._swept = True

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


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
