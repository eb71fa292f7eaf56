"""make gateway ARGS="…": one of the gateway's own commands, on the database of the run in this checkout."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from local import settings as all_settings
from local.errors import CannotGoOn

_NOT_THERE = 1
_WRONG_CALL = 2


def become(environ: Mapping[str, str]) -> int:
    """This process becomes the command, so that it has the terminal and its exit code is ours; returns only if not."""
    try:
        settings = all_settings.read(environ)
    except CannotGoOn as error:
        print(error, file=sys.stderr)
        return _WRONG_CALL
    program = settings.program("gateway", "dealership-gateway")
    if not Path(program).exists():
        print("The gateway is not installed here yet: `make run` or `make environments` does that.", file=sys.stderr)
        return _NOT_THERE
    os.execve(program, [program, *(settings.arguments or ["--help"])], settings.child_environment())
