"""A digest of the code behind a module, by which results of earlier code are told from those of today's."""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent


def code_digest(module: str) -> str:
    """SHA-256 of the sources of one of our modules and of all of ours that it imports, however far away."""
    digest = hashlib.sha256()
    for path in code_behind(module):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def code_behind(module: str) -> list[Path]:
    """The files of one of our modules and of all of ours that it imports, however far away."""
    return sorted(_closure(_path_of(module), set()))


def _closure(path: Path, found: set[Path]) -> set[Path]:
    found.add(path)
    for imported in _imports(path):
        if imported not in found:
            _closure(imported, found)
    return found


def _imports(path: Path) -> Iterator[Path]:
    """The files of our modules that a file imports: `from model import x` and `from model.x import y` alike."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE.name:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            yield from (file for file in map(_path_of, names) if file.is_file())


def _path_of(module: str) -> Path:
    return PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")
