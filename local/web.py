"""The web app: gateway/web, built by Vite into gateway/static."""

import re
import shutil
import subprocess
from pathlib import Path

from local import environments, records
from local.errors import CannotGoOn
from local.runner import Runner
from local.settings import Settings

_LOG = "web"
# made by the build itself, so no reason to build again
_NOT_SOURCES = {"node_modules", "dist", "schema.d.ts", ".vite", "coverage"}


def build(runner: Runner) -> str:
    """What was done, for the step's closing line."""
    settings = runner.settings
    record = settings.environments / "web.json"
    built_from = {"sources": _sources_digest(settings)}
    if records.read(record) == built_from and (settings.checkout / "gateway" / "static" / "index.html").exists():
        return "as built before"
    if {"#", "?"} & set(str(settings.checkout)):
        raise CannotGoOn(f"The web app cannot be built in {settings.checkout}: its tools take # and ? in a path for\n"
                         "parts of an address. Move the checkout to a folder without them.")
    record.unlink(missing_ok=True)
    install_packages(runner)
    _run_npm(runner, "run", "build")
    records.write(record, built_from)
    return "built"


def install_packages(runner: Runner) -> None:
    folder = source(runner.settings)
    record = folder / "node_modules" / ".dealership.json"
    wanted = {"npm": str(npm(runner)), "lock": records.tree_digest(folder, _lock_files(folder))}
    if records.read(record) != wanted:
        _run_npm(runner, "ci", "--no-audit", "--no-fund")
        records.write(record, wanted)


def _run_npm(runner: Runner, *arguments: str) -> None:
    program = npm(runner)
    # npm's scripts find the same Node.js by PATH
    runner.must([str(program), *arguments], _LOG, cwd=source(runner.settings), path_first=program.parent)


def source(settings: Settings) -> Path:
    return settings.checkout / "gateway" / "web"


def npm(runner: Runner) -> Path:
    """The machine's own when its Node.js fits Vite 8's demands, else one from PyPI."""
    node, own_npm = shutil.which("node"), shutil.which("npm")
    if node and own_npm and _fits(_version(node)) and _version(own_npm):
        return Path(own_npm)
    runner.console.detail("Node.js from PyPI, as this machine has none that fits")
    environments.make(environments.NODE, runner)
    return Path(runner.settings.program(environments.NODE.name, "npm"))


def _version(program: str) -> tuple[int, ...]:
    """() when it does not even start."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else ()


def _fits(version: tuple[int, ...]) -> bool:
    return (20, 19) <= version < (21,) or version >= (22, 12)


def _lock_files(folder: Path) -> list[Path]:
    return [folder / "package.json", folder / "package-lock.json"]


def _sources_digest(settings: Settings) -> str:
    folder = source(settings)
    files = [path for path in folder.rglob("*")
             if path.is_file() and not _NOT_SOURCES & set(path.relative_to(folder).parts)
             and path.suffix != ".tsbuildinfo"]
    return records.tree_digest(folder, files)
