"""dealership-gateway: serving, the database, model cards, accounts and more, as commands."""

import argparse
import os
import sys
from collections.abc import Sequence

from sqlalchemy.exc import ArgumentError, DBAPIError

from gateway.commands import (
    cards, database, feedback, listings, persons, promotions, retention, rights, rollouts, serve,
    tokens, users,
)  # fmt: skip
from gateway.errors import Problem

# Databases, backups and what is spooled hold personal data: what is written is for this user alone.
PRIVATE = 0o077


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0, 1 for what cannot be done, 2 for a wrong call or configuration."""
    options = _parser().parse_args(arguments)
    os.umask(PRIVATE)
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
    for module in (
        serve, rights, database, users, tokens, persons, retention, cards, promotions, rollouts, feedback, listings,
    ):  # fmt: skip
        module.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
