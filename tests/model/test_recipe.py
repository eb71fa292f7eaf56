"""The recipe's digest: it changes with what decides prices, and with nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from model.recipe import recipe_digest

MODEL = Path(__file__).resolve().parents[2] / "model"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package, to change."""
    return Path(shutil.copytree(MODEL, tmp_path / "model", ignore=shutil.ignore_patterns("__pycache__")))


def digest_in(package: Path) -> str:
    program = "from model.recipe import recipe_digest; print(recipe_digest())"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=package.parent, capture_output=True, text=True, timeout=60
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.mark.parametrize(
    ("file", "old", "new", "differs"),
    [
        ("recipe.py", 'RECIPE = "', 'RECIPE = "other ', True),
        ("ranges.py", "MODEL_PULL = 50.0", "MODEL_PULL = 60.0", True),
        ("ranges.py", "MODEL_PULL = 50.0", "MODEL_PULL = 50.0  # a comment", False),
        ("ranges.py", '"""How far off a price may be', '"""By how much a price may be off', False),
        ("promotion.py", "import hashlib", "import hashlib\nimport json", False),
    ],
)
def test_it_changes_with_what_decides_prices(copied: Path, file: str, old: str, new: str, differs: bool) -> None:
    # given a change of the code, when the recipe's digest is taken, then it differs if prices could
    path = copied / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert (digest_in(copied) != recipe_digest()) is differs
