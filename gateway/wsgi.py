"""What the WSGI server's worker loads: the gateway with the environment's configuration, and what it has beside it."""

import gc

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
    _leave_to_stay()
    return app


def _leave_to_stay() -> None:
    """Keep the collector of garbage from what is loaded for good: else it walks through some hundred thousand objects
    every other second under load, and for a tenth of a second nobody is answered.
    """
    gc.collect()
    gc.freeze()
