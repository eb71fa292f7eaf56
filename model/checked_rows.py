"""Rows of text, each read and checked by itself: columns of what could be used, and a count of what could not.

What is told of a row does not depend on any other row, so that parts of the data can be read apart, kept, and put
together later.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from model.schema.features import CATEGORIES, NUMBERS
from model.schema.fields import Invalid, Violation
from model.schema.listing import COLUMNS, Listing, parse_listing

# Beyond these a listing is a slip or no car: 1 hp, 1,111,111 km. Light quadricycles begin at 4 kW.
PLAUSIBLE_POWER_HP = (4.0, 1_600.0)
PLAUSIBLE_MILEAGE_KM = 900_000.0
LEAST_TRUST = 0.01
EXAMPLES_KEPT = 5

# A checked row: what the data set needs of a Listing. `listed_on` is the day's number, date.toordinal(), and `account`
# None for what was collected.
TEXTS = (*CATEGORIES, "id", "source", "first_registration", "price_kind", "account")
FLOATS = (*NUMBERS, "price_eur", "trust")
ROW_COLUMNS = (*TEXTS, *FLOATS, "listed_on")


@dataclass(frozen=True)
class Problem:
    """Why one row is left out: its file if there are several, its line there (the header is line 1; of feedback, the
    event's number), the columns at fault, the reasons.
    """

    file: str
    line: int
    violations: tuple[Violation, ...]

    def __str__(self) -> str:
        return f"{self.file}line {self.line}: " + "; ".join(f"{v.field}: {v.message}" for v in self.violations)


@dataclass
class SourceReport:
    """Of one source: how many rows were read, how many are in the table, why rows could not be read, and the days of
    those that could, as dates in ISO 8601.
    """

    rows_read: int = 0
    rows_used: int = 0
    unusable: Counter[str] = field(default_factory=Counter)
    oldest: str | None = None
    newest: str | None = None

    def add(self, other: "SourceReport") -> None:
        self.rows_read += other.rows_read
        self.unusable += other.unusable
        self.oldest = min(filter(None, (self.oldest, other.oldest)), default=None)
        self.newest = max(filter(None, (self.newest, other.newest)), default=None)


@dataclass
class Report:
    """What became of each row read: used, or dropped for the first of its reasons. unread_columns, by file or source,
    have names that mean nothing to us.
    """

    rows_read: int = 0
    rows_used: int = 0
    unread_columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Problem]] = field(default_factory=dict)
    sources: dict[str, SourceReport] = field(default_factory=dict)

    def drop(self, reason: str, problem: Problem | None = None, *, rows: int = 1) -> None:
        if rows == 0:
            return
        self.dropped[reason] += rows
        examples = self.examples.setdefault(reason, [])
        if problem is not None and len(examples) < EXAMPLES_KEPT:
            examples.append(problem)

    def add(self, other: "Report") -> None:
        """Count what another part's report tells, in addition."""
        self.rows_read += other.rows_read
        self.dropped += other.dropped
        for reason, examples in other.examples.items():
            ours = self.examples.setdefault(reason, [])
            ours += examples[: EXAMPLES_KEPT - len(ours)]
        for name, columns in other.unread_columns.items():
            self.unread_columns[name] = tuple(dict.fromkeys((*self.unread_columns.get(name, ()), *columns)))
        for name, source in other.sources.items():
            self.sources.setdefault(name, SourceReport()).add(source)

    def lines(self) -> Iterator[str]:
        """The report in sentences, the commonest reason first, each with the first rows it struck."""
        yield f"{self.rows_read:,} rows read, {self.rows_used:,} used"
        for reason, count in self.dropped.most_common():
            yield f"  {count:,} dropped: {reason}"
            yield from (f"      {problem}" for problem in self.examples[reason][:2])
        for file, columns in self.unread_columns.items():
            yield f"  columns of {file} that were not read: {', '.join(columns)}"
        several = {name: source for name, source in self.sources.items() if source.rows_read}
        for name, source in several.items() if len(several) > 1 else ():
            days = f", of {source.oldest} to {source.newest}" if source.oldest else ""
            yield f"  of {name}: {source.rows_read:,} read, {source.rows_used:,} used{days}"


@dataclass(frozen=True)
class CheckedRows:
    """The usable rows of a part of the data, in their order, as a table of ROW_COLUMNS; and the report of all of it."""

    table: pd.DataFrame
    report: Report


def check_rows(
    rows: Iterable[tuple[int, Mapping[str, str]]], source: str, market_date: date | None, file: str = ""
) -> CheckedRows:
    """Read rows as (line, {column: text}) of one source. An empty row has another length than its header.

    market_date stands in for the day of rows without one, and none may be after it. `file` begins what is told of a
    row.
    """
    report = Report()
    columns: dict[str, list] = {name: [] for name in ROW_COLUMNS}
    unread: dict[str, None] = {}
    for line, row in rows:
        report.rows_read += 1
        if not row:
            problem = Problem(file, line, (Violation("row", "length", "has more or fewer cells than the header"),))
            report.drop("row: has more or fewer cells than the header", problem)
            continue
        if not _KNOWN.issuperset(row):
            unread |= dict.fromkeys(name for name in row if name not in _KNOWN)
        try:
            listing = parse_listing(row, source, market_date)
            _check_plausible(listing)
        except Invalid as invalid:
            first = invalid.violations[0]
            report.drop(f"{first.field}: {first.code}", Problem(file, line, tuple(invalid.violations)))
        else:
            _append(columns, listing)
    days = columns["listed_on"]
    report.sources[source] = SourceReport(
        report.rows_read, 0, Counter(report.dropped),
        *(date.fromordinal(end(days)).isoformat() if days else None for end in (min, max)),
    )  # fmt: skip
    if unread:
        report.unread_columns[source] = tuple(unread)
    return CheckedRows(_table(columns), report)


def put_together(parts: Iterable[CheckedRows]) -> CheckedRows:
    """Parts of the data as one, in their order."""
    tables, report = [], Report()
    for part in parts:
        tables.append(part.table)
        report.add(part.report)
    filled = [table for table in tables if len(table)]
    return CheckedRows(pd.concat(filled, ignore_index=True) if filled else _table({}), report)


_KNOWN = frozenset(COLUMNS)


def _append(columns: dict[str, list], listing: Listing) -> None:
    vehicle = listing.vehicle
    for name in (*CATEGORIES, *NUMBERS):
        columns[name].append(getattr(vehicle, name))
    for name in ("id", "source", "first_registration", "price_kind", "account", "price_eur", "trust"):
        columns[name].append(getattr(listing, name))
    columns["listed_on"].append(listing.listed_on.toordinal())


def _table(columns: Mapping[str, list]) -> pd.DataFrame:
    """The columns in their types, of any number of rows."""
    kinds = dict.fromkeys(TEXTS, "object") | dict.fromkeys(FLOATS, "float64") | {"listed_on": "int64"}
    return pd.DataFrame({name: pd.Series(columns.get(name, []), dtype=kinds[name]) for name in ROW_COLUMNS})


def _check_plausible(listing: Listing) -> None:
    vehicle = listing.vehicle
    violations = []
    if not PLAUSIBLE_POWER_HP[0] <= vehicle.power_hp <= PLAUSIBLE_POWER_HP[1]:
        violations.append(Violation("power_hp", "implausible", f"{vehicle.power_hp:g} hp is no car's power"))
    if listing.trust < LEAST_TRUST:
        violations.append(Violation("trust", "none", f"is below {LEAST_TRUST}, so the listing is no evidence"))
    if listing.own_estimate:
        message = "the price was our own estimate, which is no evidence of what the car is worth"
        violations.append(Violation("price_eur", "own_estimate", message))
    if vehicle.mileage_km > PLAUSIBLE_MILEAGE_KM:
        violations.append(Violation("mileage_km", "implausible", f"{vehicle.mileage_km:,.0f} km is a placeholder"))
    if violations:
        raise Invalid(violations)
