"""Which listings are of the same car: what was listed again counts once, and stays together where folds are cut."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from model.schema.listing import Listing
from model.schema.vehicle import car_key
from model.schema.vocabulary import fold

Drop = Callable[[str], None]


def without_duplicates(listings: Iterable[Listing], drop: Drop) -> list[Listing]:
    """One listing a car: equal in all that is known of it, and in its price; and one of each id, whatever it cost on
    other days. The newest stays, and a collected one before any report, so that no account can make the market's
    evidence its own.
    """
    once = _newest(listings, _car_at_its_price, lambda: drop("duplicate of another row"))
    return _newest(once, _listing_by_its_id, lambda: drop("listed again later"))


def without_unknown_models(listings: Sequence[Listing], drop: Drop) -> list[Listing]:
    """Without reports of models that were never collected: accounts alone make no model known."""
    collected = {_model(listing) for listing in listings if listing.account is None}
    known = [listing for listing in listings if _model(listing) in collected]
    for _ in range(len(listings) - len(known)):
        drop("report of a model that no listing is of")
    return known


def car_numbers(listings: Sequence[Listing]) -> np.ndarray:
    """The same number for what was listed of the same car on different days; on one day, alike cars are several."""
    vehicles = pd.Series(pd.factorize(np.array([_car(listing) for listing in listings], dtype=object))[0])
    days = pd.Series([listing.listed_on for listing in listings])
    listed_again = days.groupby(vehicles).transform("nunique").to_numpy() > 1
    rows = np.arange(len(listings))
    return np.where(listed_again, pd.Series(rows).groupby(vehicles).transform("min").to_numpy(), rows)


def _newest(
    listings: Iterable[Listing], key: Callable[[Listing], Hashable], tell_dropped: Callable[[], None]
) -> list[Listing]:
    newest: dict[Hashable, Listing] = {}
    for listing in listings:
        car = key(listing)
        seen = newest.get(car)
        if seen is not None:
            tell_dropped()
        if seen is None or _evidence(listing) > _evidence(seen):
            newest[car] = listing
    return list(newest.values())


def _evidence(listing: Listing) -> tuple[bool, date]:
    """What makes one of two listings of a car the better evidence."""
    return listing.account is None, listing.listed_on


def _model(listing: Listing) -> tuple[str, str]:
    return fold(listing.vehicle.make), fold(listing.vehicle.model)


def _car(listing: Listing) -> str:
    return car_key(listing.vehicle, listing.first_registration)


def _car_at_its_price(listing: Listing) -> Hashable:
    return _car(listing), listing.price_eur, listing.price_kind


def _listing_by_its_id(listing: Listing) -> Hashable:
    """Some files number their rows, or give all of them one number: an id alone may be another car's."""
    return listing.id, listing.account, listing.price_kind, _car(listing)
