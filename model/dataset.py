"""From a file of listings to one clean, de-duplicated, checked table, with every row that was left out counted."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

from model.checked_rows import CheckedRows, Report, check_rows, put_together
from model.collected import partition, read_manifests
from model.compacted import read_partitions
from model.errors import DataError, MarketDateMissing
from model.feedback import Feedback, read_feedback_of
from model.listings_file import open_listings_file
from model.same_cars import car_numbers, folded, without_duplicates, without_unknown_models
from model.schema.features import CATEGORIES, FEATURES, NUMBERS
from model.spellings import NO_SPELLINGS, Spellings
from model.store import Store
from model.weights import weigh

FEWEST_LISTINGS = 500
FOLDS = 5
FOLD_SEED = 42


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
    spellings: Spellings = NO_SPELLINGS,
    synthetic: bool = False,
) -> Dataset:
    """Read, mend, check and de-duplicate files of listings, and feedback, into one table; the newest collected
    listing's day is the market's. Reports after it count as of that day: what accounts report does not move the market.

    mapping is {our column: the file's}, for the files that have those columns.

    Raises DataError where a file as a whole cannot be used, MarketDateMissing where one needs a date.
    """
    parts: list[CheckedRows] = []
    digest = hashlib.sha256()
    for source in sources:
        if source.market_date and source.market_date > date.today():
            raise DataError(f"{source.path.name}: {source.market_date}, the market's date, is still to come")
        file = open_listings_file(source.path, mapping, one_of_several=len(sources) > 1)
        if "listed_on" not in file.columns and source.market_date is None:
            raise MarketDateMissing(
                f"{source.path.name} has no column of dates, so it does not say when its prices held: give the date "
                "of its market, for example MARKET_DATE=2021-07-01 (make run) or --market-date 2021-07-01"
            )
        prefix = f"{source.path.name}, " if len(sources) > 1 else ""
        part = check_rows(file.rows, source.path.name, source.market_date, prefix)
        if file.unread_columns:
            part.report.unread_columns[source.path.name] = file.unread_columns
        parts.append(part)
        digest.update(file.digest.encode())
    if feedback is not None:
        parts.append(feedback_rows(feedback))
        digest.update(f"{feedback.name} {feedback.digest}".encode())
    return make_dataset(
        parts,
        source=" + ".join([names(sources), *([feedback.name] if feedback else [])]),
        digest=file.digest if len(sources) == 1 and feedback is None else digest.hexdigest(),
        market_date=max((source.market_date for source in sources if source.market_date), default=None),
        spellings=spellings,
        synthetic=synthetic,
    )


def read_collected(
    store: Store,
    *,
    only: Sequence[str] = (),
    spellings: Spellings = NO_SPELLINGS,
    synthetic: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Dataset:
    """The same of all that a store's manifests name, and its accepted feedback; `only` of these sources, if any.

    What was compacted is read from there. Raises DataError where something that a manifest names is missing or damaged.
    """
    manifests = read_manifests(store, only)
    partitions = partition(store, manifests)
    feedback = read_feedback_of(store)
    digest = hashlib.sha256("".join(manifest.key for manifest in manifests).encode())
    digest.update(f"{feedback.name} {feedback.digest}".encode())
    progress(f"{len(manifests):,} manifests, {sum(each.records for each in partitions):,} records")
    named = list(dict.fromkeys(manifest.source for manifest in manifests))
    return make_dataset(
        [*read_partitions(store, partitions, progress), feedback_rows(feedback)],
        source=" + ".join([*named, *([feedback.name] if feedback.last_event else [])]),
        digest=digest.hexdigest(),
        market_date=None,
        spellings=spellings,
        synthetic=synthetic,
    )


def names(sources: Sequence[Source]) -> str:
    return " + ".join(source.path.name for source in sources)


def feedback_rows(feedback: Feedback) -> CheckedRows:
    return check_rows(feedback.rows, "feedback", None, "feedback, ")


def make_dataset(
    parts: Sequence[CheckedRows],
    *,
    source: str,
    digest: str,
    market_date: date | None,
    spellings: Spellings,
    synthetic: bool,
) -> Dataset:
    """The data set of checked rows. Raises DataError for too few of them."""
    checked = put_together(parts)
    report = checked.report

    def drop(reason: str, rows: int) -> None:
        report.drop(reason, rows=rows)

    listings = without_unknown_models(without_duplicates(spellings.mend(checked.table), drop), drop)
    report.rows_used = len(listings)
    for name, rows in listings["source"].value_counts().items():
        report.sources[name].rows_used = int(rows)
    days = listings.loc[listings["account"].isna(), "listed_on"]
    if len(days) < FEWEST_LISTINGS:
        raise DataError(
            "\n".join((f"{source}: too few usable listings to price by (at least {FEWEST_LISTINGS})", *report.lines()))
        )
    market_date = max(date.fromordinal(int(days.max())), market_date or date.min)
    return Dataset(_table(listings, market_date), market_date, source, digest, synthetic, report)


def _table(listings: pd.DataFrame, market_date: date) -> pd.DataFrame:
    table = listings[[*CATEGORIES, *NUMBERS]].copy()
    table["make"] = _commonest_spelling(table["make"], folded(table["make"]))
    table["model"] = _commonest_spelling(table["model"], table["make"] + "|" + folded(table["model"]))
    table["price_eur"] = listings["price_eur"]
    table["days_ago"] = (market_date.toordinal() - listings["listed_on"]).clip(lower=0).astype(float)
    table["price_kind"] = listings["price_kind"]
    table["weight"] = weigh(table[[*CATEGORIES, "age_years"]].join(listings[["trust", "account"]]))
    table["is_report"] = listings["account"].notna()
    table["car"] = car_numbers(listings)
    return table


def _commonest_spelling(spellings: pd.Series, keys: pd.Series) -> pd.Series:
    """Each name in the spelling that most rows of its key use (of equals, the first in the alphabet)."""
    counts = pd.DataFrame({"key": keys, "spelling": spellings}).value_counts().reset_index()
    counts = counts.sort_values(["count", "spelling"], ascending=[False, True]).drop_duplicates("key")
    return keys.map(dict(zip(counts["key"], counts["spelling"], strict=True)))
