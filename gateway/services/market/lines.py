"""Lives as they arrive, a line of JSON each, read to rows of the table of listings."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO

from gateway.services.market.days import registered_month
from gateway.services.market.names import Keys, keys_of
from model.schema.fields import Invalid, Violation
from model.schema.life import Life, read_life
from model.schema.vehicle import car_key

LONGEST_LINE_BYTES = 256 * 1024  # a life with as many prices as one may have is a fifth of it
CAR_BYTES = 12
ERRORS_NAMED = 20

Row = dict[str, Any]  # a value for each column of a listing, but for its number and its model's


@dataclass
class Batch:
    """What the lines of a part hold: of each listing the newest life, and what is wrong with the others."""

    received: int = 0
    kept: int = 0  # lines that can be used
    errors: list[dict[str, object]] = field(default_factory=list)  # of the first of the others
    rows: dict[str, Row] = field(default_factory=dict)  # by the listing's id
    models: dict[str, tuple[Keys, str, str]] = field(default_factory=dict)  # by the listing's id: keys and spelling

    def document(self) -> dict[str, object]:
        return {
            "received": self.received, "kept": self.kept, "refused": self.received - self.kept, "errors": self.errors,
        }  # fmt: skip


def read(file: BinaryIO, source: str, today: date) -> Batch:
    """All lines of a file about one source's listings. A line at fault is told of, and none of the others is lost."""
    batch = Batch()
    for number, line in _lines(file):
        batch.received += 1
        try:
            life = _life(line, source, today)
        except Invalid as invalid:
            if len(batch.errors) < ERRORS_NAMED:
                wrong = invalid.violations[0]
                batch.errors.append(
                    {"line": number, "field": wrong.field, "code": wrong.code, "message": wrong.message}
                )
            continue
        batch.kept += 1
        row = _row(life)
        there = batch.rows.get(life.id)
        if there is None or told_on(there) <= told_on(row):
            batch.rows[life.id] = row
            batch.models[life.id] = (keys_of(life.vehicle.make, life.vehicle.model), life.vehicle.make,
                                     life.vehicle.model)  # fmt: skip
    return batch


def told_on(row: Mapping[str, Any]) -> tuple[date, date]:
    """By which of two lives of a listing is told to be the newer one."""
    return row["last_seen"], row["gone_on"] or date.min


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each line with its number, from 1; blank ones are none. Of one that is too long comes its beginning, no JSON."""
    number = 0
    while line := file.readline(LONGEST_LINE_BYTES):
        number += 1
        part = line
        while not part.endswith(b"\n") and (part := file.readline(LONGEST_LINE_BYTES)):
            line = line[:1]
        if not line.isspace():
            yield number, line


def _life(line: bytes, source: str, today: date) -> Life:
    life = read_life(line, today)
    if life.source != source:
        raise Invalid([Violation("source", "disagrees", f"is {life.source!r}, and the request is about {source!r}")])
    return life


def _row(life: Life) -> Row:
    vehicle, newest = life.vehicle, life.prices[-1]
    earlier = None
    if len(life.prices) > 1:
        earlier = json.dumps([[price.since.isoformat(), price.price_eur] for price in life.prices[:-1]])
    return {
        "source": life.source,
        "id": life.id,
        "car": hashlib.blake2b(car_key(vehicle, life.first_registration).encode(), digest_size=CAR_BYTES).hexdigest(),
        "fuel": vehicle.fuel,
        "gearbox": vehicle.gearbox,
        "offer_type": vehicle.offer_type,
        "first_registration": life.first_registration,
        "registered_month": registered_month(life.first_registration),
        "mileage_km": vehicle.mileage_km,
        "power_hp": vehicle.power_hp,
        "price_eur": newest.price_eur,
        "price_since": newest.since,
        "earlier_prices": earlier,
        "first_seen": life.first_seen,
        "last_seen": life.last_seen,
        "gone_on": life.gone_on,
        "country": life.country,
        "seller_kind": life.seller_kind,
        "url": life.url,
    }
