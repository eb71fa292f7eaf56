"""One run's way into the store: pages and records as they come, and the manifest that makes them count when all is
there.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime

from model.schema.collected import (
    LISTINGS,
    PAGES,
    QUARANTINE,
    Cover,
    Manifest,
    Part,
    Quarantined,
    Record,
    content_key,
    pack,
    write_manifest,
    write_records,
)
from model.store import Store

FAILURES = "failures/"  # what failed runs have to tell: failures/<source>/<day>/<SHA-256 of all but the run>.json
RECORDS_A_PART = 10_000


def new_run_id() -> str:
    """A name for a run: when it began, and chance."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


@dataclass
class Run:
    """What one run brings of one source. It can be killed at any point and repeated: what it has kept is kept again
    under the same names, and counts once finish() has written the manifest.

    Nothing is kept in a dry run.
    """

    store: Store
    source: str
    id: str = field(default_factory=new_run_id)
    dry_run: bool = False

    def __post_init__(self) -> None:
        self._waiting: list[Record] = []
        self._parts: dict[str, Part] = {}
        self._pages: dict[str, None] = {}
        self._quarantined: dict[Quarantined, None] = {}
        self._newest: date | None = None

    def keep_page(self, day: date, reduced: bytes) -> str:
        """Keep what was reduced of a page that was seen that day; its key."""
        key = content_key(PAGES, self.source, day, reduced, "json.gz")
        self._put(key, pack(reduced))
        self._pages[key] = None
        self.saw(day)
        return key

    def quarantine(self, day: date, content: bytes, origin: str, reason: str) -> None:
        """Keep what was reduced of a page that is not believed, apart from those that are, with the reason."""
        key = content_key(QUARANTINE, self.source, day, content, "json.gz")
        self._put(key, pack(content))
        self._quarantined[Quarantined(key, origin, reason)] = None
        self.saw(day)

    def add(self, records: Iterable[Record]) -> None:
        """Keep records, each with its id and day, once as many have come as a part holds."""
        for record in records:
            self._waiting.append(record)
            if len(self._waiting) == RECORDS_A_PART:
                self._keep_part()

    def finish(self, covers: Iterable[Cover] = (), counts: Mapping[str, int] | None = None) -> tuple[Manifest, bool]:
        """Make all of it count; the manifest, and whether it is new (else a run that found the same is there).

        Raises ValueError where there is nothing, not even a page, to tell of.
        """
        if self._waiting:
            self._keep_part()
        if self._newest is None:
            raise ValueError("the run has found nothing")
        manifest = Manifest(
            source=self.source, day=self._newest, run=self.id, parts=tuple(self._parts.values()),
            pages=tuple(self._pages), quarantined=tuple(self._quarantined), covers=tuple(covers),
            counts=dict(counts or {}),
        )  # fmt: skip
        return manifest, self._put(manifest.key, write_manifest(manifest))

    def fail(self, reason: str, counts: Mapping[str, int] | None = None) -> str:
        """Keep what there is to tell of a run that must not count: the reason, and what of it was quarantined; the key.

        It is of today, whatever its records are of. The same failure is told once a day, however often it happens.
        """
        today = datetime.now(UTC).date().isoformat()
        told = {
            "source": self.source, "day": today, "failed": reason, "counts": dict(counts or {}),
            "quarantined": [asdict(page) for page in self._quarantined],
        }  # fmt: skip
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        key = f"{FAILURES}{self.source}/{today}/{digest}.json"
        document = json.dumps({**told, "run": self.id}, ensure_ascii=False, indent=1, sort_keys=True)
        self._put(key, document.encode() + b"\n")
        return key

    def saw(self, day: date) -> None:
        """The run tells of this day, even if no record of it is that new."""
        self._newest = max(self._newest or day, day)

    def _keep_part(self) -> None:
        content = write_records(self._waiting)
        day = date.fromisoformat(max(record["listed_on"] for record in self._waiting))
        key = content_key(LISTINGS, self.source, day, content, "jsonl.gz")
        self._put(key, pack(content))
        self._parts[key] = Part(key, len(self._waiting))
        self._waiting = []
        self.saw(day)

    def _put(self, key: str, content: bytes) -> bool:
        return True if self.dry_run else self.store.put_new(key, content)
