"""Passwords: which are good enough, and what is kept of them."""

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from gateway.errors import Busy
from model.schema.fields import Fields

SHORTEST, LONGEST = 10, 128  # letters
# OWASP's least for argon2id. Each hash takes so much memory while it is made, so few are made at once.
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
AT_ONCE = 2
TURN_WITHIN_S = 2.0

ENDS = "0123456789!?.,-_#*$ "  # what a common word is made to look like a password with
FEWEST_DIFFERENT = 3  # letters: fewer are no password

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)
_turns = threading.BoundedSemaphore(AT_ONCE)


class _Turn:
    """A turn at hashing. Raises Busy where there is none in time."""

    def __enter__(self) -> None:
        if not _turns.acquire(timeout=TURN_WITHIN_S):
            raise Busy("too many log in at once")

    def __exit__(self, *_: object) -> None:
        _turns.release()


def read_password(fields: Fields, raw: object, name: str) -> str | None:
    """A password as it was given, in one form of Unicode; None after noting that it is none."""
    if not isinstance(raw, str):
        fields.add(name, "missing" if raw is None else "type", "is missing" if raw is None else "must be a text")
    elif not 0 < len(raw) <= LONGEST:
        message = f"must have between 1 and {LONGEST} letters"
        fields.add(name, "too_long" if raw else "missing", message, {"most": LONGEST})
    elif any(0xD800 <= ord(letter) <= 0xDFFF for letter in raw):  # halves of letters
        fields.add(name, "format", "holds what is no letter")
    else:
        return unicodedata.normalize("NFKC", raw)
    return None


def check_new(fields: Fields, password: str, name: str, email: str) -> None:
    """Note why a password will not do: it is short, others use it a lot, or it is the account's own name."""
    plain = password.lower()
    if len(password) < SHORTEST:
        fields.add(name, "too_short", f"must have at least {SHORTEST} letters", {"least": SHORTEST})
    elif plain in _common() or plain.strip(ENDS) in _common() or len(set(plain)) <= FEWEST_DIFFERENT:
        fields.add(name, "too_common", "is one that many people use, and that is tried first")
    elif plain in email or plain.strip(ENDS) in email.split("@"):
        fields.add(name, "of_the_email", "must not be made of the e-mail address")


@cache
def _common() -> frozenset[str]:
    """What passwords are often made of (Mark Burnett's list of passwords, and words and names, as zxcvbn has them)."""
    return frozenset(word for words in FREQUENCY_LISTS.values() for word in words)


def hash_password(password: str) -> str:
    """What is kept of a password: argon2id, with its parameters and its salt. Raises Busy."""
    with _Turn():
        return _hasher.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Whether this is the password; without a kept one it is not, and that takes as long to say. Raises Busy."""
    against = _of_nobody() if kept is None else kept
    with _Turn():
        try:
            _hasher.verify(against, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _of_nobody() -> str:
    return _hasher.hash("the password of nobody")
