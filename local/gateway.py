"""make gateway ARGS="…": one of the gateway's own commands, on the database of the run in this checkout."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from local import settings as all_settings
from local.errors import CannotGoOn

_WRONG_CALL = 2


def become(environ: Mapping[str, str]) -> int:
    """This process becomes the command, so that it has the terminal and its exit code is ours; returns only if not."""
    try:
        settings = all_settings.read(environ)
        arguments = shlex.split(environ.get("ARGS", "--help"))
    except (CannotGoOn, ValueError) as error:
        print(f"ARGS cannot be read: {error}" if isinstance(error, ValueError) else error, file=sys.stderr)
        return _WRONG_CALL
    program = settings.program("gateway", "dealership-gateway")
    if not Path(program).exists():
        print("The gateway is not installed here yet: `make run` or `make environments` does that.", file=sys.stderr)
        return CannotGoOn.exit_code
    os.execve(program, [program, *arguments], settings.child_environment())
