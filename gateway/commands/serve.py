"""serve, and openapi: what the API is."""

import argparse
import json
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from gateway.app import create_app
from gateway.commands.base import Commands
from gateway.config import Config, read_config
from gateway.db.engine import tidy
from gateway.extensions import db
from gateway.serving import serve, serve_debug


def add(commands: Commands) -> None:
    serving = commands.add_parser("serve", help="serve the API and the web app until stopped")
    serving.add_argument(
        "--debug", action="store_true", help="for whoever works on it: it starts again when its code changes"
    )
    serving.set_defaults(run=_serve)
    openapi = commands.add_parser("openapi", help="print the API's OpenAPI 3.1 document")
    openapi.set_defaults(run=_openapi)


def _serve(options: argparse.Namespace) -> int:
    config = read_config()
    app = create_app(config)  # a mistake is told here, and not by a worker that cannot start
    if options.debug:
        serve_debug(app, config)
        return 0
    serve(config)
    with app.app_context(), suppress(SQLAlchemyError):
        tidy(db.engine)
    return 0


def _openapi(_: argparse.Namespace) -> int:
    app = create_app(Config(database_url="sqlite://"))
    with app.app_context():
        print(json.dumps(app.spec, indent=1, ensure_ascii=False))
    return 0
