"""Files of listings for the scraper's tests, and what comes of them."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from model.schema.collected import Cover, Manifest
from model.store import NotStored, Store
from scraper.manifests import read_manifests, records_of
from scraper.runs import Run

Row = dict[str, str]


def car(number: int, **cells: str) -> Row:
    """A sound row under our names, with an id of its own."""
    golf = {
        "id": f"car-{number}", "make": "Volkswagen", "model": "Golf", "fuel": "Benzin", "gearbox": "Manual",
        "first_registration": "2016-05", "mileage_km": str(1_000 + number), "power_hp": "110", "price_eur": "12500",
    }  # fmt: skip
    return golf | cells


def cars(count: int, **cells: str) -> list[Row]:
    return [car(number, **cells) for number in range(count)]


def as_csv(rows: Iterable[Mapping[str, str]], delimiter: str = ",") -> str:
    listed = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(listed[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue()


def write_csv(path: Path, rows: Iterable[Mapping[str, str]], delimiter: str = ",") -> Path:
    path.write_text(as_csv(rows, delimiter), encoding="utf-8")
    return path


class MemoryStore:
    """A store that is quick and soon forgotten."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_new(self, key: str, content: bytes) -> bool:
        return self.objects.setdefault(key, content) is content

    def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise NotStored(key)
        return self.objects[key]

    def keys(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)


def bring(store: Store, day: str, rows: Iterable[Row], *covers: Cover, source: str = "feed") -> Manifest:
    """A run that has seen these rows on a day, and these parts of the market whole."""
    run = Run(store, source)
    run.saw(date.fromisoformat(day))
    run.add({"listed_on": day, **row} for row in rows)
    return run.finish(covers)[0]


def stored(store: Store) -> Iterator[tuple[Manifest, list[dict[str, str]]]]:
    """Each run that counts, with its records."""
    for manifest in read_manifests(store):
        yield manifest, [record for part in manifest.parts for record in records_of(store, part)]


def only_records(store: Store) -> list[dict[str, str]]:
    """The records of the one run that counts."""
    ((_, records),) = stored(store)
    return records
