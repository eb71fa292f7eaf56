"""The body of an answer, unpacked, and never more of it than is wanted."""

import zlib
from typing import Protocol

CHUNK_BYTES = 16 * 1024
GZIP = 16 + zlib.MAX_WBITS


class CutOff(Exception):
    """The body ends before its end."""


class Raw(Protocol):
    """An answer's bytes as they come."""

    def read(self, amt: int, decode_content: bool) -> bytes:
        """At most so many bytes; none at the end."""


def read_body(raw: Raw, encoding: str, most_bytes: int) -> tuple[bytes, bool]:
    """The body's first most_bytes once it is unpacked, and whether there is more.

    A packed body is unpacked step by step and no further than that, so that a megabyte which would be a gigabyte needs
    no more memory than any other. Raises ValueError for a packing other than gzip, CutOff, and what raw.read() raises.
    """
    if encoding in ("", "identity"):
        return _read_plain(raw, most_bytes)
    if encoding in ("gzip", "x-gzip"):
        return _read_gzip(raw, most_bytes)
    raise ValueError(f"it is packed as {encoding[:40]!r}, which nobody asked for")


def _read_plain(raw: Raw, most_bytes: int) -> tuple[bytes, bool]:
    body = bytearray()
    while len(body) <= most_bytes and (chunk := raw.read(CHUNK_BYTES, decode_content=False)):
        body += chunk
    return bytes(body[:most_bytes]), len(body) > most_bytes


def _read_gzip(raw: Raw, most_bytes: int) -> tuple[bytes, bool]:
    unpacker = zlib.decompressobj(GZIP)
    body = bytearray()
    try:
        while not unpacker.eof and (chunk := raw.read(CHUNK_BYTES, decode_content=False)):
            while chunk and len(body) <= most_bytes:
                body += unpacker.decompress(chunk, max_length=most_bytes + 1 - len(body))
                chunk = unpacker.unconsumed_tail
            if len(body) > most_bytes:
                return bytes(body[:most_bytes]), True
    except zlib.error as error:
        raise ValueError(f"it is no gzip: {error}") from error
    if not unpacker.eof:
        raise CutOff("the packed body ends before its end")
    return bytes(body), False
