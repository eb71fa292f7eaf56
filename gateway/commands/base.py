"""What commands share."""

import argparse
from typing import Any

from apiflask import APIFlask

from gateway.app import create_app
from gateway.config import read_config

Commands = Any  # argparse's own type of a list of sub-commands has no public name


def app() -> APIFlask:
    """An app with the environment's configuration."""
    return create_app(read_config())


def group(commands: Commands, name: str, text: str) -> Commands:
    """A command with actions of its own; add them to what this returns."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    return parser.add_subparsers(title="actions", required=True, metavar="ACTION")
