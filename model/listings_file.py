"""A file of listings as rows under our names: CSV with a header in our names, AutoScout24's, or by a mapping."""

import codecs
import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from model.errors import DataError
from model.schema.listing import AUTOSCOUT24_COLUMNS, COLUMNS, POWER_COLUMNS, REQUIRED_COLUMNS

# Words of a column's name that speak of another unit than the one that is read.
OTHER_UNITS = {
    "price_eur": (frozenset(
        "usd dollar dollars cad aud gbp pound pounds chf pln zl czk huf ron sek nok dkk rub inr cny jpy $ £".split()
    ), "euros"),
    "mileage_km": (frozenset("miles mile mi mls meilen".split()), "kilometres"),
}

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
    reader = _reader(_decode(content, path), path)
    header = _header(reader, path)
    if mapping and one_of_several and not {name.strip() for name in header} & set(mapping.values()):
        mapping = None
    columns = _columns(header, path, mapping)
    unread = tuple(name.strip() for name in header if name.strip() and name.strip() not in columns.values())
    return ListingsFile(columns, unread, _rows(reader, columns, path), hashlib.sha256(content).hexdigest())


def read_mapping(path: Path) -> dict[str, str]:
    """Read a mapping file: JSON {"our column": "the file's column"}. Raises DataError."""
    try:
        mapping = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"the mapping {path} cannot be read: {error}") from error
    if not isinstance(mapping, dict) or not all(isinstance(value, str) for value in mapping.values()):
        raise DataError(f'the mapping {path} must be one object of texts, such as {{"mileage_km": "Kilometer"}}')
    unknown = sorted(set(mapping) - set(COLUMNS))
    if unknown:
        raise DataError(f"the mapping {path} names no column of ours with {unknown}; ours are {', '.join(COLUMNS)}")
    return mapping


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error


def _decode(content: bytes, path: Path) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DataError(
            f"{path.name} is UTF-16, not UTF-8. Convert it, for example: "
            f"iconv -f utf-16 -t utf-8 {path.name} > {path.stem}-utf8.csv"
        )
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise DataError(f"{path.name}, line {line}: holds a byte 0, so it is not a text file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path.name} is not UTF-8: line {line} holds the byte {error.object[error.start]:#04x}. Convert it, for "
            f"example: iconv -f latin1 -t utf-8 {path.name} > {path.stem}-utf8.csv"
        ) from error


def _reader(text: str, path: Path) -> "csv.DictReader[str]":
    if not text.strip():
        raise DataError(f"{path.name} is empty")
    header = text.partition("\n")[0]
    if not header.strip():
        raise DataError(f"{path.name}, line 1: is blank, and must name the columns")
    delimiter = max(",;\t|", key=header.count)
    lines = io.StringIO(text, newline="")
    return csv.DictReader(lines, delimiter=delimiter, restkey=CELLS_TOO_MANY, restval=None, strict=True)


def _header(reader: "csv.DictReader[str]", path: Path) -> Iterable[str]:
    try:
        return reader.fieldnames or ()
    except csv.Error as error:
        raise DataError(f"{path.name}, line 1: not CSV: {error}") from error


def _columns(fieldnames: Iterable[str], path: Path, mapping: Mapping[str, str] | None) -> dict[str, str]:
    """{our column: the file's}, by the mapping where there is one, else by our names or AutoScout24's, in any case."""
    header = [name.strip() for name in fieldnames]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise DataError(f"{path.name}, line 1: the header names {', '.join(twice)} more than once")
    columns: dict[str, str] = {}
    in_any_case = {name.casefold(): name for name in reversed(header)} | {name: name for name in header}
    for ours in COLUMNS:
        if mapping and ours in mapping:
            theirs = mapping[ours] if mapping[ours] in header else None
        else:
            candidates = (ours, AUTOSCOUT24_COLUMNS.get(ours, ours).casefold())
            theirs = next((in_any_case[name] for name in candidates if name in in_any_case), None)
        if theirs is not None:
            columns[ours] = theirs
        elif mapping and ours in mapping:
            raise DataError(f"{path.name}, line 1: no column {mapping[ours]!r}, which the mapping names for {ours!r}")
    for ours, (others, unit) in OTHER_UNITS.items():
        theirs = columns.get(ours, "")
        # "priceUSD" as well as "price_usd"
        if others & {word.casefold() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[$£]", theirs)}:
            raise DataError(f"{path.name}, line 1: {theirs!r} is not in {unit}, it seems. Convert the column to {unit}")
    missing = [name for name in REQUIRED_COLUMNS if name not in columns]
    if not any(name in columns for name in POWER_COLUMNS):
        missing.append(" or ".join(POWER_COLUMNS))
    if missing:
        raise DataError(
            f"{path.name}, line 1: no column for {', '.join(missing)}. The header reads: {', '.join(header)}. "
            'Name the columns in a mapping file, such as {"mileage_km": "Kilometer"} (MAPPING=file.json)'
        )
    return columns


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
