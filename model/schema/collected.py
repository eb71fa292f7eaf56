"""What was collected of the market, as the store keeps it: records of listings, and manifests that say which count.

A record is one sight of a listing: a row of text under our names, {column: text}, as model.schema.listing.parse_listing
reads it. It always has an id (of its source's own, or of what the row says) and the day on which it was seen,
listed_on; of anything else it may lack what its source lacked, and then that column is not there.

Records lie in parts, JSON Lines in gzip, each named by what it holds, so that the same part is there once however often
it is kept. A part counts only if a manifest names it, and a manifest is written when all it names is there: what a run
left that failed or was killed is in no manifest.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date

SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")

LISTINGS = "listings/"  # parts: listings/<source>/<day>/<SHA-256>.jsonl.gz
PAGES = "pages/"  # what of a page is kept: pages/<source>/<day>/<SHA-256>.json.gz
QUARANTINE = "quarantine/"  # the same, of pages that were not believed
MANIFESTS = "manifests/"  # manifests/<source>/<day>/<SHA-256 of all but the run>.json

Record = Mapping[str, str]
ENCODER = json.JSONEncoder(ensure_ascii=False)  # json.dumps() would make one for each record


@dataclass(frozen=True)
class Part:
    """Where some records are, and how many."""

    key: str
    records: int


@dataclass(frozen=True)
class Quarantined:
    """A page that was not believed: where it is kept, where it came from, and why."""

    key: str
    origin: str
    reason: str


@dataclass(frozen=True)
class Cover:
    """A part of the market that a run has seen whole, in its source's words: who was not seen in it is gone."""

    make: str | None = None  # None: all makes
    model: str | None = None  # None: all models of the make


@dataclass(frozen=True)
class Manifest:
    """All that one run has found, of one source on one day. `run` alone differs between two runs that found the same.

    `day` is the newest on which a record of it was seen. `pages` are the keys of the pages that the records are from.
    """

    source: str
    day: date
    run: str
    parts: tuple[Part, ...]
    pages: tuple[str, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    covers: tuple[Cover, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)  # what became of all that was read

    @property
    def records(self) -> int:
        return sum(part.records for part in self.parts)

    @property
    def key(self) -> str:
        """Where the store keeps it."""
        content = json.dumps({**_document(self), "run": None}, sort_keys=True).encode()
        return f"{MANIFESTS}{self.source}/{self.day.isoformat()}/{hashlib.sha256(content).hexdigest()}.json"


def content_key(beginning: str, source: str, day: date, content: bytes, ending: str) -> str:
    """Where the store keeps something by its content: content_key(PAGES, "autoscout24", day, page, "json.gz")."""
    return f"{beginning}{source}/{day.isoformat()}/{hashlib.sha256(content).hexdigest()}.{ending}"


def write_records(records: Iterable[Record]) -> bytes:
    """Records as a part holds them, before it is packed."""
    return "".join(ENCODER.encode(record) + "\n" for record in records).encode()


def pack(content: bytes) -> bytes:
    """Packed to gzip, without a time: the same content gives the same bytes."""
    return gzip.compress(content, compresslevel=5, mtime=0)


def read_records(packed: bytes) -> Iterator[dict[str, str]]:
    """The records of a part. Raises ValueError for what is no part, or one that was cut off."""
    try:
        text = gzip.decompress(packed).decode()
    except (OSError, EOFError) as error:
        raise ValueError(f"it is no gzip: {error}") from error
    if text and not text.endswith("\n"):
        raise ValueError("it ends within a line")
    for line in text.split("\n")[:-1]:
        record = json.loads(line)
        if not isinstance(record, dict) or not all(isinstance(value, str) for value in record.values()):
            raise ValueError("a record is an object of texts")
        if not record.get("id") or not record.get("listed_on"):
            raise ValueError("a record has an id and the day on which it was seen")
        yield record


def write_manifest(manifest: Manifest) -> bytes:
    return json.dumps(_document(manifest), ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def read_manifest(content: bytes) -> Manifest:
    """Raises ValueError for what is no manifest."""
    try:
        document = json.loads(content)
        return Manifest(
            source=_text(document["source"]),
            day=date.fromisoformat(document["day"]),
            run=_text(document["run"]),
            parts=tuple(Part(_text(part["key"]), int(part["records"])) for part in document["parts"]),
            pages=tuple(_text(key) for key in document["pages"]),
            quarantined=tuple(Quarantined(**page) for page in document["quarantined"]),
            covers=tuple(Cover(**cover) for cover in document["covers"]),
            counts={str(name): int(count) for name, count in document["counts"].items()},
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"it is no manifest: {error!r}") from error


def in_order(manifests: Iterable[Manifest]) -> Sequence[Manifest]:
    """From the oldest day to the newest, and always in the same order."""
    return sorted(manifests, key=lambda manifest: (manifest.day, manifest.source, manifest.key))


def _document(manifest: Manifest) -> dict[str, object]:
    return {**asdict(manifest), "day": manifest.day.isoformat()}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
