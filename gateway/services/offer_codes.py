"""Reference codes of offers: who has one follows his offer by it, and can withdraw it, without an account."""

import hashlib

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U to mistake
READ_AS = str.maketrans("ILO", "110", "- ")
BITS_A_LETTER = 5
LENGTH = 20  # letters: 100 bits, which nobody guesses, and which can still be typed
GROUP = 4


def code_of(secret: str, key: str | None) -> str:
    """The code that follows from a secret and the Idempotency-Key that a request came with.

    The secret alone is kept with the first answer, and there is no key in it: who reads the database finds no code,
    and who sends the request again is told the same one.
    """
    number = int.from_bytes(hashlib.sha256(f"{secret} {key or ''}".encode()).digest())
    letters = "".join(LETTERS[number >> place * BITS_A_LETTER & 31] for place in range(LENGTH))
    return "-".join(letters[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def plain(code: str) -> str | None:
    """A code as it was typed, in any case, with or without dashes, as it is compared; None where it is no code."""
    letters = code.upper().translate(READ_AS)
    return letters if len(letters) == LENGTH and set(letters) <= set(LETTERS) else None
