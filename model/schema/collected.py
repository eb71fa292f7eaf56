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
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date

SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # as days sort; date.fromisoformat() reads others too
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # the last part of a key
UNPACKED_AT_MOST_BYTES = 64 * 1024 * 1024  # of a part or a page: ten times the largest that a run makes

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
        content = _bytes(json.dumps({**_document(self), "run": None}, ensure_ascii=False, sort_keys=True))
        return f"{MANIFESTS}{self.source}/{self.day.isoformat()}/{hashlib.sha256(content).hexdigest()}.json"


def content_key(beginning: str, source: str, day: date, content: bytes, ending: str) -> str:
    """Where the store keeps something by its content: content_key(PAGES, "autoscout24", day, page, "json.gz")."""
    return f"{beginning}{source}/{day.isoformat()}/{hashlib.sha256(content).hexdigest()}.{ending}"


def write_records(records: Iterable[Record]) -> bytes:
    """Records as a part holds them, before it is packed."""
    return _bytes("".join(ENCODER.encode(record) + "\n" for record in records))


def pack(content: bytes) -> bytes:
    """Packed to gzip, without a time: the same content gives the same bytes. Raises ValueError for more than unpack()
    would give back.
    """
    if len(content) > UNPACKED_AT_MOST_BYTES:
        raise ValueError(f"it has more than {UNPACKED_AT_MOST_BYTES:,} bytes")
    return gzip.compress(content, compresslevel=5, mtime=0)


def unpack(packed: bytes) -> bytes:
    """What was packed. Raises ValueError for what is no gzip, was cut off, or would be too large."""
    if not packed:  # nothing at all passes for a gzip of nothing
        raise ValueError("it is no gzip: it is empty")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            content = file.read(UNPACKED_AT_MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"it is no gzip: {error}") from error
    if len(content) > UNPACKED_AT_MOST_BYTES:
        raise ValueError(f"it has more than {UNPACKED_AT_MOST_BYTES:,} bytes when it is unpacked")
    return content


def read_records(packed: bytes) -> Iterator[dict[str, str]]:
    """The records of a part. Raises ValueError for what is no part, or one that was cut off."""
    text = unpack(packed).decode()
    if text and not text.endswith("\n"):
        raise ValueError("it ends within a line")
    for line in text.split("\n")[:-1]:
        record = _parsed(line)
        if not isinstance(record, dict) or not all(isinstance(value, str) for value in record.values()):
            raise ValueError("a record is an object of texts")
        if not record.get("id"):
            raise ValueError("a record has an id")
        _day(record.get("listed_on"))
        yield record


def write_manifest(manifest: Manifest) -> bytes:
    return _bytes(json.dumps(_document(manifest), ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def read_manifest(content: bytes) -> Manifest:
    """Raises ValueError for what is no manifest: of another form, or with keys or counts that cannot be."""
    document = _parsed(content)
    if not isinstance(document, dict):
        raise ValueError("a manifest is an object")
    try:
        source = document["source"]
        if not isinstance(source, str) or not SOURCE.fullmatch(source):
            raise ValueError(f"{source!r} is no source")
        manifest = Manifest(
            source=source,
            day=_day(document["day"]),
            run=_text(document["run"]),
            parts=tuple(
                Part(_key(LISTINGS, source, part["key"]), _count(part["records"])) for part in document["parts"]
            ),
            pages=tuple(_key(PAGES, source, key) for key in document["pages"]),
            quarantined=tuple(
                Quarantined(_key(QUARANTINE, source, page["key"]), _text(page["origin"]), _text(page["reason"]))
                for page in document["quarantined"]
            ),
            covers=tuple(_cover(cover) for cover in document["covers"]),
            counts={name: _count(count) for name, count in document["counts"].items()},
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"it is no manifest: {error!r}") from error
    if len({part.key for part in manifest.parts}) < len(manifest.parts):
        raise ValueError("it names a part twice")
    return manifest


def in_order(manifests: Iterable[Manifest]) -> Sequence[Manifest]:
    """From the oldest day to the newest, and always in the same order."""
    return sorted(manifests, key=lambda manifest: (manifest.day, manifest.source, manifest.key))


def _document(manifest: Manifest) -> dict[str, object]:
    return {**asdict(manifest), "day": manifest.day.isoformat()}


def _bytes(text: str) -> bytes:
    """UTF-8. Half a surrogate pair, which a broken page may hold, is no character and becomes a question mark."""
    return text.encode(errors="replace")


def _parsed(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _cover(cover: Mapping[str, object]) -> Cover:
    make, model = (None if cover[name] is None else _text(cover[name]) for name in ("make", "model"))
    if make is None and model is not None:
        raise ValueError(f"it covers the model {model!r} of no make")
    return Cover(make, model)


def _key(beginning: str, source: str, key: object) -> str:
    """The key, if it can be one of that kind and source."""
    day, _, name = _text(key).removeprefix(f"{beginning}{source}/").partition("/")
    if not DAY.fullmatch(day) or not NAME.fullmatch(name) or key != f"{beginning}{source}/{day}/{name}":
        raise ValueError(f"{key!r} is no key of {beginning}{source}/")
    return key


def _day(value: object) -> date:
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValueError(f"{value!r} is no day such as 2026-07-01")
    return date.fromisoformat(value)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value
