"""dealership-gateway: serving, the database and the model cards as commands."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from apiflask import APIFlask
from flask_migrate import downgrade, upgrade
from sqlalchemy.exc import ArgumentError, DBAPIError

from gateway.app import create_app
from gateway.config import Config, read_config
from gateway.errors import Problem
from gateway.services.container import services
from gateway.serving import serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0, 1 for what cannot be done, 2 for a wrong call or configuration."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except ValueError as error:
        print(f"dealership-gateway: {error}", file=sys.stderr)
        return 2
    except ArgumentError as error:
        print(f"dealership-gateway: GATEWAY_DATABASE_URL is no address of a database: {error}", file=sys.stderr)
        return 2
    except DBAPIError as error:
        print(f"dealership-gateway: the database refuses: {error.orig}", file=sys.stderr)
        return 1
    except (Problem, OSError) as error:
        print(f"dealership-gateway: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dealership-gateway",
        description="The gateway. Its settings are read from the environment: GATEWAY_DATABASE_URL and others.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serving = commands.add_parser("serve", help="serve the API and the web app until stopped")
    serving.set_defaults(run=_serve)

    database = commands.add_parser("db", help="migrate the database")
    actions = database.add_subparsers(title="actions", required=True, metavar="ACTION")
    up = actions.add_parser("upgrade", help="bring the tables to this code's state (safe to repeat)")
    up.set_defaults(run=_upgrade)
    down = actions.add_parser("downgrade", help="take the last migration back, or all down to a revision")
    down.add_argument("revision", nargs="?", default="-1", help="the revision to go back to (default: one back)")
    down.set_defaults(run=_downgrade)

    card = commands.add_parser("card", help="publish model cards")
    card_actions = card.add_subparsers(title="actions", required=True, metavar="ACTION")
    put = card_actions.add_parser("put", help="publish a version's card (safe to repeat)")
    put.add_argument("file", type=Path, help="the card, as JSON; - for standard input")
    put.set_defaults(run=_put_card)

    openapi = commands.add_parser("openapi", help="print the API's OpenAPI 3.1 document")
    openapi.set_defaults(run=_openapi)
    return parser


def _serve(_: argparse.Namespace) -> int:
    config = read_config()
    create_app(config)  # a mistake is told here, and not by a worker that cannot start
    serve(config)
    return 0


def _upgrade(_: argparse.Namespace) -> int:
    with _app().app_context():
        upgrade()
    return 0


def _downgrade(options: argparse.Namespace) -> int:
    with _app().app_context():
        downgrade(revision=options.revision)
    return 0


def _put_card(options: argparse.Namespace) -> int:
    text = sys.stdin.read() if str(options.file) == "-" else options.file.read_text(encoding="utf-8")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{options.file} is not JSON: {error}") from error
    with _app().app_context():
        new = services().cards.put(document)
    print(f"card of version {document['version']} {'published' if new else 'was published before'}", file=sys.stderr)
    return 0


def _openapi(_: argparse.Namespace) -> int:
    app = create_app(Config(database_url="sqlite://"))
    with app.app_context():
        print(json.dumps(app.spec, indent=1, ensure_ascii=False))
    return 0


def _app() -> APIFlask:
    return create_app(read_config())


if __name__ == "__main__":
    sys.exit(main())
