"""What a route asks of the database is compiled once: SQLAlchemy keeps some hundred statements, and whatever makes new
ones each time pushes all others out, and takes their memory.
"""

from collections.abc import Iterator

import pytest

from gateway.api.access import ANYONE
from gateway.app import create_app
from gateway.config import Config
from gateway.extensions import db
from tests.gateway import market
from tests.gateway.api.calls import MARKS
from tests.gateway.api.test_rights import ROUTES
from tests.gateway.databases import BOTH
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import Gateway

Compiled = dict[object, object]


@pytest.fixture(scope="module", params=BOTH)
def house(request: pytest.FixtureRequest) -> Iterator[tuple[Gateway, Compiled]]:
    """One gateway for all routes, and what it has compiled."""
    url = request.getfixturevalue(f"{request.param}_databases").new()
    server = FakeModelServer(market.table())
    server.start()
    gateway = Gateway(create_app(Config(database_url=url, model_url=server.url, limit_attempts=False)))
    compiled: Compiled = {}
    with gateway.app.app_context():
        db.engine.update_execution_options(compiled_cache=compiled)
    gateway.publish(market.card())
    gateway.account("admin")  # none of the others is the last
    yield gateway, compiled
    gateway.services.prices.stop()
    server.stop()
    with gateway.app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_route_asks_by_the_same_statements_each_time(house: tuple[Gateway, Compiled], route: str) -> None:
    # given a route that was called before by somebody who may
    gateway, compiled = house
    rule = ROUTES[route]

    def call() -> None:
        whose = sorted(rule.own or rule.roles - {ANYONE}) or ["customer"]
        caller = gateway.account(whose[0])
        owner = caller if rule.own else gateway.account("customer")
        client = gateway.logged_in(caller) if rule.own or rule.roles else gateway.with_token(*rule.scopes)
        response = MARKS[route](gateway, owner).send(client, route)
        assert response.status_code < 300, response.text[:500]

    for _ in range(2):  # what is there only from the first call on is asked for by the second
        call()
    known = len(compiled)
    # when it is called again, then nothing is compiled for it
    call()
    assert len(compiled) == known
