"""Secrets that are shown once: how they are made, and what is kept of them."""

import hashlib
import secrets

SECRET_BYTES = 32
ID_BYTES = 16


def new_secret() -> str:
    """256 random bits. So much needs no slow hash: nobody tries them out."""
    return secrets.token_urlsafe(SECRET_BYTES)


def new_id() -> str:
    """The id of something that only those may find who were told. Never like an option: commands take ids as well."""
    while (new := secrets.token_urlsafe(ID_BYTES)).startswith("-"):
        pass
    return new


def digest(text: str) -> str:
    """What the database keeps of a secret, or of what may be personal: who reads it there cannot use it."""
    return hashlib.sha256(text.encode()).hexdigest()


def may_be_id(text: str) -> bool:
    """Whether new_id() could have made it: what is no id need not be looked for, and a database refuses a NUL."""
    return text.isascii() and text.replace("-", "").replace("_", "").isalnum()
