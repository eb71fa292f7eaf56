"""Fixtures of real processes, each of which a test may kill, stop or starve."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.app import create_app
from gateway.config import Config
from tests.faults.processes import ServedGateway
from tests.gateway import market
from tests.gateway.conftest import (  # noqa: F401
    database_url,
    model_server,
    postgresql,
    postgresql_databases,
    sqlite_databases,
)
from tests.gateway.databases import SqliteDatabases
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import Gateway

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"

Serve = Callable[..., ServedGateway]


@pytest.fixture
def serve(
    sqlite_databases: SqliteDatabases, model_server: FakeModelServer, tmp_path: Path  # noqa: F811
) -> Iterator[Serve]:
    """Starts `dealership-gateway serve` beside a model server, with its card; settings as Config names them."""
    started: list[ServedGateway] = []

    def start(
        card: dict[str, Any] | None = None, ready: bool = True, environment: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> ServedGateway:
        settings = {"database_url": "", "model_url": model_server.url, "kept_prices": 0, **settings}
        settings["database_url"] = settings["database_url"] or sqlite_databases.new()
        if ready:
            publish(settings["database_url"], card or market.card())
        served = ServedGateway(tmp_path / f"gateway-{len(started)}.log", environment, **settings)
        started.append(served)
        served.start(200 if ready else 503)
        return served

    yield start
    for served in started:
        served.kill()


def publish(url: str, card: dict[str, Any]) -> None:
    app = create_app(Config(database_url=url))
    Gateway(app).publish(card)
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
