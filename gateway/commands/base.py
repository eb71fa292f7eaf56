"""What commands share."""

import argparse
import json
import sys
from pathlib import Path
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


def read_json_file(file: Path) -> Any:
    """The JSON in a file, or in standard input for "-". Raises ValueError, OSError."""
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"{file} is not JSON: {error}") from error
