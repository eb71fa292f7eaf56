"""A file of JSON Lines as rows: an object a line, its keys being columns as in the header of a CSV file."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NoReturn

from model.schema.columns import match_columns, unread_columns
from scraper.errors import DataRefused
from scraper.rows import ROWS_AT_ONCE, Rows
from scraper.text_blocks import text_blocks

MOST_SHAPES = 1_000  # sets of keys whose columns are remembered
MOST_UNREAD = 100  # names
NO_TEXT = "\0"  # what stands for a value that is neither text, number nor truth: no cell of a file reads so


class JsonLinesFile:
    """Keys differ from line to line: what a line lacks, its row lacks. Its rows can be gone through once."""

    def __init__(self, stream: BinaryIO, name: str, mapping: Mapping[str, str] | None, *, one_of_several: bool) -> None:
        """A mapping that is given for several files holds for those whose first line has any of its columns."""
        self._name = name
        self._stream = stream
        self._mapping = mapping
        self._one_of_several = one_of_several
        self._shapes: dict[tuple[str, ...], dict[str, str]] = {}
        self._unread: dict[str, None] = {}

    @property
    def unread_columns(self) -> tuple[str, ...]:
        """Of the lines that were read, the keys that mean nothing to us."""
        return tuple(self._unread)

    def rows(self) -> Iterator[Rows]:
        """Raises DataRefused where the file stops being JSON Lines."""
        lines: list[int] = []
        rows: list[dict[str, str | None]] = []
        for line, text in self._lines():
            if not text.strip():
                continue
            rows.append(self._row(line, text))
            lines.append(line)
            if len(rows) == ROWS_AT_ONCE:
                yield _columns(lines, rows)
                lines, rows = [], []
        if rows:
            yield _columns(lines, rows)

    def _lines(self) -> Iterator[tuple[int, str]]:
        line = 0
        for block in text_blocks(self._stream, self._name):
            for text in block.removesuffix("\n").split("\n"):
                line += 1
                yield line, text

    def _row(self, line: int, text: str) -> dict[str, str | None]:
        try:
            values = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise DataRefused(f"{self._name}, line {line}: not JSON: {error}") from error
        if not isinstance(values, dict):
            raise DataRefused(f"{self._name}, line {line}: must be an object, such as {{\"make\": \"Volkswagen\"}}")
        shape = tuple(values)
        columns = self._shapes.get(shape)
        if columns is None:
            columns = self._find(line, shape)
        return {ours: _text(values[theirs]) for ours, theirs in columns.items()}

    def _find(self, line: int, keys: tuple[str, ...]) -> dict[str, str]:
        if line == 1 and self._mapping and self._one_of_several and not set(keys) & set(self._mapping.values()):
            self._mapping = None
        try:
            columns = match_columns(keys, self._mapping)
        except ValueError as error:
            raise DataRefused(f"{self._name}, line {line}: {error}") from error
        for key in unread_columns(keys, columns):
            if len(self._unread) < MOST_UNREAD:
                self._unread[key] = None
        if len(self._shapes) == MOST_SHAPES:
            self._shapes.clear()
        self._shapes[keys] = columns
        return columns


def _columns(lines: list[int], rows: list[dict[str, str | None]]) -> Rows:
    names = dict.fromkeys(name for row in rows for name in row)
    return Rows(lines, {name: [row.get(name) for row in rows] for name in names})


def _text(value: Any) -> str | None:
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else NO_TEXT


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
