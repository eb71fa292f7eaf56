"""A batch as CSV: rows in by columns of cells, rows out with their results behind them."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

import orjson

from gateway.errors import BadRequest, InvalidFields
from gateway.services.batch_columns import NUMBERS, READ, Found, find_columns, require_columns
from gateway.services.batch_results import RESULT_NAMES, Results, Summary
from gateway.services.batch_rows import LONGEST_LINE_BYTES, NO_NUMBER, TOO_LONG, UTF8_BOM, Blocks, Raw, Rows
from model.schema.fields import Violation
from model.schema.listing import plain_number
from model.schema.vocabulary import is_missing

DELIMITERS = ",;\t"
MOST_COLUMNS = 200
LINE_END = "\r\n"
# Spreadsheets read what begins so as a formula.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
IGNORED = " \ufeff\u00a0"  # before it
NEGATIVE_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")
# Whose rules for thousands hold for the price that is asked.
LIKE = {"asking_price_eur": "price_eur"}


def neutral(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if cell.lstrip(IGNORED).startswith(FORMULA) and not NEGATIVE_NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


class CsvBatch:
    """A CSV file of cars. Its header is read at once; rows() can be gone through once."""

    def __init__(self, file: BinaryIO, mapping: Mapping[str, str]) -> None:
        """Raises BadRequest for a header that cannot be read, InvalidFields for one that lacks columns."""
        self._blocks = Blocks(file)
        self._bom = b""
        header = self._read_header()
        found = find_columns(header, mapping)
        require_columns(found)
        self._width = len(header)
        self._places = {ours: header.index(theirs) for ours, theirs in found.items()}
        self._header = header
        self._delimiter_bytes = self._delimiter.encode()

    def _read_header(self) -> list[str]:
        first = self._blocks.line()
        if first.startswith(UTF8_BOM):
            self._bom, first = UTF8_BOM, first.removeprefix(UTF8_BOM)
        self._delimiter = max(DELIMITERS, key=first.decode(errors="replace").count)
        records = _Records(first.removesuffix(b"\n") + b"\n", self._blocks.line, self._delimiter)
        header, fault = next(iter(records), ([], None))
        if fault is not None:
            raise BadRequest(f"the header cannot be read: {fault}", code="unreadable_header")
        if len(header) > MOST_COLUMNS:
            message = f"has more than {MOST_COLUMNS} columns"
            raise InvalidFields([Violation("header", "too_long", message, figures={"most": MOST_COLUMNS})])
        return header

    def rows(self) -> Iterator[Rows]:
        for block, too_long in self._blocks:
            if b"\r" in block:
                block = block.replace(b"\r\n", b"\n")
            rows = None if too_long or self._is_odd(block) else self._plain(block)
            yield self._odd(block, too_long) if rows is None else rows

    def _is_odd(self, block: bytes) -> bool:
        """Whether a block may hold quotes or what must be neutralised: then its cells are looked at one by one. To look
        for two bytes takes long, for one next to nothing.
        """
        if b'"' in block or b"\r" in block or block.startswith(tuple(map(str.encode, FORMULA))):
            return True
        return any(
            sign in block and (self._delimiter_bytes + sign in block or b"\n" + sign in block)
            for sign in map(str.encode, FORMULA) if sign != self._delimiter_bytes
        )  # fmt: skip

    def _plain(self, block: bytes) -> Rows | None:
        """A block of plain lines, cut into columns at one stroke; None where its lines are not all of one width."""
        try:
            text = block.decode()
        except UnicodeDecodeError:
            return None
        lines = block.split(b"\n")[:-1]
        if max(map(len, lines)) > LONGEST_LINE_BYTES:
            return None
        delimiter, width = self._delimiter, self._width
        count = text.count("\n")
        # Each line's end becomes a cell of its own, so that a line of another width shows.
        cells = text.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)
        if len(cells) != count * (width + 1) + 1 or cells[width:: width + 1].count("\n") != count:
            return None
        columns = [cells[place:: width + 1] for place in range(width)]
        for column in columns:
            del column[count:]  # what follows the last line's end
        return self._rows(lines, columns, {})

    def _odd(self, block: bytes, too_long: bool) -> Rows:
        """Any block, cell by cell; blank lines are none of its rows."""
        records = _Records(block, self._blocks.line, self._delimiter)
        padded: list[list[str]] = []
        faults: dict[int, str] = {}
        for cells, fault in records:
            if fault is None and len(cells) != self._width:
                fault = f"the line has {len(cells)} cells where the header has {self._width}"
            if fault is not None:
                faults[len(padded)] = fault
                cells = [""] * self._width if fault == TOO_LONG else cells
                cells = [*cells[: self._width], *[""] * (self._width - len(cells))]
            padded.append(cells)
        if too_long and padded:
            faults[len(padded) - 1] = TOO_LONG
            padded[-1] = [""] * self._width
        columns: list[Sequence[str]] = list(zip(*padded)) or [()] * self._width
        return self._rows(self._lines(padded), columns, faults)

    def _rows(self, echoes: list[bytes], cells: Sequence[Sequence[str]], faults: dict[int, str]) -> Rows:
        columns: dict[str, Sequence] = {
            name: cells[self._places[name]] if name in self._places else [None] * len(echoes) for name in READ
        }
        columns["mileage_km"] = _numbers(columns["mileage_km"], "mileage_km", NO_NUMBER)
        if "asking_price_eur" in self._places:
            columns["asking_price_eur"] = _numbers(columns["asking_price_eur"], "asking_price_eur", None)

        def raw(row: int) -> Raw:
            return _raw({name: cells[place][row] for name, place in self._places.items()})

        return Rows(echoes, columns, raw, faults)

    def write_header(self) -> bytes:
        return self._bom + self._lines([[*self._header, *RESULT_NAMES]])[0] + LINE_END.encode()

    def write(self, rows: Rows, results: Results) -> bytes:
        """The rows, each with its results or its error."""
        delimiter, end = self._delimiter_bytes, LINE_END.encode()
        version = self._cell(results.version)
        tail = b"%b%b%b%b" % (delimiter, version, delimiter, end)
        # orjson writes a row of numbers in a fraction of csv's time; the words among them need no quotes.
        text = orjson.dumps(results.rows)[2:-2].replace(b'"', b"").replace(b"],[", b"\n")
        lines = text.replace(b",", delimiter).split(b"\n") if results.rows else []
        if not results.errors:
            return tail.join(map(delimiter.join, zip(rows.echoes, lines, strict=True))) + tail
        nothing = delimiter * (len(RESULT_NAMES) - 2)
        following = iter(lines)
        pieces: list[bytes] = []
        for row, echo in enumerate(rows.echoes):
            error = results.errors.get(row)
            if error is None:
                pieces += (echo, delimiter, next(following), tail)
            else:
                pieces += (echo, nothing, delimiter, version, delimiter, self._cell(error), end)
        return b"".join(pieces)

    def write_summary(self, summary: Summary) -> bytes:
        """A row as wide as the others: its name, then name=value in each cell."""
        cells = [
            "# summary", f"rows={summary.rows}", f"priced={summary.priced}", f"failed={summary.failed}",
            f"versions={' '.join(summary.versions)}", f"market_as_of={' '.join(summary.markets_as_of)}",
        ]  # fmt: skip
        cells += [""] * (self._width + len(RESULT_NAMES) - len(cells))
        return self._lines([cells])[0] + LINE_END.encode()

    def _cell(self, cell: str) -> bytes:
        # csv writes a row of one empty cell as two quotes, to tell it from a blank line.
        return self._lines([[cell]])[0] if cell else b""

    def _lines(self, rows: Iterable[list[str]]) -> list[bytes]:
        """Rows as lines without their ends, neutralised."""
        lines: list[str] = []
        # With another end of lines it would leave a carriage return in a cell without quotes.
        written = csv.writer(_Sink(lines), delimiter=self._delimiter, lineterminator=LINE_END)
        written.writerows([*map(neutral, cells)] for cells in rows)
        return [line.removesuffix(LINE_END).encode() for line in lines]


class _Sink:
    """A file for csv.writer that is a list of rows."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


class _Records:
    """The records of a block, each with the reason where it cannot be used. One that a quote keeps open at the block's
    end goes on in the lines that follow it.
    """

    def __init__(self, block: bytes, more: Callable[[], bytes], delimiter: str) -> None:
        self._lines = iter(block.split(b"\n")[:-1])
        self._more = more
        self._reader = csv.reader(self._texts(), delimiter=delimiter)
        self._is_open = False
        self._fault: str | None = None

    def __iter__(self) -> Iterator[tuple[list[str], str | None]]:
        while True:
            self._is_open, self._fault = False, None
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                cells, self._fault = [], self._fault or f"the line is not CSV: {error}"
            if cells or self._fault:
                yield cells, self._fault

    def _texts(self) -> Iterator[str]:
        for line in self._lines:
            yield self._text(line + b"\n")
        while self._is_open and (line := self._more()):
            yield self._text(line)

    def _text(self, line: bytes) -> str:
        self._is_open = True
        if len(line) > LONGEST_LINE_BYTES:
            self._fault = TOO_LONG
        try:
            return line.decode()
        except UnicodeDecodeError:
            self._fault = self._fault or "the line is not UTF-8"
            return line.decode(errors="replace")


def _numbers(cells: Sequence[str], name: str, nothing: float | None) -> list[float | None]:
    """A column of cells as numbers, NO_NUMBER for what is none; nothing stands for an empty cell."""
    joined = "".join(cells)
    if joined.isascii() and joined.isdecimal() and all(cells):
        return list(map(float, cells))
    numbers: list[float | None] = []
    for cell in cells:
        try:
            numbers.append(plain_number(LIKE.get(name, name), cell) if cell else nothing)
        except ValueError:
            numbers.append(NO_NUMBER)
    return numbers


def _raw(cells: Found) -> Raw:
    """A row's fields as POST /valuations takes them: numbers as numbers, and without those that say nothing."""
    values: dict[str, object] = {}
    instead: dict[str, Violation] = {}
    for name, cell in cells.items():
        if is_missing(cell):
            continue
        values[name] = cell.strip()
        if name in NUMBERS:
            try:
                values[name] = plain_number(LIKE.get(name, name), cell)
            except ValueError:
                instead[name] = Violation(name, "format", f"{cell!r} is not a plain number")
    return values, instead
