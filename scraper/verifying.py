"""Whether all that the store's manifests name is there, and is what it was."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from model.schema.collected import LISTINGS, MANIFESTS, PAGES, QUARANTINE, Manifest, read_manifest, read_records, unpack
from model.store import NotStored, Store

KEPT_BY_CONTENT = (LISTINGS, PAGES, QUARANTINE)


@dataclass
class Verified:
    """What was looked at, what of it is damaged and how, and objects that no manifest names: runs that failed, were
    killed, or are still at work have left them, and they count for nothing.
    """

    manifests: int = 0
    objects: int = 0
    records: int = 0
    damaged: dict[str, str] = field(default_factory=dict)
    orphans: list[str] = field(default_factory=list)


def verify(store: Store, tell_done: Callable[[int, int], object] = lambda *_: None) -> Verified:
    """Look at every object. tell_done is told how many of how many are done. Raises OSError of the store."""
    verified = Verified()
    named: dict[str, int | None] = {}  # objects, and how many records each has if it is a part
    keys = store.keys(MANIFESTS)
    for key in keys:
        manifest = _manifest(store, key, verified)
        if manifest is not None:
            named |= dict.fromkeys(manifest.pages) | dict.fromkeys(page.key for page in manifest.quarantined)
            named |= {part.key: part.records for part in manifest.parts}
    for done, (key, records) in enumerate(sorted(named.items()), 1):
        fault = _fault(store, key, records)
        if fault:
            verified.damaged[key] = fault
        verified.objects += 1
        verified.records += records or 0
        tell_done(done, len(named))
    found = (key for beginning in KEPT_BY_CONTENT for key in store.keys(beginning))
    verified.orphans = [key for key in found if key not in named]
    return verified


def _manifest(store: Store, key: str, verified: Verified) -> Manifest | None:
    verified.manifests += 1
    try:
        manifest = read_manifest(store.get(key))
    except (NotStored, ValueError) as error:
        verified.damaged[key] = str(error)
        return None
    if manifest.key != key:
        verified.damaged[key] = "it does not say what its name says"
    return manifest


def _fault(store: Store, key: str, records: int | None) -> str | None:
    try:
        packed = store.get(key)
        if hashlib.sha256(unpack(packed)).hexdigest() != key.rpartition("/")[2].partition(".")[0]:
            return "its content is not what its name says"
        found = records if records is None else sum(1 for _ in read_records(packed))
    except NotStored:
        return "it is not there"
    except ValueError as error:
        return str(error)
    return None if found == records else f"it has {found:,} records, and its manifest says {records:,}"
