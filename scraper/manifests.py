"""The store's manifests, and the records that they make count."""

from collections.abc import Iterator, Sequence

from model.schema.collected import MANIFESTS, Manifest, Part, in_order, read_manifest, read_records
from model.store import NotStored, Store
from scraper.errors import Failed


class StoreDamaged(Failed):
    """Something in the store is not what it was."""


def read_manifests(store: Store, source: str | None = None) -> Sequence[Manifest]:
    """All of them, or one source's, from the oldest day to the newest. Raises StoreDamaged."""
    keys = store.keys(f"{MANIFESTS}{source}/" if source else MANIFESTS)
    return in_order([_read(store, key) for key in keys])


def records_of(store: Store, part: Part) -> Iterator[dict[str, str]]:
    """The records of a part. Raises StoreDamaged."""
    try:
        yield from read_records(store.get(part.key))
    except (NotStored, ValueError) as error:
        raise _damaged(part.key, error) from error


def _read(store: Store, key: str) -> Manifest:
    try:
        return read_manifest(store.get(key))
    except (NotStored, ValueError) as error:
        raise _damaged(key, error) from error


def _damaged(key: str, error: Exception) -> StoreDamaged:
    return StoreDamaged(f"{key} in the store is damaged, dealership-listings verify says what else is: {error}")
