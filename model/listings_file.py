"""A file of listings as rows under our names: CSV with a header in our names, AutoScout24's, or by a mapping."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from model.errors import DataError
from model.schema.columns import find_columns, find_delimiter, parse_mapping, unread_columns
from model.schema.decoding import decode

CELLS_TOO_MANY = "\n"  # the reader's name for them; no stripped header reads so


@dataclass(frozen=True)
class ListingsFile:
    """A file's columns, {ours: the file's}, those that are not read, its rows as (line, {our column: text}), and its
    SHA-256.

    A row with more or fewer cells than the header is an empty mapping. `rows` can be gone through once; it raises
    DataError where the file stops being CSV.
    """

    columns: Mapping[str, str]
    unread_columns: tuple[str, ...]
    rows: Iterator[tuple[int, Mapping[str, str]]]
    digest: str


def open_listings_file(
    path: Path, mapping: Mapping[str, str] | None = None, *, one_of_several: bool = False
) -> ListingsFile:
    """Read a file's header and make its rows ready to be gone through. Raises DataError.

    A mapping that is given for several files holds for those that have any of its columns.
    """
    content = _read(path)
    try:
        reader = _reader(decode(content, path.name), path)
    except ValueError as error:
        raise DataError(str(error)) from error
    header = _header(reader, path)
    if mapping and one_of_several and not {name.strip() for name in header} & set(mapping.values()):
        mapping = None
    try:
        columns = find_columns(header, mapping)
    except ValueError as error:
        raise DataError(f"{path.name}, line 1: {error}") from error
    unread = unread_columns(header, columns)
    return ListingsFile(columns, unread, _rows(reader, columns, path), hashlib.sha256(content).hexdigest())


def read_mapping(path: Path) -> dict[str, str]:
    """Read a mapping file: JSON {"our column": "the file's column"}. Raises DataError."""
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"the mapping {path} cannot be read: {error}") from error
    try:
        return parse_mapping(content)
    except ValueError as error:
        raise DataError(f"the mapping {path} {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error


def _reader(text: str, path: Path) -> "csv.DictReader[str]":
    if not text.strip():
        raise DataError(f"{path.name} is empty")
    header = text.partition("\n")[0]
    if not header.strip():
        raise DataError(f"{path.name}, line 1: is blank, and must name the columns")
    lines = io.StringIO(text, newline="")
    return csv.DictReader(lines, delimiter=find_delimiter(header), restkey=CELLS_TOO_MANY, restval=None, strict=True)


def _header(reader: "csv.DictReader[str]", path: Path) -> Iterable[str]:
    try:
        return reader.fieldnames or ()
    except csv.Error as error:
        raise DataError(f"{path.name}, line 1: not CSV: {error}") from error


def _rows(
    reader: "csv.DictReader[str]", columns: Mapping[str, str], path: Path
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(line, row under our names) for each row; a row of the wrong length is {} with its line."""
    stripped = {name.strip(): name for name in reader.fieldnames or ()}
    keys = {ours: stripped[theirs] for ours, theirs in columns.items()}
    begin = reader.line_num + 1
    try:
        for row in reader:
            complete = CELLS_TOO_MANY not in row and all(value is not None for value in row.values())
            yield reader.line_num, {ours: row[key] for ours, key in keys.items()} if complete else {}
            begin = reader.line_num + 1
    except csv.Error as error:  # the line where the row begins: a quote that is never closed runs on to the end
        raise DataError(f"{path.name}, line {begin}: not CSV: {error}") from error
