"""A CSV file as rows, read by the rules by which training reads one."""

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import BinaryIO

from model.schema.columns import find_columns, find_delimiter, unread_columns
from scraper.errors import DataRefused
from scraper.rows import ROWS_AT_ONCE, Rows
from scraper.text_blocks import text_blocks

WRONG_LENGTH = "row: has more or fewer cells than the header"


class CsvFile:
    """A file's columns, {ours: the file's}, and those that are not read. Its rows can be gone through once."""

    def __init__(self, stream: BinaryIO, name: str, mapping: Mapping[str, str] | None, *, one_of_several: bool) -> None:
        """Raises DataRefused for a header that cannot be read. A mapping that is given for several files holds for
        those that have any of its columns.
        """
        self._name = name
        blocks = text_blocks(stream, name)
        first = next((block for block in blocks if block.strip()), "")
        header_line = first.partition("\n")[0]
        if not first:
            raise DataRefused(f"{name} is empty")
        if not header_line.strip():
            raise DataRefused(f"{name}, line 1: is blank, and must name the columns")
        lines = chain.from_iterable(io.StringIO(block, newline="") for block in chain((first,), blocks))
        self._reader = csv.reader(lines, delimiter=find_delimiter(header_line), strict=True)
        try:
            header = next(self._reader)
        except csv.Error as error:
            raise DataRefused(f"{name}, line 1: not CSV: {error}") from error
        names = [column.strip() for column in header]
        if mapping and one_of_several and not set(names) & set(mapping.values()):
            mapping = None
        try:
            self.columns = find_columns(names, mapping)
        except ValueError as error:
            raise DataRefused(f"{name}, line 1: {error}") from error
        self.unread_columns = unread_columns(names, self.columns)
        self._places = {ours: names.index(theirs) for ours, theirs in self.columns.items()}
        self._width = len(names)

    def rows(self) -> Iterator[Rows]:
        """Raises DataRefused where the file stops being CSV."""
        reader, width = self._reader, self._width
        lines: list[int] = []
        rows: list[list[str]] = []
        faults: list[tuple[int, str]] = []
        begin = reader.line_num + 1
        try:
            for row in reader:
                if len(row) == width:
                    rows.append(row)
                    lines.append(reader.line_num)
                    if len(rows) == ROWS_AT_ONCE:
                        yield self._rows(lines, rows, faults)
                        lines, rows, faults = [], [], []
                elif row:
                    faults.append((reader.line_num, WRONG_LENGTH))
                begin = reader.line_num + 1
        except csv.Error as error:  # the line where the row begins: a quote that is never closed runs on and on
            raise DataRefused(f"{self._name}, line {begin}: not CSV: {error}") from error
        if rows or faults:
            yield self._rows(lines, rows, faults)

    def _rows(self, lines: list[int], rows: list[list[str]], faults: list[tuple[int, str]]) -> Rows:
        cells = list(zip(*rows)) or [()] * self._width
        return Rows(lines, {ours: cells[place] for ours, place in self._places.items()}, faults)
