"""From a file of listings to one clean, de-duplicated, checked table, with every row that was left out counted."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

from model.errors import DataError, MarketDateMissing
from model.feedback import Feedback
from model.listings_file import open_listings_file
from model.same_cars import car_numbers, without_duplicates, without_unknown_models
from model.schema.features import CATEGORIES, FEATURES, NUMBERS
from model.schema.fields import Invalid, Violation
from model.schema.listing import Listing, parse_listing
from model.schema.vocabulary import fold
from model.weights import weigh

# Beyond these a listing is a slip or no car: 1 hp, 1,111,111 km. Light quadricycles begin at 4 kW.
PLAUSIBLE_POWER_HP = (4.0, 1_600.0)
PLAUSIBLE_MILEAGE_KM = 900_000.0

LEAST_TRUST = 0.01
FEWEST_LISTINGS = 500
FOLDS = 5
FOLD_SEED = 42
EXAMPLES_KEPT = 5


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
class Report:
    """What became of each row read: used, or dropped for the first of its reasons. unread_columns, by file, have names
    that mean nothing to us.
    """

    rows_read: int = 0
    rows_used: int = 0
    unread_columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
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
        for file, columns in self.unread_columns.items():
            yield f"  columns of {file} that were not read: {', '.join(columns)}"


@dataclass(frozen=True)
class Source:
    """A file of listings, and the day on which the prices of one without dates held."""

    path: Path
    market_date: date | None = None


@dataclass(frozen=True)
class Dataset:
    """The clean listings.

    `table` has a row for each: FEATURES, price_eur, days_ago (before the market date), price_kind (asking, sale),
    weight as evidence, is_report (from an account, not collected), and the number of its car, which it shares with what
    else was listed of the same car on other days. Of each make and model something was collected.
    """

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

    @property
    def collected(self) -> np.ndarray:
        """Which rows are no account's reports."""
        return ~self.table["is_report"].to_numpy(dtype=bool)

    def folds(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Row numbers to train and to test on, FOLDS times.

        They are scikit-learn's KFold, the same for every model; but what else was listed of a car is in the fold of its
        first row: who had seen the car last week would price it from memory.
        """
        rows = np.arange(len(self.table))
        fold = np.empty(len(rows), dtype=int)
        for number, (_, test) in enumerate(KFold(FOLDS, shuffle=True, random_state=FOLD_SEED).split(rows)):
            fold[test] = number
        fold = fold[pd.Series(rows).groupby(self.table["car"].to_numpy()).transform("min")]
        for number in range(FOLDS):
            yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def read_dataset(
    sources: Sequence[Source],
    mapping: Mapping[str, str] | None = None,
    *,
    feedback: Feedback | None = None,
    synthetic: bool = False,
) -> Dataset:
    """Read, mend, check and de-duplicate files of listings, and feedback, into one table; the newest collected
    listing's day is the market's. Reports after it count as of that day: what accounts report does not move the market.

    mapping is {our column: the file's}, for the files that have those columns.

    Raises DataError where a file as a whole cannot be used, MarketDateMissing where one needs a date.
    """
    report = Report()
    listings: list[Listing] = []
    digest = hashlib.sha256()
    for source in sources:
        if source.market_date and source.market_date > date.today():
            raise DataError(f"{source.path.name}: {source.market_date}, the market's date, is still to come")
        file = open_listings_file(source.path, mapping, one_of_several=len(sources) > 1)
        if file.unread_columns:
            report.unread_columns[source.path.name] = file.unread_columns
        if "listed_on" not in file.columns and source.market_date is None:
            raise MarketDateMissing(
                f"{source.path.name} has no column of dates, so it does not say when its prices held: give the date "
                "of its market, for example MARKET_DATE=2021-07-01 (make run) or --market-date 2021-07-01"
            )
        prefix = f"{source.path.name}, " if len(sources) > 1 else ""
        listings += _listings(file.rows, source, report, prefix)
        digest.update(file.digest.encode())
    if feedback is not None:
        listings += _listings(feedback.rows, Source(Path("feedback")), report, "feedback, ")
        digest.update(f"{feedback.name} {feedback.digest}".encode())
    listings = without_unknown_models(without_duplicates(listings, report.drop), report.drop)
    report.rows_used = len(listings)
    days = [listing.listed_on for listing in listings if listing.account is None]
    if len(days) < FEWEST_LISTINGS:
        raise DataError(
            "\n".join(
                (f"{names(sources)}: too few usable listings to price by (at least {FEWEST_LISTINGS})", *report.lines())
            )
        )
    market_date = max(days + [source.market_date for source in sources if source.market_date])
    return Dataset(
        table=_table(listings, market_date),
        market_date=market_date,
        source=" + ".join([names(sources), *([feedback.name] if feedback else [])]),
        digest=file.digest if len(sources) == 1 and feedback is None else digest.hexdigest(),
        synthetic=synthetic,
        report=report,
    )


def names(sources: Sequence[Source]) -> str:
    return " + ".join(source.path.name for source in sources)


def _listings(
    rows: Iterable[tuple[int, Mapping[str, str]]], source: Source, report: Report, prefix: str
) -> Iterator[Listing]:
    for line, row in rows:
        report.rows_read += 1
        if not row:
            problem = Problem(prefix, line, (Violation("row", "length", "has more or fewer cells than the header"),))
            report.drop("row: has more or fewer cells than the header", problem)
            continue
        try:
            listing = parse_listing(row, source.path.name, source.market_date)
            _check_plausible(listing)
        except Invalid as invalid:
            first = invalid.violations[0]
            report.drop(f"{first.field}: {first.code}", Problem(prefix, line, tuple(invalid.violations)))
        else:
            yield listing


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


def _table(listings: list[Listing], market_date: date) -> pd.DataFrame:
    vehicles = [listing.vehicle for listing in listings]
    table = pd.DataFrame({name: [getattr(vehicle, name) for vehicle in vehicles] for name in (*CATEGORIES, *NUMBERS)})
    table["make"] = _commonest_spelling(table["make"], table["make"].map(fold))
    table["model"] = _commonest_spelling(table["model"], table["make"] + "|" + table["model"].map(fold))
    table["price_eur"] = [listing.price_eur for listing in listings]
    table["days_ago"] = [float(max((market_date - listing.listed_on).days, 0)) for listing in listings]
    table["price_kind"] = [listing.price_kind for listing in listings]
    evidence = table[[*CATEGORIES, "age_years"]].assign(
        trust=[listing.trust for listing in listings], account=[listing.account for listing in listings]
    )
    table["weight"] = weigh(evidence)
    table["is_report"] = evidence["account"].notna()
    table["car"] = car_numbers(listings)
    return table


def _commonest_spelling(spellings: pd.Series, keys: pd.Series) -> pd.Series:
    """Each name in the spelling that most rows of its key use (of equals, the first in the alphabet)."""
    counts = pd.DataFrame({"key": keys, "spelling": spellings}).value_counts().reset_index()
    counts = counts.sort_values(["count", "spelling"], ascending=[False, True]).drop_duplicates("key")
    return keys.map(dict(zip(counts["key"], counts["spelling"], strict=True)))
