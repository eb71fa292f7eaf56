"""The nearest listings: none is missed that a search through all would find, and no query reads the whole table."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import event, select, text

from gateway.db.listing import MarketModelRow
from gateway.extensions import db
from gateway.services import retention
from gateway.services.filters import Filters
from gateway.services.identity import OPERATOR
from gateway.services.market import alike, sources
from gateway.services.market.alike import Wanted, nearest, within
from gateway.services.market.days import registered_month
from gateway.services.market.overview import overview
from gateway.services.market.runs import Part, bring
from gateway.services.market.search_query import SORTS, read_search
from gateway.services.retention import Periods
from tests.gateway import lives, market
from tests.gateway.gateways import GOLF, Gateway
from tests.gateway.lives import NEWEST, SOURCE

LISTINGS = 6_000
TODAY = date(2024, 7, 1)
VARIANTS = [
    ((make, model, fuel, gearbox, offer_type), listings)
    for (make, model), (_, _, variants) in market.MARKET.items()
    for fuel, gearbox, offer_type, listings in variants
]
DAY = timedelta(days=1)


@pytest.fixture
def filled(each_gateway: Gateway) -> Iterator[Gateway]:
    """A gateway with a market, within its context."""
    with each_gateway.app.app_context():
        some = list(lives.invented(LISTINGS, VARIANTS, NEWEST))
        for number in range(2):
            body = lives.lines(some[number::2])
            bring(Part(SOURCE, "run-1", number + 1, 2), BytesIO(body), TODAY)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        yield each_gateway
        db.session.rollback()


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What the database is asked within the block."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def scans(asked: list[tuple[str, Any]]) -> list[str]:
    """What reads all listings: the statements of whose plans a step does."""
    connection = db.session.connection()
    about = [each for each in asked if re.search(r"\blisting\b", each[0]) and not each[0].startswith("INSERT")]
    assert len(about) > 10
    found = []
    for statement, parameters in about:
        if connection.dialect.name == "sqlite":
            plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            found += [statement for step in plan if step.startswith("SCAN listing")]
        else:
            # A table as small as this one may be read whole at less cost.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
            kinds = [(node["Node Type"], node.get("Relation Name")) for node in nodes(plan["Plan"])]
            found += [statement for kind, table in kinds if kind == "Seq Scan" and table == "listing"]
    db.session.rollback()
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def wanted(life: Any, mileage_km: float, power_hp: float) -> Wanted:
    vehicle = life.vehicle
    model = db.session.scalar(select(MarketModelRow.sequence).where(MarketModelRow.model == vehicle.model))
    changed = replace(vehicle, mileage_km=mileage_km, power_hp=power_hp)
    return Wanted(model or 0, changed, registered_month(life.first_registration))


def test_the_nearest_are_those_of_a_search_through_all(filled: Gateway) -> None:
    """Law: whatever the car, rare or common, none nearer is missed."""
    # given cars much like those of the market
    for number, life in enumerate(lives.invented(25, VARIANTS, NEWEST, seed=7)):
        car = wanted(life, life.vehicle.mileage_km * (0.8 + number / 50), life.vehicle.power_hp * 1.05)
        # when the nearest are looked for
        found = [(row.car, row.id) for row in nearest(car, 12, NEWEST)]
        # then they are those of all that are alike, in their order, one a car
        all_rows = db.session.execute(within(car, alike.DISTANCES[-1], NEWEST)).all()
        best: dict[str, str] = {}
        for row in all_rows:
            best.setdefault(row.car, row.id)
        assert found == list(best.items())[:12]


def test_no_question_reads_all_listings(filled: Gateway) -> None:
    """Comparables, filters, figures, searches in each order, and pruning: all off indexes."""
    services = filled.services
    with statements() as asked:
        services.comparables.of(GOLF, TODAY)
        overview(services.cards, {"make": "VW"})
        Filters(services.cards).answer({})
        for sort in SORTS:
            raw = {"make": "VW", "sort": sort, "fuel": "petrol", "max_price_eur": "30000", "limit": "5"}
            page = services.search.page(read_search(services.cards, raw), TODAY)
            services.search.page(read_search(services.cards, {**raw, "cursor": page["next"]}), TODAY)
        retention.prune(Periods(undo=DAY, valuations=DAY, contacts=DAY, listings=500 * DAY))
        bring(Part(SOURCE, "run-2", 1, 1), BytesIO(lives.lines([lives.life(1)])), TODAY)
    # when the plans are read, then none of them does
    assert scans(asked) == []


def test_a_source_is_taken_out(filled: Gateway) -> None:
    """With all that it told; others stay, and may be told anew."""
    # given listings of two sources
    other = lives.life(1, source="other", prices=lives.life().prices)
    bring(Part("other", "run-1", 1, 1), BytesIO(lives.lines([other])), TODAY)
    assert [(each.name, each.listings, each.runs) for each in sources.all_sources()] == [
        (SOURCE, LISTINGS, 1), ("other", 1, 1),
    ]  # fmt: skip
    # when one is taken out
    assert sources.remove(OPERATOR, SOURCE) == LISTINGS
    # then the other is left, in the figures too
    assert [(each.name, each.listings) for each in sources.all_sources()] == [("other", 1)]
    figures = overview(filled.services.cards, {})
    assert figures["supply"] == {"on_offer": 1, "gone": 0}
    assert {month["cars"] for month in figures["history"]} == {1}
