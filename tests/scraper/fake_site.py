"""A site of cars to crawl: a real HTTP server on a loopback port with a market of its own, and with troubles.

It shows 20 listings a page and 20 pages a query, wraps to page 1 beyond the last one, and repeats boosted listings. All
of it, troubles too, follows from the address that is asked for and, for troubles that pass, from how often it was.
"""

import gzip
import hashlib
import json
import re
import socket
import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from scraper.pages.base import NotBelieved, Page, Query, SearchPage

LOOPBACK = "127.0.0.1"
ROBOTS = b"User-agent: *\nDisallow: /private/\n"
DATA = re.compile(rb'<script id="data" type="application/json">(.*?)</script>', re.DOTALL)
WALL = b"<!doctype html><title>Just a moment...</title>"
KEPT = ("query", "number", "results", "pages", "listings")
PAGES_A_QUERY = 20
LISTINGS_A_PAGE = 20
HANGS_S = 30.0
FUELS = ("Petrol", "Diesel", "Electric")
# Troubles that pass: the page comes when it is asked for again.
PASSING = ("busy", "busy until", "broken", "reset", "hang", "drip", "drip headers", "cut off")
# Troubles that stay.
STAYING = ("loop", "abroad", "bomb", "half", "gone")
BLOCKING = ("wall", "forbidden")


@dataclass(frozen=True)
class Answer:
    """An answer to send."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"<!doctype html><title>Hello</title>"


@dataclass(frozen=True)
class Asked:
    """A request that reached the site: when it came, and when the site began to answer it."""

    path: str
    came_s: float
    answered_s: float
    headers: Mapping[str, str]


@dataclass
class FakeSite:
    """`troubles` are by path, one of those above each; `answers` are whole answers to a path in place of its page.
    `seller` is on all pages, and must not be kept.
    """

    makes: Mapping[str, int]  # how many listings each has
    troubles: dict[str, str] = field(default_factory=dict)
    answers: dict[str, "Answer"] = field(default_factory=dict)
    robots: bytes = ROBOTS
    robots_status: int = 200
    troubles_stay: bool = False
    seller: str = "Erika Mustermann, +49 30 1234567"

    def __post_init__(self) -> None:
        self.asked: list[Asked] = []
        self.times: Counter[str] = Counter()
        self.market = {make: [listing(make, number) for number in range(count)] for make, count in self.makes.items()}

    def paths(self) -> list[str]:
        """What was asked for, in its order, robots.txt left out."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def forget(self) -> None:
        """Be as if nobody had asked for anything."""
        self.asked.clear()
        self.times.clear()

    def trouble_of(self, path: str) -> str | None:
        return self.troubles.get(path)

    def page(self, path: str) -> bytes:
        """What the page at this path says."""
        query, number = _query_of(path)
        found = [each for each in self.market.get(query.make or "", ()) if _fits(each, query)]
        pages = min(-(-len(found) // LISTINGS_A_PAGE), PAGES_A_QUERY)
        number = number if 1 <= number <= pages else 1
        shown = found[(number - 1) * LISTINGS_A_PAGE : number * LISTINGS_A_PAGE]
        if number > 1:
            shown = [found[0], *shown]  # whose seller has paid for it
        document = {
            "query": asdict(query), "number": number, "results": len(found), "pages": pages, "listings": shown,
            "seller": self.seller,
        }  # fmt: skip
        data = json.dumps(document).encode()
        return b'<!doctype html><title>Cars</title><script id="data" type="application/json">' + data + b"</script>"


def listing(make: str, number: int) -> dict[str, str]:
    """A car of the market, always the same one."""
    drawn = hashlib.sha256(f"{make} {number}".encode()).digest()
    year = 2012 + drawn[0] % 13
    mileage_km = 5_000 + (2026 - year) * 12_000 + int.from_bytes(drawn[1:3]) % 9_000
    price_eur = 3_000 + (year - 2011) * 1_500 + int.from_bytes(drawn[3:5]) % 5_000
    return {
        "id": f"{make}-{number}", "make": make, "model": f"{make}-{drawn[5] % 5}", "fuel": FUELS[drawn[6] % 3],
        "gearbox": "Manual", "offer_type": "Used", "first_registration": f"{year}-{1 + drawn[7] % 12:02}",
        "mileage_km": str(mileage_km), "price_eur": str(price_eur), "power_hp": str(70 + drawn[8]),
    }  # fmt: skip


@dataclass
class FakePages:
    """The scraper's side of the site: a scraper.pages.base.Site."""

    address: str
    name: str = "fakesite"
    hosts: frozenset[str] = frozenset({LOOPBACK})
    pages_a_query: int = PAGES_A_QUERY
    listings_a_page: int = LISTINGS_A_PAGE

    def search_url(self, query: Query, page: int) -> str:
        asked = {name: value for name, value in asdict(query).items() if value is not None} | {"page": page}
        return f"{self.address}/cars?{urlencode(asked)}"

    def reduce(self, url: str, body: bytes) -> bytes:
        data = DATA.search(body)
        if data is None:
            raise NotBelieved("it has no data")
        document = json.loads(data[1])
        return json.dumps({"url": url, **{name: document[name] for name in KEPT}}, sort_keys=True).encode()

    def read(self, reduced: bytes) -> Page:
        document = json.loads(reduced)
        return SearchPage(
            url=document["url"], echoed=Query(**document["query"]), number=document["number"],
            results=document["results"], pages=document["pages"], records=tuple(document["listings"]),
        )  # fmt: skip


@contextmanager
def open_site(site: FakeSite) -> Iterator[str]:
    """Serve it until the block ends; its address."""
    ending = threading.Event()

    class Handler(_Handler):

        def do_GET(self) -> None:
            came_s = self.answered_s = time.monotonic()
            site.times[self.path] += 1
            try:
                _answer(self, site, ending)
            except OSError:  # whoever asked has gone
                self.close_connection = True
            site.asked.append(Asked(self.path, came_s, self.answered_s, dict(self.headers)))

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 50

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server((LOOPBACK, 0), Handler)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    serving.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        ending.set()
        server.shutdown()
        serving.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answered_s: float


def bomb() -> bytes:
    """A megabyte of gzip that would be a gigabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    mebibyte = bytes(1024 * 1024)
    beginning = packer.compress(mebibyte) + packer.flush(zlib.Z_FULL_FLUSH)
    more = packer.compress(mebibyte) + packer.flush(zlib.Z_FULL_FLUSH)
    return beginning + more * 1023


def _answer(handler: _Handler, site: FakeSite, ending: threading.Event) -> None:
    path = handler.path
    trouble = site.trouble_of(path)
    if trouble in PASSING and site.times[path] > 1 and not site.troubles_stay:
        trouble = None
    page = b"" if path == "/robots.txt" else site.page(path)
    if path in site.answers:
        answer = site.answers[path]
        _send(handler, answer.status, answer.body, answer.headers)
    elif path == "/robots.txt" and trouble is None:
        _send(handler, site.robots_status, site.robots, kind="text/plain")
    elif trouble is None:
        _send(handler, 200, gzip.compress(page, mtime=0), {"Content-Encoding": "gzip"})
    elif trouble == "busy":
        _send(handler, 429, b"", {"Retry-After": "0"})
    elif trouble == "busy until":
        _send(handler, 429, b"", {"Retry-After": handler.date_time_string()})
    elif trouble == "broken":
        _send(handler, 503, b"broken")
    elif trouble == "reset":
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(handler.connection.detach())
    elif trouble == "hang":
        ending.wait(HANGS_S)
    elif trouble == "drip":
        _begin(handler, 200, len(page))
        for byte in page:
            handler.wfile.write(bytes([byte]))
            if ending.wait(0.05):
                break
    elif trouble == "drip headers":
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"-" * 1000:
            handler.wfile.write(bytes([byte]))
            if ending.wait(0.05):
                break
    elif trouble == "cut off":
        _begin(handler, 200, len(page))
        handler.wfile.write(page[: len(page) // 2])
        handler.close_connection = True
    elif trouble == "loop":
        _send(handler, 302, b"", {"Location": path})
    elif trouble == "abroad":
        _send(handler, 302, b"", {"Location": "http://localhost:9/cars"})
    elif trouble == "bomb":
        _send(handler, 200, bomb(), {"Content-Encoding": "gzip"})
    elif trouble == "half":
        _send(handler, 200, page[: len(page) // 2])
    elif trouble == "gone":
        _send(handler, 404, b"gone")
    elif trouble == "wall":
        _send(handler, 200, WALL)
    elif trouble == "forbidden":
        _send(handler, 403, b"no")


def _begin(
    handler: _Handler, status: int, length: int, headers: Mapping[str, str] = {}, kind: str = "text/html"
) -> None:
    handler.answered_s = time.monotonic()
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(length), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()


def _send(
    handler: _Handler, status: int, body: bytes, headers: Mapping[str, str] = {}, kind: str = "text/html"
) -> None:
    _begin(handler, status, len(body), headers, kind)
    handler.wfile.write(body)


def _query_of(path: str) -> tuple[Query, int]:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    number = int(asked.pop("page", "1"))
    words = {name: value if name in ("make", "model") else int(value) for name, value in asked.items()}
    return Query(**words), number  # type: ignore[arg-type]


def _fits(car: Mapping[str, str], query: Query) -> bool:
    year, price_eur = int(car["first_registration"][:4]), int(car["price_eur"])
    return (
        query.model in (None, car["model"])
        and (query.from_year or 0) <= year <= (query.to_year or 9999)
        and (query.from_eur or 0) <= price_eur <= (query.to_eur or 10**9)
    )
