"""What the WSGI server's worker loads: the gateway with the environment's configuration, and what it has beside it."""

from flask import Flask

from gateway.app import create_app
from gateway.config import read_config
from gateway.serving import start_beside
from gateway.telemetry import configure_logging


def serving_app() -> Flask:
    configure_logging()
    config = read_config()
    app = create_app(config)
    start_beside(app, config)
    return app
