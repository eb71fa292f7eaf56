"""What each listing was priced at by fits that had not seen it: the evidence that promotion judges versions by.

Training logs it with the version (judged.parquet), a row for each collected listing. Listings and cars have keys that
follow from what they say alone, so that rows of two trainings can be paired whatever files they came from.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from model.dataset import FOLDS, Dataset
from model.errors import DataError, JobError
from model.evaluation import Evaluation, cross_validate
from model.fitting import Fit, Run, chunks_of, fit
from model.schema.features import CATEGORIES, DAYS_PER_YEAR, NUMBERS
from model.schema.vocabulary import fold

JUDGED_FILE = "judged.parquet"
HALVES = 2
# Fewer new listings are not worth two fits: the folds judge instead (model.gates.refresh_gate).
FEWEST_NEW = 500

COLUMNS = (
    "listing", "car", "fold", *CATEGORIES, *NUMBERS, "price_eur", "price_kind", "listed_on", "support",
    "log_price", "below", "above", "log_price_unseen", "log_price_plain",
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """The rows, with these columns besides the listing's own (FEATURES, price_eur, price_kind, listed_on as ordinal):

    listing, car     keys; a car's listings at other days or prices share the car's
    fold             the fold that it was in
    support          listings of its make and model that the other folds had; 0: none, so it has no price
    log_price        by the fit on the other folds
    below, above     how far its range reached from that
    log_price_unseen of what is newer than all that the champion had seen: by a fit on all but half of these; else NaN
    log_price_plain  of the car on the market date, by the final fit's design: what the table must answer
    """

    rows: pd.DataFrame

    @property
    def newest(self) -> int:
        """The day of the newest listing, as an ordinal."""
        return int(self.rows["listed_on"].max())

    def write(self, path: Path) -> None:
        self.rows.to_parquet(path, index=False)


def read_judged(path: Path) -> Judged:
    """Raises JobError for what is no such file."""
    try:
        rows = pd.read_parquet(path)
    except (OSError, ValueError) as error:  # pyarrow's errors are of these
        raise JobError(f"{path.name}, the judged listings of a version, cannot be read: {error}") from error
    if tuple(rows.columns) != COLUMNS:
        raise JobError(f"{path.name} has other columns than the judged listings of this release")
    return Judged(rows)


def judge(dataset: Dataset, evaluation: Evaluation, fitted: Fit) -> Judged:
    """The rows of a training whose data hold no reports, or whose evaluation was made without them."""
    collected = dataset.collected
    table = dataset.table[collected]
    folds = np.empty(len(dataset.table), dtype=np.int8)
    for number, (_, test) in enumerate(dataset.folds()):
        folds[test] = number
    keys = listing_keys(table, dataset.market_date)
    errors = evaluation.errors.take(np.flatnonzero(collected))
    rows = pd.DataFrame(
        {
            **keys, "fold": folds[collected],
            **{name: table[name] for name in (*CATEGORIES, *NUMBERS)},
            "price_eur": table["price_eur"], "price_kind": table["price_kind"],
            "listed_on": dataset.market_date.toordinal() - table["days_ago"].astype(np.int64),
            "support": errors.support, "log_price": np.log(errors.price_eur),
            "below": evaluation.below[collected], "above": evaluation.above[collected],
            "log_price_unseen": np.nan,
            "log_price_plain": fitted.log_price(dataset.features[collected]),
        }
    )  # fmt: skip
    return Judged(rows[list(COLUMNS)].reset_index(drop=True))


def without_reports(dataset: Dataset) -> Dataset:
    """The same listings, and nothing that accounts reported."""
    return Dataset(**vars(dataset) | {"table": dataset.table[dataset.collected].reset_index(drop=True)})


def judge_apart(dataset: Dataset, fitted: Fit, progress: Callable[[str], None], run: Run = map) -> Judged:
    """The same of data with reports, cross-validated anew without them: no account may better a version's errors."""
    progress("cross-validating without reports, for promotion")
    collected = without_reports(dataset)
    return judge(collected, cross_validate(collected, lambda _: None, run), fitted)


def with_unseen(
    judged: Judged, dataset: Dataset, champion: Judged, progress: Callable[[str], None], run: Run = map
) -> Judged:
    """With log_price_unseen of the listings of cars that are new since all that the champion had seen.

    These are halved by car; a fit on all collected listings but one half prices that half. It knows as much of the
    market as the champion did, and half of what is new.
    """
    rows = judged.rows
    new = ((rows["listed_on"] > champion.newest) & ~rows["car"].isin(champion.rows["car"])).to_numpy()
    if new.sum() < FEWEST_NEW:
        return judged
    progress(f"fitting without {new.sum():,} listings that are new since the champion, half of them at a time")
    all_cars = listing_keys(dataset.table, dataset.market_date)["car"]
    unseen = np.full(len(rows), np.nan)
    places = np.flatnonzero(dataset.collected)
    for half in range(HALVES):
        held_out = new & (rows["car"].to_numpy() % HALVES == half)
        others = dataset.collected & ~np.isin(all_cars, rows["car"].to_numpy()[held_out])
        fitted = fit(chunks_of(dataset.table[others]), run)
        unseen[held_out] = fitted.log_listing_price(dataset.table.iloc[places[held_out]])
    return Judged(rows.assign(log_price_unseen=unseen))


def listing_keys(listings: pd.DataFrame, market_date: date) -> dict[str, np.ndarray]:
    """The keys of each row of a data set's table, `car` and `listing`: 63 bits of a digest of what it says."""
    makes = {name: fold(name) for name in listings["make"].unique()}
    models = {name: fold(name) for name in listings["model"].unique()}
    listed_on = market_date.toordinal() - listings["days_ago"].to_numpy(dtype=int)
    registered_on = listed_on - np.rint(listings["age_years"].to_numpy() * DAYS_PER_YEAR).astype(int)
    cars = [
        f"{makes[row.make]}|{models[row.model]}|{row.fuel}|{row.gearbox}|{row.offer_type}|{registered}"
        f"|{row.mileage_km:g}|{row.power_hp:.2f}"
        for row, registered in zip(listings[list(_CAR)].itertuples(index=False), registered_on.tolist(), strict=True)
    ]
    details = zip(
        cars, listed_on.tolist(), listings["price_eur"].tolist(), listings["price_kind"].tolist(), strict=True
    )
    return {
        "listing": np.array([_key(f"{car}|{day}|{price:.2f}|{kind}") for car, day, price, kind in details]),
        "car": np.array([_key(car) for car in cars]),
    }


_CAR = ("make", "model", "fuel", "gearbox", "offer_type", "mileage_km", "power_hp")


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1


@dataclass(frozen=True, kw_only=True)
class FrozenDataset(Dataset):
    """A data set whose folds are those of another training, by listing."""

    fold: np.ndarray

    def folds(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for number in range(FOLDS):
            yield np.flatnonzero(self.fold != number), np.flatnonzero(self.fold == number)


def frozen_like(dataset: Dataset, judged: Judged) -> FrozenDataset:
    """The listings that a version was judged on, in its folds, and nothing else: so that another recipe can be
    compared with its. Raises DataError where the data hold hardly any of them.
    """
    table = dataset.table
    fold_of = judged.rows.drop_duplicates("listing").set_index("listing")["fold"]
    folds = fold_of.reindex(listing_keys(table, dataset.market_date)["listing"]).to_numpy()
    same = ~np.isnan(folds) & dataset.collected
    if same.sum() < len(fold_of) / 2:
        raise DataError(
            f"{dataset.source}: of the {len(fold_of):,} listings that the version was judged on only {same.sum():,} "
            "are in these data; train with the data of that version"
        )
    return FrozenDataset(
        **vars(dataset) | {"table": table[same].reset_index(drop=True)}, fold=folds[same].astype(np.int8)
    )
