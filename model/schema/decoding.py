"""Bytes of a file of listings as text, or where it is none and what to do."""

import codecs


def decode(content: bytes, name: str, line: int = 1) -> str:
    """UTF-8 as text, without a byte order mark. `name` is the file's and `line` the one that the content begins with.

    Raises ValueError naming the file and the line.
    """
    stem = name.rpartition(".")[0] or name
    if line == 1 and content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError(
            f"{name} is UTF-16, not UTF-8. Convert it, for example: iconv -f utf-16 -t utf-8 {name} > {stem}-utf8.csv"
        )
    if b"\0" in content:
        line += content[: content.index(b"\0")].count(b"\n")
        raise ValueError(f"{name}, line {line}: holds a byte 0, so it is not a text file")
    try:
        return content.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        line += content[: error.start].count(b"\n")
        raise ValueError(
            f"{name} is not UTF-8: line {line} holds the byte {error.object[error.start]:#04x}. Convert it, for "
            f"example: iconv -f latin1 -t utf-8 {name} > {stem}-utf8.csv"
        ) from error
