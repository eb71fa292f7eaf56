"""Stores with what was collected, for tests of what reads them."""

from collections.abc import Iterable, Sequence
from datetime import date

from model.schema.collected import LISTINGS, Manifest, Part, Record, content_key, pack, write_manifest, write_records
from model.store import Store

DAY = date(2026, 6, 1)


def record(number: int, day: date = DAY, **columns: str) -> Record:
    """A sound record, of another car than every other number's."""
    golf = {
        "id": f"id-{number}", "make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual",
        "first_registration": f"{2010 + number % 12}-05", "mileage_km": str(10_000 + 100 * number),
        "power_hp": str(90 + number % 60), "price_eur": str(20_000 - 10 * number), "listed_on": day.isoformat(),
    }  # fmt: skip
    return golf | columns


def records(count: int = 600, day: date = DAY, **columns: str) -> list[Record]:
    return [record(number, day, **columns) for number in range(count)]


def keep_part(store: Store, source: str, some: Iterable[Record]) -> Part:
    """A part that no manifest names yet."""
    listed = list(some)
    content = write_records(listed)
    day = date.fromisoformat(max(each["listed_on"] for each in listed))
    key = content_key(LISTINGS, source, day, content, "jsonl.gz")
    store.put_new(key, pack(content))
    return Part(key, len(listed))


def keep_manifest(store: Store, source: str, parts: Sequence[Part], day: date = DAY, run: str = "one") -> Manifest:
    manifest = Manifest(source, day, run, tuple(parts))
    store.put_new(manifest.key, write_manifest(manifest))
    return manifest


def keep(store: Store, source: str, some: Iterable[Record], day: date = DAY) -> Manifest:
    """A run's records, in one part, with its manifest."""
    return keep_manifest(store, source, [keep_part(store, source, some)], day)
