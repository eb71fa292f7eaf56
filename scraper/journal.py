"""What became of the pages that were asked for on a day, so that nobody asks for them again that day.

It is for going on after a kill, and no part of what was collected: nothing in it says when, or by which run. Notes of
past days mean nothing any more.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date

from model.store import NotStored, Store

FETCHED = "fetched/"  # fetched/<source>/<day>/<SHA-256 of the URL>.json
BLOCKS = "blocks/"  # blocks/<source>/<day>/<the same>.json


@dataclass(frozen=True)
class Note:
    """Of one URL: where the store keeps what was reduced of its page, and why that was not believed, if it was not."""

    url: str
    page: str
    quarantined: str | None = None


class Journal:
    """The notes of one source and day."""

    def __init__(self, store: Store, source: str, day: date, *, dry_run: bool = False) -> None:
        self._store, self._dry_run = store, dry_run
        self._place = f"{source}/{day.isoformat()}/"
        self._blocks = set(store.keys(f"{BLOCKS}{self._place}"))

    @property
    def blocks(self) -> int:
        """How many pages the site has shown us the door at that day."""
        return len(self._blocks)

    def find(self, url: str) -> Note | None:
        """What became of it; None where nobody asked, or nothing came of it. Raises OSError for a broken note."""
        key = self._key(FETCHED, url)
        try:
            return Note(**json.loads(self._store.get(key)))
        except NotStored:
            return None
        except (ValueError, TypeError) as error:
            raise OSError(f"{key} in the store is no note of a page: {error}") from error

    def keep(self, note: Note) -> None:
        """To be called when the page is kept."""
        self._put(self._key(FETCHED, note.url), asdict(note))

    def is_blocked(self, url: str) -> bool:
        return self._key(BLOCKS, url) in self._blocks

    def block(self, url: str, reason: str) -> None:
        """Remember for the day that the site has shown us the door."""
        key = self._key(BLOCKS, url)
        self._put(key, {"url": url, "reason": reason})
        self._blocks.add(key)

    def _key(self, beginning: str, url: str) -> str:
        return f"{beginning}{self._place}{hashlib.sha256(url.encode()).hexdigest()}.json"

    def _put(self, key: str, document: object) -> None:
        if not self._dry_run:
            self._store.put_new(key, json.dumps(document, ensure_ascii=False, sort_keys=True).encode() + b"\n")
