"""What was done, remembered as small JSON files beside the result, and the digests that tell whether it still holds."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def read(path: Path) -> dict[str, Any]:
    """{} when there is none or it is broken: then the work is done again."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, record: dict[str, Any]) -> None:
    """Whole or not at all, also when we are killed meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    draft.write_text(json.dumps(record, indent=2) + "\n")
    os.replace(draft, path)


def file_digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_digest(root: Path, files: Iterable[Path]) -> str:
    """Of names and contents, in the order of the names."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(f"{path.relative_to(root)}\0{file_digest(path)}\n".encode())
    return total.hexdigest()
