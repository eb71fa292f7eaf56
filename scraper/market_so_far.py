"""What has been believed of the market so far, by which prices and mileages of a new page are judged."""

import statistics
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from model.schema.collected import MANIFESTS, Record, read_manifest, read_records
from model.schema.listing import EUROS
from model.schema.vocabulary import canonical_make, fold
from model.store import NotStored, Store

SIGHTS_A_MODEL = 60  # the newest; more would not move a median
FEWEST_LIKE = 5
YEARS_APART = 1


class Sight(NamedTuple):
    year: int
    price_eur: float
    mileage_km: float


class Market:
    """What has been believed so far of each model, in bounded memory."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._sights: dict[tuple[str, str], deque[Sight]] = defaultdict(lambda: deque(maxlen=SIGHTS_A_MODEL))
        self.add(records)

    def add(self, records: Iterable[Record]) -> None:
        """Take records of a believed page into it; those that lack what it goes by are passed over."""
        for record in records:
            sight = sight_of(record)
            if sight is not None:
                self._sights[_model_of(record)].append(sight)

    def price_ratios(self, records: Iterable[Record]) -> Iterator[float]:
        """Each price as a multiple of the usual one of its like: the same model, a year apart at most."""
        for record in records:
            sight, like = sight_of(record), self._like(record)
            if sight is not None and len(like) >= FEWEST_LIKE:
                yield sight.price_eur / statistics.median(other.price_eur for other in like)

    def mileage_ratios(self, records: Iterable[Record]) -> Iterator[float]:
        """The same of mileages, each with a thousand kilometres more, so that new cars have one."""
        for record in records:
            sight, like = sight_of(record), self._like(record)
            if sight is not None and len(like) >= FEWEST_LIKE:
                yield (sight.mileage_km + 1000) / (statistics.median(other.mileage_km for other in like) + 1000)

    def _like(self, record: Record) -> list[Sight]:
        sight, model = sight_of(record), _model_of(record)
        if sight is None or model not in self._sights:
            return []
        return [other for other in self._sights[model] if abs(other.year - sight.year) <= YEARS_APART]


def market_so_far(store: Store, source: str, day: date) -> Market:
    """The market of the last day before this one that has manifests: what was seen on the day itself would make a run
    judge otherwise when it is run again. Raises OSError for a store that cannot be read, or is broken.
    """
    market = Market()
    beginning = f"{MANIFESTS}{source}/"
    before = [key for key in store.keys(beginning) if key[len(beginning) :] < day.isoformat()]
    last_day = before[-1].split("/")[2] if before else ""
    try:
        for key in (key for key in before if key.split("/")[2] == last_day):
            for part in read_manifest(store.get(key)).parts:
                market.add(read_records(store.get(part.key)))
    except (ValueError, NotStored) as error:
        raise OSError(f"the store's listings of {last_day} cannot be read: {error}") from error
    return market


def sight_of(record: Record) -> Sight | None:
    """None for a record that lacks one of the three, or whose price is in no euros."""
    if record.get("currency", EUROS[0]).casefold() not in EUROS:
        return None
    try:
        return Sight(
            int(record["first_registration"][:4]), float(record["price_eur"]), float(record["mileage_km"])
        )  # fmt: skip
    except (KeyError, ValueError):
        return None


def _model_of(record: Record) -> tuple[str, str]:
    return fold(canonical_make(record.get("make", ""))), fold(record.get("model", ""))
