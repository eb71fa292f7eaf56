"""What was kept for a time, and is not needed any more, out of the store.

A run goes as a whole, and its manifest first: what it named counts for nothing from then on, and goes if no other
manifest names it. Killed half-way, it leaves objects that no manifest names, which go the next time. Feedback and
promotions are never touched.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from model.schema.collected import LISTINGS, MANIFESTS, PAGES, QUARANTINE
from model.store import Store
from scraper.journal import BLOCKS, FETCHED
from scraper.manifests import read_manifests
from scraper.runs import FAILURES

BY_MANIFEST = (LISTINGS, PAGES, QUARANTINE)
BY_DAY = (FAILURES, FETCHED, BLOCKS)


@dataclass
class Pruned:
    """Objects that are gone, or would be, by how their keys begin."""

    removed: Counter[str] = field(default_factory=Counter)


def sources_of(store: Store) -> list[str]:
    """The sources that the store has anything of."""
    keys = (key for beginning in (MANIFESTS, *BY_MANIFEST, *BY_DAY) for key in store.keys(beginning))
    return sorted({key.split("/")[1] for key in keys})


def prune(store: Store, sources: Collection[str], before: date, *, dry_run: bool = False) -> Pruned:
    """Remove what is of days before this one, of these sources. Nobody else may be at work on them meanwhile.

    Raises StoreDamaged for a manifest that cannot be read: what it needs is not known then, and nothing is removed.
    """
    pruned = Pruned()
    needed: set[str] = set()
    doomed: list[tuple[str, str]] = []
    for manifest in read_manifests(store):
        if manifest.source in sources and manifest.day < before:
            doomed.append((MANIFESTS, manifest.key))
        else:
            needed.update(manifest.pages)
            needed.update(part.key for part in manifest.parts)
            needed.update(page.key for page in manifest.quarantined)
    for beginning in (*BY_MANIFEST, *BY_DAY):
        doomed += [
            (beginning, key) for key in store.keys(beginning)
            if key not in needed and _source(key) in sources and _is_before(key, before)
        ]  # fmt: skip
    for beginning, key in doomed:
        if not dry_run:
            store.delete(key)
        pruned.removed[beginning.rstrip("/")] += 1
    return pruned


def _source(key: str) -> str:
    return key.split("/")[1]


def _is_before(key: str, day: date) -> bool:
    """Whether a key is of a day before this one; one that names no day is of none."""
    named = key.split("/")[2]
    return len(named) == len("2026-07-14") and named < day.isoformat()
