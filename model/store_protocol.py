"""What every store can do, whatever it stands on."""

import re
from typing import Protocol

_PART = "[A-Za-z0-9_][A-Za-z0-9_.-]*"
KEY = re.compile(f"{_PART}(/{_PART})*")
BEGINNING = re.compile(f"({_PART}/)*({_PART})?")  # of keys


class NotStored(Exception):
    """There is no object of this key."""


class StoreError(OSError):
    """A store cannot do what it should; the message says which store, and why."""


class Store(Protocol):
    """What every store can do. Keys are paths such as "feedback/000000000001.jsonl", and none leads on from another
    object's, as a/b does from a. Failures are OSErrors.
    """

    def put_new(self, key: str, content: bytes) -> bool:
        """Keep an object for good; False, and nothing is changed, where the key has one already.

        Where the answer to a first attempt was lost, the call asks again, and then an object of this very content
        passes for its own: whoever must know for sure that it was the one puts something in that no other would put.
        """

    def get(self, key: str) -> bytes:
        """An object's content. Raises NotStored."""

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin so, sorted."""

    def delete(self, key: str) -> None:
        """Forget an object, if it is there. For what is kept for a time alone; all else is for good."""


def check_key(key: str) -> str:
    """The key. Raises ValueError for what is none."""
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of a store")
    return key


def check_beginning(prefix: str) -> str:
    """The prefix. Raises ValueError for what no key begins with."""
    if not BEGINNING.fullmatch(prefix):
        raise ValueError(f"{prefix!r} is no beginning of a store's keys")
    return prefix
