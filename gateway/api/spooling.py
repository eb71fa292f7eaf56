"""Bodies of many lines: received piece by piece, to disk, before anything of them is read."""

import tempfile
from typing import BinaryIO

from flask import request

from gateway.api.access import check_again
from gateway.errors import BadRequest, LengthRequired, TooLarge

PIECE_BYTES = 64 * 1024


def check_length(largest_bytes: int) -> None:
    """Raises LengthRequired for a body that does not say how long it is, TooLarge for one that is too long."""
    request.max_content_length = largest_bytes
    if request.content_length is None and "Transfer-Encoding" in request.headers:
        raise LengthRequired("send the body with a Content-Length, not in chunks")
    if (request.content_length or 0) > largest_bytes:
        raise TooLarge(f"the body must be of {largest_bytes:,} bytes at most", code="too_large")


def spool_body(most_lines: int) -> BinaryIO:
    """The body in a file that is gone when it is closed, at its beginning. check_length() comes before.

    Raises BadRequest where it ends too soon, TooLarge for too many lines, and what check_again() raises: whoever sends
    slowly must still be who he was.
    """
    spool = tempfile.TemporaryFile()
    try:
        length, lines = request.content_length or 0, 0
        while length and (piece := request.stream.read(PIECE_BYTES)):
            lines += piece.count(b"\n")
            if lines > most_lines:
                raise TooLarge(f"the body must be of {most_lines:,} lines at most", code="too_many_lines")
            spool.write(piece)
        if spool.tell() < length:
            raise BadRequest("the body is shorter than its Content-Length says")
        spool.seek(0)
        check_again()
    except BaseException:
        spool.close()
        raise
    return spool
