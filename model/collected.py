"""What the store holds of the market, as training reads it: what complete manifests name, and each part of it once."""

import gzip
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from model.errors import DataError
from model.schema.collected import LISTINGS, MANIFESTS, Manifest, Part, in_order, read_manifest, read_records
from model.store import NotStored, Store


@dataclass(frozen=True)
class Partition:
    """What one source brought by one day: the parts that no manifest before names."""

    source: str
    day: date
    parts: tuple[Part, ...]

    @property
    def records(self) -> int:
        return sum(part.records for part in self.parts)


def read_manifests(store: Store, only: Sequence[str] = ()) -> list[Manifest]:
    """The store's manifests in order, of all sources or of these.

    Raises DataError for one that is damaged or of a day to come, a source that has none, and a store without any.
    """
    manifests = []
    for key in store.keys(MANIFESTS):
        if not only or key.removeprefix(MANIFESTS).split("/")[0] in only:
            manifests.append(_read_manifest(store, key))
    lacking = sorted(set(only) - {manifest.source for manifest in manifests})
    if lacking:
        raise DataError(f"the store has no complete manifest of the source {', '.join(lacking)}")
    if not manifests:
        raise DataError("the store has no complete manifest: collect or import listings first (dealership-listings)")
    return list(in_order(manifests))


def partition(store: Store, manifests: Iterable[Manifest]) -> list[Partition]:
    """The parts of manifests that are in order, each once. Raises DataError for a part that is not there."""
    there = set(store.keys(LISTINGS))
    parts: dict[tuple[date, str], list[Part]] = {}
    seen: set[str] = set()
    for manifest in manifests:
        ours = parts.setdefault((manifest.day, manifest.source), [])
        for part in manifest.parts:
            if part.key not in there:
                raise DataError(f"{part.key} is missing from the store, and {manifest.key} names it")
            if part.key not in seen:
                seen.add(part.key)
                ours.append(part)
    return [Partition(source, day, tuple(some)) for (day, source), some in parts.items() if some]


def read_partition(store: Store, some: Partition) -> Iterator[tuple[str, Sequence[tuple[int, Mapping[str, str]]]]]:
    """Each part's key, and its rows as (line, {column: text}). Raises DataError for a part that is damaged."""
    for part in some.parts:
        try:
            packed = store.get(part.key)
            rows = list(enumerate(read_records(packed), start=1))
            _check(part, gzip.decompress(packed), len(rows))
        except (NotStored, ValueError) as error:
            raise DataError(f"{part.key} is damaged: {error}") from error
        yield part.key, rows


def _read_manifest(store: Store, key: str) -> Manifest:
    try:
        manifest = read_manifest(store.get(key))
    except (NotStored, ValueError) as error:
        raise DataError(f"{key} is damaged: {error}") from error
    if manifest.key != key:
        raise DataError(f"{key} is damaged: it is not what was written")
    if manifest.day > date.today():
        raise DataError(f"{key}: {manifest.day}, its day, is still to come")
    return manifest


def _check(part: Part, content: bytes, records: int) -> None:
    if records != part.records:
        raise ValueError(f"it has {records:,} records, and its manifest names {part.records:,}")
    name = part.key.rpartition("/")[2].partition(".")[0]
    if hashlib.sha256(content).hexdigest() != name:
        raise ValueError("it is not what was written")
