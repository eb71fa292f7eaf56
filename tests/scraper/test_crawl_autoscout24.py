"""A crawl over AutoScout24's own pages, as far as they can be made: its addresses, its shapes, the checks on them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from model.schema.collected import Cover, read_manifest, read_records
from model.store import LocalStore
from scraper.asking import Asking
from scraper.checks import Market
from scraper.crawl import Ended, crawl
from scraper.http import Fetched
from scraper.pages.autoscout24 import AutoScout24
from scraper.pages.base import Query
from scraper.runs import Run
from tests.scraper.pages.builder import Car, cars, search_page

DAY = date(2026, 7, 1)


def answers(market: Sequence[Car], asked: list[str], url: str) -> Fetched:
    """What the site shows at an address."""
    asked.append(url)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    low, high = int(query.get("fregfrom", 0)), int(query.get("fregto", 9999))
    found = [car for car in market if low <= int((car.first_registration or "0")[:4]) <= high]
    number, pages = int(query.get("page", 1)), min(-(-len(found) // 20), 20)
    echo = {name: query[name] for name in ("fregfrom", "fregto") if name in query}
    shown = found[20 * (number - 1) : 20 * number]
    return Fetched(url, search_page(shown, page=number, results=len(found), pages=pages, query=echo))


def test_a_model_with_more_cars_than_are_shown_is_seen_whole(tmp_path: Path) -> None:
    """By its years; each of its pages is believed, and each car is there once."""
    # given 450 cars of a model
    market, asked = cars(450), list[str]()
    # when they are crawled
    site, store = AutoScout24(), LocalStore(tmp_path)
    run = Run(store, site.name)
    asking = Asking(site, store, run, DAY, lambda url: answers(market, asked, url), Market())
    report = crawl([Query("bmw", "320")], site, asking, run, DAY)
    # then all of them are there, and the model was seen whole
    assert (report.ended, report.why, report.not_covered) == (Ended.WHOLE, "", ())
    assert report.covers == (Cover("bmw", "320"),) and report.key is not None
    [part] = read_manifest(store.get(report.key)).parts
    assert {record["id"] for record in read_records(store.get(part.key))} == {car.id for car in market}
    # and robots.txt, which closes /lst? alone, was never in the way
    assert all(urlsplit(url).path == "/lst/bmw/320" for url in asked)
