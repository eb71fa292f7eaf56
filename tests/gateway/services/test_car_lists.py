"""What a page of the list of cars costs: the same in a stock of 1,000 cars and of 100,000."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from sqlalchemy import event, func, select, text

from gateway.db.car import CarRow
from gateway.extensions import db
from gateway.services import car_lists
from gateway.services.car_queries import SORTS, CarQuery
from gateway.services.identity import OPERATOR
from tests.gateway import stock
from tests.gateway.conftest import OpenGateway
from tests.gateway.databases import BOTH, POSTGRESQL, SQLITE
from tests.gateway.gateways import Gateway

FEW = 1_000
WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
MANY = 100_000 if WHOLE else 4_000
ORDERS = SORTS if WHOLE else ("-created", "price", "-registration")
MOST_TIMES_THE_WORK = 2.0
# Steps or rows: what finding one car more or less makes. Of a stock between the two PostgreSQL may sort the entries
# that are looked at; of a big one it does not.
NEXT_TO_NOTHING = {SQLITE: 300, POSTGRESQL: 300 if WHOLE else 8 * car_lists.MOST_FOUND}
MOST_BLOCKS = 500  # of 8 kB, for one page
SEARCHES: tuple[tuple[str, ...], ...] = ((), (stock.RARE,), (stock.COMMON,), (stock.COMMON, stock.RARE))
STATES = (None, "in_stock")

Statement = tuple[str, Any]  # and its parameters


def queries() -> Iterator[CarQuery]:
    """Every order, with and without a state, with each search, from the start and from the middle of the stock."""
    for sort in ORDERS:
        order = CarQuery(sort=sort)
        columns = (order.column, CarRow.sequence)
        count = db.session.scalars(select(func.count()).select_from(CarRow)).one()
        value, sequence = db.session.execute(select(*columns).order_by(*columns).offset(count // 2).limit(1)).one()
        for state, words, after in product(STATES, SEARCHES, (None, (value, sequence))):
            yield CarQuery(words, state=state, sort=sort, after=after)


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """What the database is asked within the block."""
    asked: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def explain_sqlite(asked: list[Statement]) -> list[str]:
    """The steps of SQLite's plans."""
    connection = db.session.connection()
    return [
        row[-1] for statement, parameters in asked
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    ]  # fmt: skip


def work_of_sqlite(query: CarQuery) -> int:
    """The steps of its virtual machine."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection: Any = db.session.connection().connection.dbapi_connection
    connection.set_progress_handler(step, 1)
    try:
        car_lists.page(OPERATOR, query)
    finally:
        connection.set_progress_handler(None, 1)
    return steps


def explain_postgresql(asked: list[Statement]) -> list[dict[str, Any]]:
    """PostgreSQL's plans, as they ran."""
    connection = db.session.connection()
    plans = []
    for statement, parameters in asked:
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
        found = connection.exec_driver_sql(explain, parameters).scalar_one()
        plans.append((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])
    return plans


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def work_of_postgresql(plans: list[dict[str, Any]]) -> float:
    """The rows that its nodes gave or threw away."""
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for plan in plans for node in nodes(plan)
    )  # fmt: skip


def stocked(open_gateway: OpenGateway, url: str, count: int) -> Gateway:
    """A gateway with this many cars."""
    gateway = open_gateway(database_url=url)
    with gateway.app.app_context():
        stock.fill(count)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE" if url.startswith("postgresql") else "ANALYZE"))
    return gateway


@pytest.fixture(params=BOTH)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.timeout(900)  # most of it to write 100,000 cars
def test_a_page_costs_the_same_in_a_big_stock(
    kind: str, request: pytest.FixtureRequest, open_gateway: OpenGateway
) -> None:
    """Law: no page of 100,000 cars takes more than twice the work of one of 1,000, and none reads or sorts them all."""
    # given a small stock and a big one
    new = request.getfixturevalue(f"{kind}_databases").new
    costs: dict[int, list[tuple[CarQuery, float]]] = {}
    for count in (FEW, MANY):
        with stocked(open_gateway, new(), count).app.app_context():
            # when each kind of page is asked for, then it holds cars, and the plans are read off indexes alone
            costs[count] = []
            for query in queries():
                with statements() as asked:
                    rows, _ = car_lists.page(OPERATOR, query)
                assert rows or stock.RARE in query.words
                if kind == SQLITE:
                    check_plan_of_sqlite(explain_sqlite(asked))
                    costs[count].append((query, work_of_sqlite(query)))
                else:
                    plans = explain_postgresql(asked)
                    if count == MANY:  # a few pages are read faster than their index
                        check_plans_of_postgresql(plans)
                    costs[count].append((query, work_of_postgresql(plans)))
    # and the work for each is much the same
    assert len(costs[FEW]) == len(ORDERS) * len(STATES) * len(SEARCHES) * 2
    for (query, few), (_, many) in zip(costs[FEW], costs[MANY], strict=True):
        assert many <= max(MOST_TIMES_THE_WORK * few, NEXT_TO_NOTHING[kind]), query


def check_plan_of_sqlite(steps: list[str]) -> None:
    assert steps
    for step in steps:
        assert "TEMP B-TREE" not in step, steps
        assert " INDEX " in step or " PRIMARY KEY " in step or "SUBQUERY" in step, steps


def check_plans_of_postgresql(plans: list[dict[str, Any]]) -> None:
    all_nodes = [node for plan in plans for node in nodes(plan)]
    kinds = {node["Node Type"] for node in all_nodes}
    assert kinds <= {"Limit", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Bitmap Index Scan", "Sort"}, plans
    # In a small table the rows of a page lie together in few blocks: they cannot be compared, but have a bound.
    assert sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans) <= MOST_BLOCKS, plans
    # Entries of a word may be sorted, where they are few anyway, or cars that tie; all cars are not.
    sorted_rows = [below["Actual Rows"] for node in all_nodes if node["Node Type"] == "Sort" for below in node["Plans"]]
    assert max(sorted_rows, default=0) <= 2 * car_lists.MOST_FOUND, plans
