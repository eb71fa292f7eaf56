"""A batch's rows as they stand in its file, a block of lines at a time, and what both formats share of reading them."""

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from model.schema.fields import Violation

# A call to the model server: larger ones cost less a row, and single cars wait longer behind them.
ROWS_A_CALL = 2_500
# Of very short lines a block has many: no more than this, or a small file could fill the memory.
MOST_ROWS_A_BLOCK = 4 * ROWS_A_CALL
LONGEST_LINE_BYTES = 64 * 1024
FIRST_BLOCK_BYTES = 16 * 1024
LARGEST_BLOCK_BYTES = 1024 * 1024
UTF8_BOM = b"\xef\xbb\xbf"
TOO_LONG = f"the line is longer than {LONGEST_LINE_BYTES:,} bytes"

# A value that is no number, in a column of numbers: it lies within no bounds, and equals nothing.
NO_NUMBER = math.nan

Raw = tuple[Mapping[str, object], Mapping[str, Violation]]


@dataclass(frozen=True)
class Rows:
    """Some rows of a batch.

    columns has one of each of batch_columns.READ: of words and dates as they were written, None where there is none;
    mileage_km as floats and asking_price_eur as floats or None, NO_NUMBER for all else. raw gives one row's fields as
    POST /valuations takes them, and what to say instead of what would be said there of a field. faults are the rows
    that cannot be read, each with the reason.
    """

    echoes: Sequence[bytes]  # each row as the answer repeats it
    columns: Mapping[str, Sequence]
    raw: Callable[[int], Raw]
    faults: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.echoes)


class Blocks:
    """A file in blocks of whole lines, each of about ROWS_A_CALL."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = FIRST_BLOCK_BYTES

    def line(self) -> bytes:
        """The next line alone, of LONGEST_LINE_BYTES at most; empty at the end."""
        return self._file.readline(LONGEST_LINE_BYTES)

    def __iter__(self) -> Iterator[tuple[bytes, bool]]:
        """Each block, which ends with a line's end, and whether its last line is but the beginning of a longer one."""
        while block := self._cut(self._file.read(self._size)):
            if not block.endswith(b"\n"):
                block += self.line()
            too_long = not block.endswith(b"\n") and self._skip_rest()
            if not block.endswith(b"\n"):
                block += b"\n"
            bytes_a_row = len(block) // block.count(b"\n")
            self._size = min(max(ROWS_A_CALL * bytes_a_row, FIRST_BLOCK_BYTES), LARGEST_BLOCK_BYTES)
            yield block, too_long

    def _cut(self, block: bytes) -> bytes:
        """The block's first lines, as many as it may have; the rest is left for the next."""
        if block.count(b"\n") <= MOST_ROWS_A_BLOCK:
            return block
        *lines, rest = block.split(b"\n", MOST_ROWS_A_BLOCK)
        self._file.seek(-len(rest), os.SEEK_CUR)
        return b"\n".join(lines) + b"\n"

    def _skip_rest(self) -> bool:
        """Go on to the line's end; False where it had come already, with the file's."""
        skipped = False
        while rest := self.line():
            skipped = True
            if rest.endswith(b"\n"):
                break
        return skipped
