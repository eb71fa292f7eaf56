"""A batch as JSON Lines: an object of POST /valuations a line in, the line and its results out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, BinaryIO

import orjson

from gateway.errors import BadRequest, InvalidFields
from gateway.services.batch_columns import DATES, READ, WORDS, Found, find_columns
from gateway.services.batch_results import RESULT_NAMES, Results, Summary
from gateway.services.batch_rows import LONGEST_LINE_BYTES, NO_NUMBER, TOO_LONG, UTF8_BOM, Blocks, Raw, Rows
from model.schema.listing import POWER_COLUMNS

ODD = object()  # stands for a value that is no text, where only a text will do
RESULT_VALUES = RESULT_NAMES[:-2]  # but for version and error


class JsonLinesBatch:
    """A file of JSON Lines. rows() can be gone through once."""

    def __init__(
        self, file: BinaryIO, mapping: Mapping[str, str], parse: Callable[[bytes, str], dict[str, Any]]
    ) -> None:
        """parse reads a line as strictly as a request's body, or raises BadRequest."""
        if file.read(len(UTF8_BOM)) != UTF8_BOM:
            file.seek(0)
        self._blocks = Blocks(file)
        self._mapping = mapping
        self._parse = parse

    def rows(self) -> Iterator[Rows]:
        for block, too_long in self._blocks:
            lines = [line for line in block.split(b"\n") if line and not line.isspace()]
            long = [number for number, line in enumerate(lines) if len(line) > LONGEST_LINE_BYTES]
            if too_long and lines:
                long.append(len(lines) - 1)
            for number in long:
                lines[number] = b"null"
            rows, faults = self._read(lines)
            yield self._rows(lines, rows, faults | dict.fromkeys(long, TOO_LONG))

    def _read(self, lines: Sequence[bytes]) -> tuple[list[dict[str, Any]], dict[int, str]]:
        """Each line's object, an empty one for a line that cannot be used, and the reasons."""
        try:
            rows = list(map(orjson.loads, lines))
            # A field that is named twice shows by a colon more than there are fields.
            if sum(map(len, rows)) == sum(line.count(b":") for line in lines) and set(map(type, rows)) <= {dict}:
                return rows, {}
        except (orjson.JSONDecodeError, TypeError):
            pass
        rows, faults = [], {}
        for number, line in enumerate(lines):
            try:
                rows.append(self._parse(line, "the line"))
            except BadRequest as problem:
                rows.append({})
                faults[number] = problem.detail
        return rows, faults

    def _rows(self, lines: list[bytes], rows: list[dict[str, Any]], faults: dict[int, str]) -> Rows:
        signatures = list(map(tuple, rows))
        found: dict[tuple[str, ...], Found] = {}
        wrong: dict[tuple[str, ...], str] = {}
        for signature in set(signatures):
            try:
                found[signature] = find_columns(signature, self._present(signature))
            except InvalidFields as problem:
                found[signature] = {}
                wrong[signature] = problem.detail
        if wrong:
            faults = {number: wrong[each] for number, each in enumerate(signatures) if each in wrong} | faults
        columns = {name: _column(name, rows, signatures, found) for name in READ}

        def raw(row: int) -> Raw:
            return {ours: rows[row][theirs] for ours, theirs in found[signatures[row]].items()}, {}

        return Rows([b'{"input":' + _echo(line) for line in lines], columns, raw, faults)

    def _present(self, names: Sequence[str]) -> Mapping[str, str]:
        """The mapping, but for what it names and this line has not: that is missing, and told as that."""
        folded = {name.strip().casefold() for name in names}
        return {ours: theirs for ours, theirs in self._mapping.items() if theirs.strip().casefold() in folded}

    def write_header(self) -> bytes:
        return b""

    def write(self, rows: Rows, results: Results) -> bytes:
        """The rows, each with its results or its error."""
        tail = b',"model_version":%b,"error":' % orjson.dumps(results.version or None)
        text = orjson.dumps([dict(zip(RESULT_VALUES, values)) for values in results.rows])
        for name in (b'"deal":', b'"buying_price_eur":'):
            text = text.replace(name + b'""', name + b"null")
        following = iter(text[2:-2].split(b"},{"))
        nothing = orjson.dumps(dict.fromkeys(RESULT_VALUES))[1:-1]
        pieces: list[bytes] = []
        for row, echo in enumerate(rows.echoes):
            error = results.errors.get(row)
            values = nothing if error is not None else next(following)
            pieces += (echo, b",", values, tail, orjson.dumps(error), b"}\n")
        return b"".join(pieces)

    def write_summary(self, summary: Summary) -> bytes:
        document = {
            "rows": summary.rows, "priced": summary.priced, "failed": summary.failed,
            "versions": summary.versions, "market_as_of": summary.markets_as_of,
        }  # fmt: skip
        return orjson.dumps({"summary": document}) + b"\n"


def _echo(line: bytes) -> bytes:
    """The line where it is JSON, else a text of it."""
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return orjson.dumps(line.decode(errors="replace"))
    return line.strip()


def _column(
    name: str, rows: list[dict[str, Any]], signatures: list[tuple[str, ...]], found: Mapping[tuple[str, ...], Found]
) -> list:
    if len(found) == 1:  # as good files are: of one shape
        theirs = next(iter(found.values())).get(name)
        values = [None] * len(rows) if theirs is None else list(map(itemgetter(theirs), rows))
    else:
        values = [row.get(found[signature].get(name, "")) if name in found[signature] else None
                  for row, signature in zip(rows, signatures, strict=True)]  # fmt: skip
    kinds = set(map(type, values))
    if name in WORDS or name in DATES:
        return values if kinds <= {str, type(None)} else [_text(value) for value in values]
    if name in POWER_COLUMNS:  # for looking up: True must not pass for 1
        return values if kinds <= {int, float, type(None)} else [_number(value, None) for value in values]
    return [_number(value, None if name == "asking_price_eur" else NO_NUMBER) for value in values]


def _text(value: object) -> object:
    return value if value is None or isinstance(value, str) else ODD


def _number(value: object, nothing: float | None) -> float | None:
    if value is None:
        return nothing
    try:
        return float(value) if type(value) in (int, float) else NO_NUMBER  # type: ignore[arg-type]
    except OverflowError:
        return NO_NUMBER
