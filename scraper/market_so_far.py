"""What a source's market was like when it was last seen, for new pages to be held against."""

from datetime import date

from model.schema.collected import MANIFESTS, read_manifest, read_records
from model.store import Store
from scraper.checks import Market


def market_so_far(store: Store, source: str, day: date) -> Market:
    """The market of the last day before this one that has manifests: what was seen on the day itself would make a run
    judge otherwise when it is run again. Raises OSError for a store that cannot be read, or is broken.
    """
    market = Market()
    beginning = f"{MANIFESTS}{source}/"
    before = [key for key in store.keys(beginning) if key[len(beginning):] < day.isoformat()]
    last_day = before[-1].split("/")[2] if before else ""
    try:
        for key in (key for key in before if key.split("/")[2] == last_day):
            for part in read_manifest(store.get(key)).parts:
                market.add(read_records(store.get(part.key)))
    except ValueError as error:
        raise OSError(f"the store's listings of {last_day} cannot be read: {error}") from error
    return market
