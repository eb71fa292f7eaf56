"""Which listings are of the same car: what was listed again counts once, and stays together where folds are cut.

Listings are tables of checked rows (model.checked_rows). All of it goes by columns: a store may hold a million sights.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from model.schema.vocabulary import fold

Drop = Callable[[str, int], None]  # a reason, and how many rows are dropped for it

MODEL = ("make", "model")
CAR = (*MODEL, "fuel", "gearbox", "offer_type", "first_registration", "mileage_km", "power_hp")


def without_duplicates(listings: pd.DataFrame, drop: Drop) -> pd.DataFrame:
    """One listing a car: equal in all that is known of it, and in its price; and one of each id, whatever it cost on
    other days. The newest stays, and a collected one before any report, so that no account can make the market's
    evidence its own.

    An id names the same listing in other sources too if all of the car is the same; in its own source, if make, model
    and first registration are: sellers mend a mileage or a fuel.
    """
    keys = _keys(listings)
    at_its_price = _numbers(keys, [*CAR, "price_eur", "price_kind"])
    by_id = _numbers(keys, ["id", "account", "price_kind", *CAR])
    left = _newest(listings, at_its_price)
    drop("duplicate of another row", len(listings) - len(left))
    once = len(left)
    for numbers in (by_id, _listing_numbers(keys)):
        left = left[_newest(listings.iloc[left], numbers[left])]
    drop("listed again later", once - len(left))
    return listings.iloc[left].reset_index(drop=True)


def without_unknown_models(listings: pd.DataFrame, drop: Drop) -> pd.DataFrame:
    """Without reports of models that were never collected: accounts alone make no model known."""
    model = _numbers(_keys(listings), list(MODEL))
    known = np.isin(model, model[listings["account"].isna().to_numpy()])
    drop("report of a model that no listing is of", int((~known).sum()))
    return listings[known].reset_index(drop=True)


def car_numbers(listings: pd.DataFrame) -> np.ndarray:
    """The same number for what was listed of the same car on different days; on one day, alike cars are several."""
    vehicle = pd.Series(_numbers(_keys(listings), list(CAR)))
    days = pd.Series(listings["listed_on"].to_numpy())
    listed_again = days.groupby(vehicle).transform("nunique").to_numpy() > 1
    rows = np.arange(len(listings))
    return np.where(listed_again, pd.Series(rows).groupby(vehicle).transform("min").to_numpy(), rows)


def folded(names: pd.Series) -> pd.Series:
    """Each name's key (model.schema.vocabulary.fold)."""
    return names.map({name: fold(name) for name in names.unique()})


def _keys(listings: pd.DataFrame) -> pd.DataFrame:
    """The listings with make and model by their keys."""
    return listings.assign(make=folded(listings["make"]), model=folded(listings["model"]))


def _numbers(keys: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """A number for each row, the same where all these columns are equal; in the order in which they first come."""
    return keys.groupby(columns, sort=False, dropna=False).ngroup().to_numpy()


def _newest(listings: pd.DataFrame, numbers: np.ndarray) -> np.ndarray:
    """The best evidence among the rows of each number, as places in the table, in the order in which the numbers first
    come: a collected row before a report, then the newest, then the first.
    """
    is_report = listings["account"].notna().to_numpy()
    number = pd.factorize(numbers)[0]
    order = np.lexsort((np.arange(len(listings)), -listings["listed_on"].to_numpy(), is_report, number))
    return order[np.diff(number[order], prepend=-1) > 0]


def _listing_numbers(keys: pd.DataFrame) -> np.ndarray:
    """A number for each listing of a source.

    Some files number their rows, or give all of them one number: where an id names two cars of one day, it is no
    listing's, and its rows stay apart.
    """
    listing = _numbers(keys, ["source", "id", "account", "price_kind", *MODEL, "first_registration"])
    sights = pd.DataFrame({"listing": listing, "day": keys["listed_on"].to_numpy(), "car": _numbers(keys, list(CAR))})
    sights = sights.drop_duplicates()
    of_two_cars = sights.loc[sights.duplicated(["listing", "day"]), "listing"]
    return np.where(np.isin(listing, of_two_cars), len(keys) + np.arange(len(keys)), listing)
