"""Fixtures: a model server of its own and a gateway of its own for every test."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import upgrade

from gateway.app import create_app
from gateway.config import Config
from tests.gateway import market
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import Gateway

OpenGateway = Callable[..., Gateway]


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and no rows, for tests to copy."""
    path = tmp_path_factory.mktemp("migrated") / "gateway.db"
    app = create_app(Config(database_url=f"sqlite:///{path}"))
    with app.app_context():
        upgrade()
        app.extensions["sqlalchemy"].engine.dispose()
    return path


@pytest.fixture
def model_server() -> Iterator[FakeModelServer]:
    """Prices by the market's table, as version 1, until told to misbehave."""
    server = FakeModelServer(market.table())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def open_gateway(tmp_path: Path, migrated_database: Path, model_server: FakeModelServer) -> Iterator[OpenGateway]:
    """Opens a gateway on a migrated database, with the card of version 1 published unless publish=False.

    It keeps no prices unless told to, so that each request reaches the model server.
    """
    opened: list[Gateway] = []

    def open_one(publish: bool = True, **settings: Any) -> Gateway:
        path = tmp_path / f"gateway-{len(opened)}.db"
        shutil.copy(migrated_database, path)
        ours = {"database_url": f"sqlite:///{path}", "model_url": model_server.url, "kept_prices": 0}
        app = create_app(Config(**{**ours, **settings}))
        gateway = Gateway(app)
        opened.append(gateway)
        if publish:
            gateway.publish(market.card())
        return gateway

    yield open_one
    for gateway in opened:
        gateway.services.monitor.stop()
        with gateway.app.app_context():
            gateway.app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def gateway(open_gateway: OpenGateway) -> Gateway:
    """A gateway beside the model server, both of version 1."""
    return open_gateway()
