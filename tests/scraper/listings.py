"""Files of listings for the scraper's tests, and what comes of them."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from model.schema.collected import Manifest
from model.store import Store
from scraper.manifests import read_manifests, records_of

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


def stored(store: Store) -> Iterator[tuple[Manifest, list[dict[str, str]]]]:
    """Each run that counts, with its records."""
    for manifest in read_manifests(store):
        yield manifest, [record for part in manifest.parts for record in records_of(store, part)]


def only_records(store: Store) -> list[dict[str, str]]:
    """The records of the one run that counts."""
    ((_, records),) = stored(store)
    return records
