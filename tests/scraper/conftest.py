"""What the scraper's tests share with the gateway's: a gateway on either database."""

from tests.gateway.conftest import (  # noqa: F401
    database_url,
    each_gateway,
    gateway,
    model_server,
    open_gateway,
    postgresql,
    postgresql_databases,
    sqlite_databases,
)
