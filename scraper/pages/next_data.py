"""What a page made with Next.js carries of its data: the JSON of its __NEXT_DATA__ script, and elements of its HTML."""

import json
from typing import NoReturn

import lxml.etree
import lxml.html

from scraper.pages.base import NotBelieved

LARGEST_BODY_BYTES = 8_000_000  # pages of 2026 have about 800,000
LARGEST_NUMBER_DIGITS = 30

# What such pages say in place of what was asked for; in small letters.
SIGNS_OF_A_BLOCK = (
    "just a moment", "captcha", "access denied", "403 forbidden", "are you a robot", "unusual traffic", "cf-chl",
    "too many requests", "request blocked", "zugriff verweigert",
)  # fmt: skip


def read_html(body: bytes) -> tuple[dict[str, object], lxml.html.HtmlElement | None]:
    """The page's data and its HTML; a body that is the data itself (of /_next/data/) has no HTML.

    Raises NotBelieved, and nothing else, for a body that has no such data, or not the whole of it.
    """
    if len(body) > LARGEST_BODY_BYTES:
        raise NotBelieved(f"the page has {len(body):,} bytes, more than {LARGEST_BODY_BYTES:,}")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotBelieved("the page is no UTF-8") from None
    if text.lstrip()[:1] == "{":
        return read_json(text), None
    if not text.strip() or "\0" in text:
        raise NotBelieved("the page is empty, or no text")
    try:
        parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        html = lxml.html.document_fromstring(text.encode(), parser=parser)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise NotBelieved(f"the page is no HTML: {error}") from None
    scripts = html.xpath("//script[@id='__NEXT_DATA__']")
    if len(scripts) != 1:
        raise NotBelieved(_why_without_data(text) if not scripts else "the page has its data more than once")
    return read_json(scripts[0].text or ""), html


def read_json(text: str | bytes) -> dict[str, object]:
    """A JSON object, each of whose keys is there once, with numbers that exist. Raises NotBelieved."""
    try:
        document = json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_number, parse_int=_integer, parse_float=_float
        )
    except RecursionError:
        raise NotBelieved("the page's data is nested too deeply") from None
    except ValueError as error:
        raise NotBelieved(f"the page's data is broken: {error}"[:200]) from None
    if not isinstance(document, dict):
        raise NotBelieved("the page's data is no object")
    return document


def _why_without_data(text: str) -> str:
    start = text[:20_000].casefold()
    sign = next((sign for sign in SIGNS_OF_A_BLOCK if sign in start), None)
    return (
        f"the page is a block: it says {sign!r}" if sign else "the page has no data: a block, a notice, or half a page"
    )


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("an object has a key twice")
    return result


def _integer(text: str) -> int:
    return int(_bounded(text))


def _float(text: str) -> float:
    return float(_bounded(text))


def _bounded(text: str) -> str:
    if len(text) > LARGEST_NUMBER_DIGITS:
        raise ValueError(f"a number has {len(text):,} digits")
    return text


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
