"""The digest of code: it follows every import, and changes with every byte."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from model.code_digest import code_digest

MODEL = Path(__file__).resolve().parents[2] / "model"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package, to change."""
    return Path(shutil.copytree(MODEL, tmp_path / "model", ignore=shutil.ignore_patterns("__pycache__")))


def digest_in(package: Path, module: str) -> str:
    """The digest as the copy's own code takes it."""
    program = f"from model.code_digest import code_digest; print(code_digest({module!r}))"
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=package.parent, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_the_same_code_has_the_same_digest_wherever_it_is(copied: Path) -> None:
    # given a copy of the code, when digests are taken, then they are the original's
    assert digest_in(copied, "model.fitting") == code_digest("model.fitting")


@pytest.mark.parametrize(
    ("changed", "module", "differs"),
    [
        ("fitting.py", "model.fitting", True),
        ("axes.py", "model.fitting", True),  # imported by what fitting imports
        ("schema/features.py", "model.fitting", True),
        ("experiments/linear_regressions.py", "model.fitting", False),
        ("experiments/linear_regressions.py", "model.experiments.linear_regressions", True),
        ("experiments/lightgbm_trees.py", "model.experiments.linear_regressions", False),
    ],
)
def test_a_change_counts_where_it_is_imported(copied: Path, changed: str, module: str, differs: bool) -> None:
    # given a module that was changed, when a module's digest is taken, then it differs if the one needs the other
    before = digest_in(copied, module)
    with (copied / changed).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert (digest_in(copied, module) != before) is differs
