"""A file's text, some lines at a time, however large it is."""

from collections.abc import Iterator
from typing import BinaryIO

from model.schema.decoding import decode
from scraper.errors import DataRefused

BLOCK_BYTES = 256 * 1024
LONGEST_LINE_BYTES = 1024 * 1024


def text_blocks(stream: BinaryIO, name: str) -> Iterator[str]:
    """Blocks of whole lines; the last may lack its line's end. Raises DataRefused for what is no text in UTF-8."""
    line, rest = 1, b""
    while block := stream.read(BLOCK_BYTES):
        block = rest + block
        # A carriage return that stands last may be the first half of a line's end.
        cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, len(block) - 1)) + 1
        if cut:
            yield _decode(block[:cut], name, line)
            line += block.count(b"\n", 0, cut)
        rest = block[cut:]
        if len(rest) > LONGEST_LINE_BYTES:
            raise DataRefused(f"{name}, line {line}: is longer than {LONGEST_LINE_BYTES:,} bytes")
    if rest:
        yield _decode(rest, name, line)


def _decode(content: bytes, name: str, line: int) -> str:
    try:
        return decode(content, name, line)
    except ValueError as error:
        raise DataRefused(str(error)) from error
