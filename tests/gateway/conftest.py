"""Fixtures: a model server of its own and a gateway of its own for every test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.app import create_app
from gateway.config import Config
from tests.gateway import market
from tests.gateway.databases import BOTH, PostgresqlDatabases, SqliteDatabases
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import Gateway
from tests.postgresql import PostgreSQL, running

OpenGateway = Callable[..., Gateway]


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A PostgreSQL server, started when the first test asks for it."""
    with running(tmp_path_factory.mktemp("postgresql")) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_databases(postgresql: PostgreSQL) -> PostgresqlDatabases:
    return PostgresqlDatabases(postgresql)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database without rows: each test that takes it runs on both kinds."""
    return request.getfixturevalue(f"{request.param}_databases").new()


@pytest.fixture
def model_server() -> Iterator[FakeModelServer]:
    """Prices by the market's table, as version 1, until told to misbehave."""
    server = FakeModelServer(market.table())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def challenger_server() -> Iterator[FakeModelServer]:
    """Prices everything somewhat higher, as version 2, until told to misbehave."""
    server = FakeModelServer(market.dearer(1.02), version="2")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def open_gateway(sqlite_databases: SqliteDatabases, model_server: FakeModelServer) -> Iterator[OpenGateway]:
    """Opens a gateway, with the card of version 1 published unless publish=False, on SQLite unless told otherwise.

    It keeps no prices unless told to, so that each request reaches the model server.
    """
    opened: list[Gateway] = []

    def open_one(publish: bool = True, **settings: Any) -> Gateway:
        ours = {"model_url": model_server.url, "kept_prices": 0}
        if "database_url" not in settings:
            ours["database_url"] = sqlite_databases.new()
        app = create_app(Config(**{**ours, **settings}))
        gateway = Gateway(app)
        opened.append(gateway)
        if publish:
            gateway.publish(market.card())
        return gateway

    yield open_one
    for gateway in opened:
        gateway.services.prices.stop()
        with gateway.app.app_context():
            gateway.app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def gateway(open_gateway: OpenGateway) -> Gateway:
    """A gateway beside the model server, both of version 1."""
    return open_gateway()


@pytest.fixture
def each_gateway(open_gateway: OpenGateway, database_url: str) -> Gateway:
    """The same on SQLite and on PostgreSQL: for whatever reads or writes the database."""
    return open_gateway(database_url=database_url)
