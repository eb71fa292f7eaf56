"""The records of promotions in the store: promotions/<number>.json, each put only if it is not there.

Whoever puts a number's record has won it: it is the lock, and all records are the history. Nothing in one ever changes.
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from model.errors import JobError
from model.store import Store, StoreError

RECORDS = "promotions/"
CARDS = "cards/"
KEY = re.compile(r"promotions/([0-9]{12})\.json")
FORMAT = 1
LONGEST_REASON = 500  # letters, as the gateway takes them
LONGEST_NAME = 100

Kind = Literal["promote", "rollback", "canary"]


@dataclass(frozen=True)
class Record:
    """Which version became the champion, when, by whom and why, and all that serving it takes. A canary's says which
    version is tried beside the champion, which it leaves as it is, until a promote or rollback ends that.

    files_digest is of the version's files, card_digest names its card in the store. decision is the gate's, as JSON;
    None for a rollback. attempt is random: no two attempts put the same record.
    """

    number: int
    kind: Kind
    version: str
    previous: str | None
    promoted_at: str
    by: str
    reason: str
    figures: Mapping[str, float]
    storage_uri: str
    files_digest: str
    card_digest: str
    schema_digest: str
    decision: Mapping[str, Any] | None
    attempt: str
    format: int = FORMAT

    def published(self) -> dict[str, Any]:
        """What the gateway shows of it."""
        names = ("number", "version", "previous", "promoted_at", "by", "reason", "figures")
        return {name: getattr(self, name) for name in names}


def new_attempt() -> str:
    return secrets.token_hex(8)


def history(store: Store) -> list[Record]:
    """All records, the oldest first. Raises StoreError for one that cannot be read."""
    return [_read(store, key) for key in _keys(store)]


def champion_of(records: Sequence[Record]) -> Record | None:
    """The record that made the champion what it is, None before the first."""
    return next((record for record in reversed(records) if record.kind != "canary"), None)


def challenger_of(records: Sequence[Record]) -> Record | None:
    """The record of the canary that is under way, None where none is."""
    return records[-1] if records and records[-1].kind == "canary" else None


def newest_number(store: Store) -> int:
    """The number of the newest record, 0 where there is none."""
    keys = _keys(store)
    return _number(keys[-1]) if keys else 0


def put(store: Store, record: Record) -> None:
    """Win the number for this record. Raises JobError where another promotion has it."""
    key = f"{RECORDS}{record.number:012}.json"
    content = json.dumps(asdict(record), ensure_ascii=False, indent=1) + "\n"
    if not store.put_new(key, content.encode()):
        other = _read(store, key)
        raise JobError(
            f"{other.by} was first with version {other.version} ({other.kind}, promotion {other.number}: "
            f"{other.reason}); judge version {record.version} against what is the champion now"
        )


def put_card(store: Store, digest: str, card: Mapping[str, Any]) -> None:
    """Keep a card under its digest."""
    store.put_new(f"{CARDS}{digest}.json", (json.dumps(card, ensure_ascii=False) + "\n").encode())


def read_card(store: Store, record: Record) -> dict[str, Any]:
    key = f"{CARDS}{record.card_digest}.json"
    try:
        return json.loads(store.get(key))
    except ValueError as error:
        raise StoreError(f"{key} in the store is no card: {error}") from error


def check_words(by: str, reason: str) -> None:
    """Raise JobError for what the gateway would not show as who promoted, and why."""
    for name, text, longest in (("--by", by, LONGEST_NAME), ("--reason", reason, LONGEST_REASON)):
        if not text.isprintable() or not text.strip() or len(text) > longest:
            raise JobError(f"{name} must be one line of 1 to {longest} letters")


def standing(records: Sequence[Record]) -> list[Record]:
    """The promotions that are not taken back, the champion's last: a rollback takes back all that came after the
    promotion of the version that it goes to.
    """
    stack: list[Record] = []
    for record in records:
        if record.kind == "canary":
            continue
        if record.kind == "rollback":
            of_version = [place for place, below in enumerate(stack) if same_version(below, record)]
            if of_version:
                del stack[of_version[-1] :]
        stack.append(record)
    return stack


def same_version(one: Record, other: Record) -> bool:
    """Registries are made anew and count from 1 again; files tell versions of one number apart."""
    return (one.version, one.files_digest) == (other.version, other.files_digest)


def _keys(store: Store) -> list[str]:
    return [key for key in store.keys(RECORDS) if KEY.fullmatch(key)]


def _number(key: str) -> int:
    match = KEY.fullmatch(key)
    assert match
    return int(match[1])


def _read(store: Store, key: str) -> Record:
    try:
        record = Record(**json.loads(store.get(key)))
        if record.format != FORMAT or record.number != _number(key):
            raise ValueError("another format or number")
    except (ValueError, TypeError) as error:
        raise StoreError(f"{key} in the store is no record of a promotion: {error}") from error
    return record
