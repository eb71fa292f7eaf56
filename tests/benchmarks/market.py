"""What the market costs the gateway: python -m tests.benchmarks.market [LISTINGS]

Brings so many invented listings into SQLite and PostgreSQL by the gateway's own service, and then asks for comparables,
filters and figures of cars out of them, the popular ones as often as they are listed. All is CPU: this process's, and
of PostgreSQL its own besides. The model server is left out, but for writing its requests and reading its replies. The
nearest listings are held against a search through all of them. Exits with 1 where a bar does not hold.
"""

import io
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, cast

import orjson
import psutil
from flask_migrate import upgrade
from sqlalchemy import func, select, text

from gateway.app import create_app
from gateway.config import Config
from gateway.db.listing import ListingRow, MarketModelRow
from gateway.extensions import db
from gateway.inference.codec import Cars, Columns, Priced, decode, encode
from gateway.inference.prices import Prices
from gateway.inference.split import Split
from gateway.services.cards import Card, Cards
from gateway.services.filters import Filters
from gateway.services.market import alike
from gateway.services.market.alike import Wanted, nearest, within
from gateway.services.market.comparables import COMPARABLES, Comparables
from gateway.services.market.days import registered_month
from gateway.services.market.known import newest_day
from gateway.services.market.overview import overview
from gateway.services.market.runs import Part, bring
from gateway.services.market.search import Search
from gateway.services.market.search_query import SearchQuery
from gateway.services.rollouts.traffic import Traffic
from model.schema.features import MODEL_NAME, OUTPUT_NAMES
from model.schema.life import Life
from model.schema.vocabulary import CLOSED_SETS
from tests.gateway import market
from tests.gateway.lives import SOURCE, invented, lines
from tests.postgresql import running

LISTINGS = 1_000_000
LINES_A_PART = 10_000
MAKES, MODELS_A_MAKE = 60, 25
REQUESTS = 400
CHECKED = 60
LOAD_BAR_MINUTES, REQUEST_BAR_MS = 3.0, 50.0
TODAY = date(2024, 7, 1)
NEWEST = date(2024, 6, 30)
NS = 1e-9

Variant = tuple[tuple[str, ...], int]


def invented_card(by_luck: random.Random) -> Card:
    """A version that knows so many models, the first of them far more common than the last."""
    vocabulary = []
    for number in range(MAKES * MODELS_A_MAKE):
        weight = 1_000_000 / (number + 15)
        variants = [
            [fuel, gearbox, offer_type, max(1, int(weight * share * by_luck.random()))]
            for fuel, share in (("petrol", 0.5), ("diesel", 0.4), ("hybrid_petrol", 0.1))
            for gearbox in ("manual", "automatic")
            for offer_type in ("used", "demonstration", "new")
        ]
        known = {"make": f"Make {number % MAKES}", "model": f"Model {number}", "variants": variants}
        vocabulary.append({
            **known, "listings": sum(int(variant[-1]) for variant in variants),
            "typical": dict(fuel="petrol", gearbox="manual", offer_type="used", age_years=5.0, mileage_km=6e4,
                            power_hp=120.0),
            "bounds": {name: list(bounds) for name, bounds in market.BOUNDS.items()},
        })  # fmt: skip
    return Card({**market.card(), "vocabulary": vocabulary, "bounds": {**market.BOUNDS, "age_years": (0.0, 20.0)}})


class OneCard:
    """Cards, of which one is served."""

    def __init__(self, card: Card) -> None:
        self._card = card

    def served(self) -> Card:
        return self._card


class MadeUpPrices:
    """Prices without a model server; requests are written and replies are read as ever."""

    split = Split()

    def deadline(self) -> float:
        return 0.0

    def price(self, cars: Cars, _deadline: float) -> Priced:
        assert encode(cars)
        ages = cars.values[5] if isinstance(cars, Columns) else [car.age_years for car in cars]
        columns = {name: [0.0] * len(cars) for name in OUTPUT_NAMES}
        columns["price_eur"] = [30_000 * 0.9**age for age in ages]
        columns["low_eur"] = [price * 0.8 for price in columns["price_eur"]]
        columns["high_eur"] = [price * 1.2 for price in columns["price_eur"]]
        columns["base_eur"] = [20_000.0] * len(cars)
        columns["effect_age"] = [price - 20_000.0 for price in columns["price_eur"]]
        columns["support"] = [9.0] * len(cars)
        outputs = [
            {"name": name, "datatype": "FP64", "shape": [len(cars), 1], "data": column}
            for name, column in columns.items()
        ]
        reply = {"model_name": MODEL_NAME, "model_version": "1", "outputs": outputs}
        return decode(orjson.dumps(reply), len(cars))


class Clock:
    """The CPU seconds of this process, and of a PostgreSQL server that it is connected to."""

    def __init__(self) -> None:
        self._backend = self._server = None
        if db.engine.dialect.name == "postgresql":
            self._backend = db.session.scalar(text("SELECT pg_backend_pid()"))
            self._server = psutil.Process(self._backend).parent()
            db.session.rollback()  # it goes back to the pool, and is the one that is taken next

    def all_s(self) -> tuple[float, float]:
        """Of this process, and of all of the server's."""
        if self._server is None:
            return time.process_time(), 0.0
        times = [self._server.cpu_times(), *(each.cpu_times() for each in self._server.children())]
        ended = times[0].children_user + times[0].children_system
        return time.process_time(), ended + sum(each.user + each.system for each in times)

    def request_s(self) -> float:
        """Of this process and of the backend that answers it, finely enough for one request."""
        if self._backend is None:
            return time.process_time()
        return time.process_time() + int(Path(f"/proc/{self._backend}/schedstat").read_text().split()[0]) * NS


@dataclass
class Subject:
    """A car that somebody asks about: much like one that is listed."""

    life: Life
    raw: dict[str, object]


def subjects(some: Sequence[Life], by_luck: random.Random) -> Iterator[Subject]:
    for life in some:
        vehicle = life.vehicle
        yield Subject(life, {
            **{name: getattr(vehicle, name) for name in ("make", "model", *CLOSED_SETS)},
            "first_registration": life.first_registration, "mileage_km": vehicle.mileage_km * by_luck.uniform(0.7, 1.3),
            "power_hp": vehicle.power_hp * by_luck.choice((0.9, 1.0, 1.0, 1.0, 1.1)), "as_of": "2024-06-30",
        })  # fmt: skip


def load(parts: Sequence[bytes], clock: Clock) -> float:
    """Minutes of CPU, of the gateway and the server."""
    began = clock.all_s()
    for number, body in enumerate(parts, 1):
        done = bring(Part(SOURCE, "benchmark", number, len(parts)), io.BytesIO(body), TODAY)
        assert not done["refused"], done
        if number == len(parts) - 1:
            before_last = clock.all_s()
    ended = clock.all_s()
    ours, theirs = (end - start for end, start in zip(ended, began, strict=True))
    figures = sum(ended) - sum(before_last)
    print(f"  loaded: gateway {ours:.0f} s, server {theirs:.0f} s of CPU; with the last part, figures {figures:.0f}")
    return (ours + theirs) / 60


def p95_ms(clock: Clock, calls: Sequence[Callable[[], object]], what: str) -> float:
    taken = []
    for call in calls:
        began_s = clock.request_s()
        orjson.dumps(call())
        db.session.rollback()
        taken.append((clock.request_s() - began_s) * 1000)
    taken.sort()
    p95 = taken[int(len(taken) * 0.95)]
    print(f"  {what}: median {taken[len(taken) // 2]:.1f} ms, p95 {p95:.1f} ms, most {taken[-1]:.1f} ms of CPU")
    return p95


def recall(asked: Sequence[Subject], newest: date) -> float:
    """The share of the nearest cars of a search through all listings that were found."""
    found = wanted_in_all = 0
    for subject in asked:
        vehicle = subject.life.vehicle
        model = db.session.scalar(select(MarketModelRow.sequence).where(MarketModelRow.model == vehicle.model))
        wanted = Wanted(int(model or 0), vehicle, registered_month(subject.life.first_registration))
        rows = db.session.execute(within(wanted, alike.DISTANCES[-1], newest)).all()
        best = list(dict.fromkeys(row.car for row in rows))[:COMPARABLES]
        ours = {row.car for row in nearest(wanted, COMPARABLES, newest)}
        found += len(ours & set(best))
        wanted_in_all += len(best)
    return found / max(wanted_in_all, 1)


def measure(url: str, card: Card, parts: Sequence[bytes], some: Sequence[Life]) -> bool:
    app = create_app(Config(database_url=url))
    by_luck = random.Random(3)
    cards, prices = cast(Cards, OneCard(card)), cast(Prices, MadeUpPrices())
    with app.app_context():
        upgrade()
        clock = Clock()
        minutes = load(parts, clock)
        count = db.session.scalar(select(func.count()).select_from(ListingRow))
        print(f"  {count:,} listings: {minutes:.2f} minutes of CPU (bar: {LOAD_BAR_MINUTES})")
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE"))
        newest = newest_day()
        assert newest == NEWEST
        asked = list(subjects(some, by_luck))
        nobody: Any = None  # nothing is rolled out
        traffic = Traffic(prices, cards, nobody, nobody, nobody)
        comparables, filters, search = Comparables(prices, traffic), Filters(cards), Search(prices, cards)
        again_s = clock.request_s()
        filters.answer({})
        print(f"  filters, the first after new figures: {(clock.request_s() - again_s) * 1000:.0f} ms of CPU")
        choices = [
            {name: str(each.raw[name]) for name in ("make", "model", *CLOSED_SETS)[: by_luck.randint(0, 5)]}
            for each in asked
        ]
        names = [
            {name: str(each.raw[name]) for name in ("make", "model")[: by_luck.randint(0, 2)]} for each in asked
        ]
        p95s = [
            p95_ms(clock, [partial(comparables.of, each.raw, TODAY) for each in asked], "comparables"),
            p95_ms(clock, [partial(filters.answer, raw) for raw in choices], "filters"),
            p95_ms(clock, [partial(overview, cards, raw) for raw in names], "market"),
        ]
        queries = [SearchQuery(str(each.raw["make"]), str(each.raw["model"])) for each in asked[:CHECKED]]
        p95_ms(clock, [partial(search.page, query, TODAY) for query in queries], "search with all deals")
        print(f"  nearest cars found of a search through all: {recall(asked[:CHECKED], newest):.2%}")
        db.session.remove()
        db.engine.dispose()
    return minutes <= LOAD_BAR_MINUTES and max(p95s) <= REQUEST_BAR_MS


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    with running(folder) as server:
        yield {"SQLite": f"sqlite:///{folder}/gateway.db", "PostgreSQL": server.url(server.create())}


def main(count: int) -> int:
    by_luck = random.Random(2)
    card = invented_card(by_luck)
    lives: list[bytes] = []
    some: list[Life] = []
    waiting: list[Life] = []
    for number, life in enumerate(invented(count, card.variants, NEWEST), 1):
        waiting.append(life)
        if number % max(count // REQUESTS, 1) == 0:
            some.append(life)
        if len(waiting) == LINES_A_PART or number == count:
            lives.append(lines(waiting))
            waiting = []
    print(f"{count:,} listings in {len(lives)} parts of {sum(map(len, lives)) / 1e6:,.0f} MB in all", flush=True)
    holds = True
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        for kind, url in urls.items():
            print(kind, flush=True)
            holds = measure(url, card, lives, some) and holds
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else LISTINGS))
