"""From a file of listings to one clean, de-duplicated, checked table, with every row that was left out counted.

The file is CSV with a header in our names, AutoScout24's, or names given by a mapping.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

from model.errors import DataError, MarketDateMissing
from model.schema.features import CATEGORIES, FEATURES, NUMBERS
from model.schema.listing import AUTOSCOUT24_COLUMNS, COLUMNS, POWER_COLUMNS, REQUIRED_COLUMNS, Listing, parse_listing
from model.schema.vehicle import Invalid, Violation
from model.schema.vocabulary import fold

# Beyond these a listing is a slip or no car: 1 hp, 1,111,111 km. Light quadricycles begin at 4 kW.
PLAUSIBLE_POWER_HP = (4.0, 1_600.0)
PLAUSIBLE_MILEAGE_KM = 900_000.0

FEWEST_LISTINGS = 500
FOLDS = 5
FOLD_SEED = 42
EXAMPLES_KEPT = 5
CELLS_TOO_MANY = "\n"  # the reader's name for them; no stripped header reads so


@dataclass(frozen=True)
class Problem:
    """Why one row is left out: its line in the file (the header is line 1), the columns at fault, the reasons."""

    line: int
    violations: tuple[Violation, ...]

    def __str__(self) -> str:
        return f"line {self.line}: " + "; ".join(f"{v.field}: {v.message}" for v in self.violations)


@dataclass
class Report:
    """What became of each row read: used, or dropped for the first of its reasons."""

    rows_read: int = 0
    rows_used: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Problem]] = field(default_factory=dict)

    def drop(self, reason: str, problem: Problem | None = None) -> None:
        self.dropped[reason] += 1
        examples = self.examples.setdefault(reason, [])
        if problem is not None and len(examples) < EXAMPLES_KEPT:
            examples.append(problem)

    def lines(self) -> Iterator[str]:
        """The report in sentences, the commonest reason first, each with the first rows it struck."""
        yield f"{self.rows_read:,} rows read, {self.rows_used:,} used"
        for reason, count in self.dropped.most_common():
            yield f"  {count:,} dropped: {reason}"
            yield from (f"      {problem}" for problem in self.examples[reason][:2])


@dataclass(frozen=True)
class Dataset:
    """The clean listings: `table` has the columns of FEATURES plus price_eur, one row a car."""

    table: pd.DataFrame
    market_date: date
    source: str
    digest: str
    synthetic: bool
    report: Report

    @property
    def features(self) -> pd.DataFrame:
        return self.table[[feature.name for feature in FEATURES]]

    @property
    def price_eur(self) -> np.ndarray:
        return self.table["price_eur"].to_numpy()


def read_dataset(
    path: Path, market_date: date | None = None, mapping: Mapping[str, str] | None = None, *, synthetic: bool = False
) -> Dataset:
    """Read, mend, check and de-duplicate a file of listings.

    market_date dates the rows of a file without a listed_on column, and is the market's date in the result; where
    it is None the newest listing's date is. mapping is {our column: the file's}.

    Raises DataError where the file as a whole cannot be used, MarketDateMissing where it needs a date.
    """
    text = _read_text(path)
    report = Report()
    reader = _reader(text, path)
    columns = _columns(_header(reader, path), path, mapping)
    if "listed_on" not in columns and market_date is None:
        raise MarketDateMissing(
            f"{path.name} has no column of dates, so it does not say when its prices held: give the date of its "
            "market, for example MARKET_DATE=2021-07-01 (make run) or --market-date 2021-07-01"
        )
    rows = _rows(reader, columns, path)
    listings = list(_listings(rows, path.name, market_date, report))
    table = _table(list(_without_duplicates(listings, report)))
    report.rows_used = len(table)
    if report.rows_used < FEWEST_LISTINGS:
        raise DataError(
            "\n".join(
                (f"{path.name}: too few usable listings to price by (at least {FEWEST_LISTINGS})", *report.lines())
            )
        )
    return Dataset(
        table=table,
        market_date=market_date or max(listing.listed_on for listing in listings),
        source=path.name,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        synthetic=synthetic,
        report=report,
    )


def folds(rows: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Row numbers to train and to test on, FOLDS times: the same for every model on the same number of rows."""
    yield from KFold(FOLDS, shuffle=True, random_state=FOLD_SEED).split(np.empty(rows))


def read_mapping(path: Path) -> dict[str, str]:
    """Read a mapping file: JSON {"our column": "the file's column"}. Raises DataError."""
    try:
        mapping = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"the mapping {path} cannot be read: {error}") from error
    if not isinstance(mapping, dict) or not all(isinstance(value, str) for value in mapping.values()):
        raise DataError(f'the mapping {path} must be one object of texts, such as {{"mileage_km": "Kilometer"}}')
    unknown = sorted(set(mapping) - set(COLUMNS))
    if unknown:
        raise DataError(f"the mapping {path} names no column of ours with {unknown}; ours are {', '.join(COLUMNS)}")
    return mapping


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
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
    """{our column: the file's}, by the mapping where there is one, else by our names, then AutoScout24's."""
    header = [name.strip() for name in fieldnames]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise DataError(f"{path.name}, line 1: the header names {', '.join(twice)} more than once")
    columns = {}
    for ours in COLUMNS:
        candidates = [mapping[ours]] if mapping and ours in mapping else [ours, AUTOSCOUT24_COLUMNS.get(ours, ours)]
        theirs = next((name for name in candidates if name in header), None)
        if theirs is not None:
            columns[ours] = theirs
        elif mapping and ours in mapping:
            raise DataError(f"{path.name}, line 1: no column {mapping[ours]!r}, which the mapping names for {ours!r}")
    missing = [name for name in REQUIRED_COLUMNS if name not in columns]
    if not any(name in columns for name in POWER_COLUMNS):
        missing.append(" or ".join(POWER_COLUMNS))
    if missing:
        raise DataError(
            f"{path.name}, line 1: no column for {', '.join(missing)}. The header reads: {', '.join(header)}. "
            'Name the columns in a mapping file, such as {"mileage_km": "Kilometer"} (MAPPING=file.json)'
        )
    return columns


def _rows(reader: "csv.DictReader[str]", columns: Mapping[str, str], path: Path) -> Iterator[tuple[int, dict]]:
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


def _listings(
    rows: Iterable[tuple[int, dict]], source: str, market_date: date | None, report: Report
) -> Iterator[Listing]:
    for line, row in rows:
        report.rows_read += 1
        if not row:
            problem = Problem(line, (Violation("row", "length", "has more or fewer cells than the header"),))
            report.drop("row: has more or fewer cells than the header", problem)
            continue
        try:
            listing = parse_listing(row, source, market_date)
            _check_plausible(listing)
        except Invalid as invalid:
            first = invalid.violations[0]
            report.drop(f"{first.field}: {first.code}", Problem(line, tuple(invalid.violations)))
        else:
            yield listing


def _check_plausible(listing: Listing) -> None:
    vehicle = listing.vehicle
    violations = []
    if not PLAUSIBLE_POWER_HP[0] <= vehicle.power_hp <= PLAUSIBLE_POWER_HP[1]:
        violations.append(Violation("power_hp", "implausible", f"{vehicle.power_hp:g} hp is no car's power"))
    if vehicle.mileage_km > PLAUSIBLE_MILEAGE_KM:
        violations.append(Violation("mileage_km", "implausible", f"{vehicle.mileage_km:,.0f} km is a placeholder"))
    if violations:
        raise Invalid(violations)


def _without_duplicates(listings: Iterable[Listing], report: Report) -> Iterator[Listing]:
    """One listing a car: equal in all that is known of it, and in its price. The newest stays."""
    newest: dict[tuple, Listing] = {}
    for listing in listings:
        vehicle = listing.vehicle
        car = (
            fold(vehicle.make), fold(vehicle.model), vehicle.fuel, vehicle.gearbox, vehicle.offer_type,
            listing.first_registration, vehicle.mileage_km, vehicle.power_hp, listing.price_eur,
        )  # fmt: skip
        seen = newest.get(car)
        if seen is not None:
            report.drop("duplicate of another row")
        if seen is None or listing.listed_on > seen.listed_on:
            newest[car] = listing
    yield from newest.values()


def _table(listings: list[Listing]) -> pd.DataFrame:
    vehicles = [listing.vehicle for listing in listings]
    table = pd.DataFrame({name: [getattr(vehicle, name) for vehicle in vehicles] for name in (*CATEGORIES, *NUMBERS)})
    table["make"] = _commonest_spelling(table["make"], table["make"].map(fold))
    table["model"] = _commonest_spelling(table["model"], table["make"] + "|" + table["model"].map(fold))
    table["price_eur"] = [listing.price_eur for listing in listings]
    return table


def _commonest_spelling(spellings: pd.Series, keys: pd.Series) -> pd.Series:
    """Each name in the spelling that most rows of its key use (of equals, the first in the alphabet)."""
    counts = pd.DataFrame({"key": keys, "spelling": spellings}).value_counts().reset_index()
    counts = counts.sort_values(["count", "spelling"], ascending=[False, True]).drop_duplicates("key")
    return keys.map(dict(zip(counts["key"], counts["spelling"], strict=True)))
