"""What is to be imported: files, folders of them, and archives, one file's bytes after the other.

Nothing of an archive is ever written anywhere, so that it matters to nobody what its members are called. How much may
come out of one is bounded by what it is packed to, and an archive within an archive is not looked into.
"""

import gzip
import io
import lzma
import sys
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from model.schema.fields import printable_name
from scraper.errors import DataRefused, WrongCall

STDIN = "-"
BUFFER_BYTES = 256 * 1024
# Listings pack to a fifth or a tenth of their size. What unpacks to this many times its size is a bomb.
MOST_TIMES_PACKED = 200
ALWAYS_ALLOWED_BYTES = 64 * 1024 * 1024

UNPACKING_ERRORS = (
    EOFError, NotImplementedError, RuntimeError, gzip.BadGzipFile, lzma.LZMAError, tarfile.TarError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class Kind(StrEnum):
    """How a file says what it says."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    PAGE = "page"


KINDS = {
    ".csv": Kind.CSV, ".tsv": Kind.CSV, ".jsonl": Kind.JSON_LINES, ".ndjson": Kind.JSON_LINES, ".html": Kind.PAGE,
    ".htm": Kind.PAGE, ".json": Kind.PAGE,
}  # fmt: skip
GZIP, ZIP, TARS = ".gz", ".zip", (".tar", ".tar.gz", ".tgz")
KNOWN = ", ".join((*KINDS, GZIP, ZIP, *TARS))
PARTS_OF_PAGES = ("_files", "-Dateien", "_bestanden", "_fichiers", "_file")
BEGINNINGS = {b"{": Kind.JSON_LINES, b"<": Kind.PAGE}  # of what comes without a name


@dataclass(frozen=True)
class Input:
    """One file: its name, for messages alone, and its bytes, to be read once, and before the next one is asked for."""

    name: str
    kind: Kind
    stream: BinaryIO


class Inputs:
    """The files that some paths name, folders in the order of their files' names. They can be gone through once.

    `passed_over` counts, by their endings, files in folders and archives that are none of ours.
    """

    def __init__(self, paths: Iterable[str], tell_read: Callable[[int], object] = lambda _: None) -> None:
        """tell_read is told of all bytes that are read, as they lie on the disk. Raises WrongCall for what is not
        there, or of no kind that is known.
        """
        self.passed_over: Counter[str] = Counter()
        self._tell_read = tell_read
        self._files: list[tuple[str, Path | None]] = []
        for path in paths:
            self._files += self._find(path)
        if not self._files:
            raise WrongCall(f"there is nothing to import: no {KNOWN}")

    @property
    def several(self) -> bool:
        """Whether they may be more than one."""
        return len(self._files) > 1 or any(name.endswith((ZIP, *TARS)) for name, _ in self._files)

    @property
    def size_bytes(self) -> int | None:
        """Of all files as they lie on the disk; None where one comes as it is written."""
        sizes = [path.stat().st_size if path else None for _, path in self._files]
        return None if None in sizes else sum(size for size in sizes if size)

    def __iter__(self) -> Iterator[Input]:
        """Raises DataRefused for an archive that is none, or more than it should be."""
        for name, path in self._files:
            if path is None:
                yield self._from_stdin()
                continue
            with path.open("rb") as file:
                packed: Any = io.BufferedReader(_Watched(file, self._tell_read), BUFFER_BYTES)
                yield from self._of_file(name, packed, path.stat().st_size)

    def _find(self, given: str) -> list[tuple[str, Path | None]]:
        path = Path(given)
        if given == STDIN:
            return [("standard input", None)]
        if not path.is_dir():
            if not path.exists():
                raise WrongCall(f"{given} is not there")
            if not _is_read(path.name):
                raise WrongCall(f"{path.name} is of no known kind: {KNOWN}")
            return [(path.name, path)]
        found: list[tuple[str, Path | None]] = []
        for file in sorted(path.rglob("*")):
            name = file.relative_to(path).as_posix()
            if file.is_symlink() or not file.is_file() or _is_aside(name):
                continue
            if _is_read(name):
                found.append((name, file))
            else:
                self.passed_over[_ending(name)] += 1
        return found

    def _from_stdin(self) -> Input:
        stream = io.BufferedReader(_Watched(sys.stdin.buffer, self._tell_read), BUFFER_BYTES)
        beginning = stream.peek(BUFFER_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        return Input("standard input", BEGINNINGS.get(beginning, Kind.CSV), stream)

    def _of_file(self, name: str, packed: BinaryIO, size_bytes: int) -> Iterator[Input]:
        budget = _Budget(name, max(ALWAYS_ALLOWED_BYTES, MOST_TIMES_PACKED * size_bytes))
        lower = name.lower()
        if lower.endswith(ZIP):
            yield from self._of_zip(name, packed, budget)
        elif lower.endswith(TARS):
            yield from self._of_tar(name, packed, budget)
        elif lower.endswith(GZIP):
            with gzip.GzipFile(fileobj=packed) as unpacked:
                yield Input(name, KINDS[_ending(lower.removesuffix(GZIP))], budget.bound(unpacked))
        else:
            yield Input(name, KINDS[_ending(lower)], packed)

    def _of_zip(self, name: str, packed: BinaryIO, budget: "_Budget") -> Iterator[Input]:
        with _unpacking(name):
            archive = zipfile.ZipFile(packed)
        for member in sorted(archive.infolist(), key=lambda member: member.filename):
            if member.is_dir() or not self._is_wanted(member.filename):
                continue
            inner = f"{name}: {printable_name(member.filename)}"
            if member.flag_bits & 1:
                raise DataRefused(f"{inner} is encrypted: unpack the archive, and import its files")
            with _unpacking(inner):
                opened = archive.open(member)
            with opened:
                yield Input(inner, KINDS[_ending(member.filename)], budget.bound(opened))

    def _of_tar(self, name: str, packed: BinaryIO, budget: "_Budget") -> Iterator[Input]:
        with _unpacking(name):
            archive = tarfile.open(fileobj=packed, mode="r|*")
        while True:
            with _unpacking(name):
                member = archive.next()
                archive.members = []  # type: ignore[attr-defined]  # it would remember each of them
            if member is None:
                return
            if member.isreg() and self._is_wanted(member.name):
                opened = archive.extractfile(member)
                assert opened is not None, "a regular member has content"
                yield Input(f"{name}: {printable_name(member.name)}", KINDS[_ending(member.name)], budget.bound(opened))

    def _is_wanted(self, member: str) -> bool:
        if _is_aside(member) or _ending(member) not in KINDS:
            self.passed_over[_ending(member)] += 1
            return False
        return True


class _Watched(io.RawIOBase):
    """A file whose reading is told of."""

    def __init__(self, file: BinaryIO, tell_read: Callable[[int], object]) -> None:
        self._file, self._tell_read = file, tell_read

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._file.seekable()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._file.read(len(buffer))
        buffer[: len(content)] = content
        self._tell_read(len(content))
        return len(content)


class _Budget:
    """How much may still come out of an archive."""

    def __init__(self, name: str, most_bytes: int) -> None:
        self._name, self._most_bytes, self._left_bytes = name, most_bytes, most_bytes

    def bound(self, file: Any) -> BinaryIO:
        return io.BufferedReader(_Unpacked(file, self), BUFFER_BYTES)

    def read(self, file: BinaryIO, size_bytes: int) -> bytes:
        with _unpacking(self._name):
            content = file.read(size_bytes)
        self._left_bytes -= len(content)
        if self._left_bytes < 0:
            raise DataRefused(f"{self._name} unpacks to more than {self._most_bytes:,} bytes, which no listings do")
        return content


class _Unpacked(io.RawIOBase):
    """What comes out of an archive, within its budget."""

    def __init__(self, file: BinaryIO, budget: _Budget) -> None:
        self._file, self._budget = file, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._budget.read(self._file, len(buffer))
        buffer[: len(content)] = content
        return len(content)


@contextmanager
def _unpacking(name: str) -> Iterator[None]:
    try:
        yield
    except UNPACKING_ERRORS as error:
        raise DataRefused(f"{name} cannot be unpacked: {error or type(error).__name__}") from error


def _is_aside(name: str) -> bool:
    """Whether a file is hidden, or lies where browsers put what a saved page is made of."""
    *folders, _ = parts = [part for part in name.split("/") if part != "."]
    return any(part.startswith(".") for part in parts) or any(folder.endswith(PARTS_OF_PAGES) for folder in folders)


def _is_read(name: str) -> bool:
    lower = name.lower()
    return lower.endswith((ZIP, *TARS)) or _ending(lower.removesuffix(GZIP)) in KINDS


def _ending(name: str) -> str:
    return Path(name).suffix.lower()
