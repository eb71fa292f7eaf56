"""Rows of a file as records: what each cell says, by the rules of model.schema.listing, and what was left out and why.

A cell is judged once however often it stands in a file: cells that read the same are looked at together.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from model.schema.collected import Record
from model.schema.features import FEATURE, HP_PER_KW
from model.schema.fields import Invalid
from model.schema.life import LONGEST_ID, LONGEST_URL, WEB
from model.schema.listing import (
    COLUMNS,
    POWER_COLUMNS,
    PRICE_BOUNDS_EUR,
    REQUIRED_COLUMNS,
    parse_listing,
)
from model.schema.vehicle import POWER_TOLERANCE_HP
from model.schema.vocabulary import CLOSED_SETS, is_missing
from scraper.rows import Rows

LEAST_YIELD = 0.8
LEAST_DISTINCT_IDS = 0.8  # of the rows that are read at once
FEW_ROWS = 20  # of which one alone says nothing of their ids
EXAMPLES_KEPT = 3
MOST_JUDGED = 50_000  # cells of a column whose judgement is remembered
LONGEST_TEXT = 80

UNKNOWN = "unknown"  # a word that the vocabulary does not have: it is kept, for the vocabulary may learn it
REPORT = "account: reports of accounts are no collected listings (dealership-listings export-feedback brings them)"
EMPTY = "row: says nothing of a car"

# A row in which one cell at a time is put in question.
SOUND = {
    "make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "first_registration": "1990",
    "mileage_km": "1", "price_eur": "1000",
}  # fmt: skip
COMMON_NUMBERS = {"mileage_km": FEATURE["mileage_km"].bounds or PRICE_BOUNDS_EUR, "price_eur": PRICE_BOUNDS_EUR}
# Columns that say what a price means, and why there is none where they cannot be read.
MEANINGS_OF_PRICES = {
    "currency": "not_euros", "price_kind": "unclear_kind", "trust": "unclear_trust", "own_estimate": "unclear_estimate",
}  # fmt: skip
ESSENTIAL = (*REQUIRED_COLUMNS, *POWER_COLUMNS)

Cell = tuple[str | None, str | None]  # what the record holds, and what is wrong with it: a violation's code


@dataclass
class Tally:
    """What became of all that was read."""

    rows: int = 0
    records: int = 0
    understood: Counter[str] = field(default_factory=Counter)  # rows that say what a listing must say, by column
    dropped: Counter[str] = field(default_factory=Counter)  # rows, by reason
    left_out: Counter[str] = field(default_factory=Counter)  # cells, by column and reason
    unknown: Counter[str] = field(default_factory=Counter)  # words that are kept nevertheless, by column and reason
    examples: dict[str, list[str]] = field(default_factory=dict)  # of each reason
    repeated_ids: int = 0  # rows whose id another row at hand has as well

    def example(self, reason: str, text: str) -> None:
        examples = self.examples.setdefault(reason, [])
        if len(examples) < EXAMPLES_KEPT and text not in examples:
            examples.append(text)

    def counts(self) -> dict[str, int]:
        """As a manifest tells them."""
        return {
            "rows": self.rows, "records": self.records,
            **{f"dropped, {reason}": count for reason, count in sorted(self.dropped.items())},
            **{f"left out, {reason}": count for reason, count in sorted(self.left_out.items())},
            **{f"kept, {reason}": count for reason, count in sorted(self.unknown.items())},
        }  # fmt: skip

    def fault(self) -> str | None:
        """Why these rows cannot be believed as a whole, if they cannot."""
        if not self.rows:
            return "it has no rows"
        for reason, count in self.dropped.most_common(1):
            if count > (1 - LEAST_YIELD) * self.rows:
                return f"{count:,} of its {self.rows:,} rows are none, such as {self.examples[reason][0]}: {reason}"
        for name in ("listed_on", *REQUIRED_COLUMNS, "power_hp"):
            share = self.understood[name] / self.rows
            if share < LEAST_YIELD:
                said = [
                    example for reason, examples in self.examples.items() for example in examples
                    if reason.startswith(name) or name == "power_hp" and reason.startswith(POWER_COLUMNS)
                ]  # fmt: skip
                such_as = f", such as {'; '.join(said[:EXAMPLES_KEPT])}" if said else ""
                return f"only {share:.0%} of its {self.rows:,} rows have a {name} that can be read{such_as}"
        if self.rows > FEW_ROWS and self.repeated_ids > (1 - LEAST_DISTINCT_IDS) * self.rows:
            return f"its ids are no listing's own: {self.repeated_ids:,} of {self.rows:,} rows have another row's"
        return None


class RecordReader:
    """Reads one file's rows."""

    def __init__(self, name: str, market_date: date | None, today: date) -> None:
        """market_date is the day of rows that do not say theirs; no row may say a later one, or one after today."""
        self.tally = Tally()
        self._name = name
        self._market_date = market_date.isoformat() if market_date else None
        self._newest = market_date or today
        self._judges: dict[str, Callable[[str | None], Cell]] = {
            name: lru_cache(MOST_JUDGED)(self._judge(name)) for name in COLUMNS
        }

    def read(self, rows: Rows) -> Iterator[Record]:
        """Their records, each with its id and its day, each without what its row does not say, or not readably."""
        tally, count = self.tally, len(rows)
        tally.rows += count + len(rows.faults)
        for line, reason in rows.faults:
            self._drop(reason, line)
        columns = {name: self._column(name, rows) for name in rows.columns}
        days = columns.get("listed_on") or [self._market_date] * count
        if self._market_date and None in days:
            days = [
                self._market_date if day is None and _says_nothing(cell) else day
                for day, cell in zip(days, rows.columns["listed_on"], strict=True)
            ]
        columns["listed_on"] = days
        self._leave_out_future_registrations(columns, rows)
        self._leave_out_powers_that_disagree(columns, rows)
        self._leave_out_prices_of_unknown_meaning(columns, rows)
        self._count(columns, count)
        ids = columns.pop("id", [None] * count)
        named = [text for text in ids if text is not None]
        tally.repeated_ids += len(named) - len(set(named))
        # What is a record's last column is written last, and no digest of it is an id.
        names = [name for name in COLUMNS if name in columns and name != "listed_on"]
        accounts = columns.get("account", [None] * count)
        essential = [columns[name] for name in ESSENTIAL if name in columns]
        empty = [not any(cells) for cells in zip(*essential, strict=True)] if essential else [True] * count
        cells = zip(*(columns[name] for name in names), strict=True) if names else [()] * count
        for line, own_id, day, account, is_empty, texts in zip(
            rows.lines, ids, days, accounts, empty, cells, strict=True
        ):
            if is_empty or account is not None or day is None:
                self._drop(EMPTY if is_empty else REPORT if account is not None else "listed_on: cannot be read", line)
                continue
            record = {name: text for name, text in zip(names, texts) if text is not None}
            # An id that the row does not have is of what it says, whatever the day: listed on, it is the same listing.
            record["id"] = own_id or hashlib.sha256(repr(record).encode()).hexdigest()[:16]
            record["listed_on"] = day
            tally.records += 1
            yield record

    def _column(self, name: str, rows: Rows) -> Sequence[str | None]:
        """A column's cells as records hold them; what is wrong with them is counted."""
        cells = rows.columns[name]
        judge = self._judges[name]
        held: dict[str | None, str | None] = {}
        for cell, times in Counter(cells).items():
            text, code = judge(cell)
            held[cell] = text
            if code is not None:
                self._note(name, code, cell, rows.lines[cells.index(cell)], times)
        return [held[cell] for cell in cells]

    def _note(self, name: str, code: str, cell: str | None, line: int, times: int = 1) -> None:
        reason = f"{name}: {code}"
        if code == UNKNOWN and name in CLOSED_SETS:
            self.tally.unknown[reason] += times
        else:
            self.tally.left_out[reason] += times
        self.tally.example(reason, f"{_shown(cell)} in line {line:,} of {self._name}")

    def _drop(self, reason: str, line: int) -> None:
        self.tally.dropped[reason] += 1
        self.tally.example(reason, f"line {line:,} of {self._name}")

    def _count(self, columns: Mapping[str, Sequence[str | None]], count: int) -> None:
        """How many rows say what a listing must say, in words that are known."""
        for name in ("listed_on", *REQUIRED_COLUMNS):
            column = columns.get(name, ())
            if name in ("fuel", "gearbox"):
                judge = self._judges[name]
                self.tally.understood[name] += sum(
                    times for text, times in Counter(column).items() if text is not None and judge(text)[1] is None
                )
            else:
                self.tally.understood[name] += len(column) - column.count(None)
        hp, kw = (columns.get(name, [None] * count) for name in POWER_COLUMNS)
        self.tally.understood["power_hp"] += count - list(zip(hp, kw, strict=True)).count((None, None))

    def _leave_out_future_registrations(self, columns: dict[str, Sequence[str | None]], rows: Rows) -> None:
        months, days = columns.get("first_registration", ()), columns["listed_on"]
        late = [
            row for row, (month, day) in enumerate(zip(months, days))
            if month is not None and day is not None and month > day[: len(month)]
        ]  # fmt: skip
        self._leave_out(("first_registration",), "in_future", late, columns, rows)

    def _leave_out_powers_that_disagree(self, columns: dict[str, Sequence[str | None]], rows: Rows) -> None:
        if not all(name in columns for name in POWER_COLUMNS):
            return
        disagree = [
            row for row, (hp, kw) in enumerate(zip(*(columns[name] for name in POWER_COLUMNS), strict=True))
            if hp is not None and kw is not None and abs(float(hp) - float(kw) * HP_PER_KW) > POWER_TOLERANCE_HP
        ]  # fmt: skip
        self._leave_out(POWER_COLUMNS, "disagrees", disagree, columns, rows)

    def _leave_out_prices_of_unknown_meaning(self, columns: dict[str, Sequence[str | None]], rows: Rows) -> None:
        """Where what says what a price means cannot be read, it is not what it would be if nothing were said."""
        for name, code in MEANINGS_OF_PRICES.items():
            written = rows.columns.get(name)
            if written is not None and "price_eur" in columns:
                judge = self._judges[name]
                unclear = [row for row, cell in enumerate(written) if judge(cell)[1] is not None]
                self._leave_out(("price_eur",), code, unclear, columns, rows)

    def _leave_out(
        self, names: Sequence[str], code: str, places: Sequence[int], columns: dict[str, Sequence[str | None]],
        rows: Rows,
    ) -> None:  # fmt: skip
        for name in names if places else ():
            column = list(columns[name])
            for row in places:
                if column[row] is not None:
                    self._note(name, code, rows.columns[name][row], rows.lines[row])
                    column[row] = None
            columns[name] = column

    def _judge(self, name: str) -> Callable[[str | None], Cell]:
        """How a cell of a column is judged: by what parse_listing says of it in a row that is otherwise sound."""
        sound = {"listed_on": self._newest.isoformat(), **SOUND}
        # Two powers are judged each alone.
        others = {"power_hp": "100"} if name not in POWER_COLUMNS else {}
        bounds = COMMON_NUMBERS.get(name)

        def judged(cell: str | None) -> Cell:
            if cell is None or (not cell.strip() if name == "account" else is_missing(cell)):
                return None, None
            if bounds and len(cell) < 9 and cell.isascii() and cell.isdecimal() and bounds[0] <= int(cell) <= bounds[1]:
                return cell, None
            text = cell.strip()
            if name in ("id", "url"):
                return _judge_text(text, LONGEST_ID if name == "id" else LONGEST_URL, WEB if name == "url" else ())
            if name in ("country", "seller_kind", "account"):
                return _judge_text(text, LONGEST_TEXT, ())
            try:
                parse_listing({**sound, **others, name: cell}, "", self._newest)
            except Invalid as invalid:
                codes = [violation.code for violation in invalid.violations if violation.field == name]
                code = codes[0] if codes else None
                kept = code is None or code == UNKNOWN and name in CLOSED_SETS
                return text if kept and text.isprintable() else None, code
            return text[:10] if name == "listed_on" else text, None

        return judged


def _judge_text(text: str, longest: int, beginnings: tuple[str, ...]) -> Cell:
    if len(text) > longest:
        return None, "too_long"
    if not text.isprintable() or beginnings and not text.startswith(beginnings):
        return None, "format"
    return text, None


def _says_nothing(cell: str | None) -> bool:
    return cell is None or is_missing(cell)


def _shown(cell: str | None) -> str:
    return repr(cell if cell is None or len(cell) <= 40 else f"{cell[:40]}...")
