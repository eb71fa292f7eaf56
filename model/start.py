"""dealership-model-server FOLDER: MLServer on a folder that promotion wrote, once the files that it names are checked.

MLflow runs served.py from a version's folder, which therefore cannot be trusted to check itself. So it is checked here,
at each start, by code that does not come from there; what was changed since it was signed is not touched.
"""

import json
import os
import sys
from pathlib import Path

from model.config import public_key_file
from model.errors import JobError
from model.signing import read_public_keys, verify

LOCAL = "file://"


def main() -> int:
    """Become MLServer; returns, with an exit code, only where that may not be."""
    folder = Path(sys.argv[1])
    keys = public_key_file()
    try:
        if keys is not None:
            verify(named(folder), read_public_keys(keys))
    except (JobError, OSError) as error:
        print(f"dealership-model-server: {error}", file=sys.stderr)
        return getattr(error, "exit_code", 1)
    # Beside this program, wherever its environment is.
    os.execv(Path(sys.executable).with_name("mlserver"), ["mlserver", "start", str(folder)])


def named(folder: Path) -> Path:
    """The version's folder that MLServer's settings name. Raises JobError where it is not on this disk: MLServer
    would fetch it, after which nobody has checked it.
    """
    uri = json.loads((folder / "model-settings.json").read_text(encoding="utf-8"))["parameters"]["uri"]
    version = Path(uri.removeprefix(LOCAL))
    if not version.is_dir():
        raise JobError(f"there is no folder at {uri} that could be checked and served")
    return version
