"""Rows of a file of listings, as they stand in it: some thousand at a time, column by column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ROWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Rows:
    """Some rows: the line of each, and {our column: its cells}, None where a row has none; faults are the lines that
    are no rows, each with the reason.
    """

    lines: Sequence[int]
    columns: Mapping[str, Sequence[str | None]]
    faults: Sequence[tuple[int, str]] = field(default=())

    def __len__(self) -> int:
        return len(self.lines)
