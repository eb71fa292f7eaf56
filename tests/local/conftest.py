"""Fixtures: checkouts to run in, and files of listings."""

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.local.harness import Checkout, build_checkout


@pytest.fixture(scope="session", autouse=True)
def heard_hangup() -> None:
    """Under nohup the tests' processes would ignore the hang-up that some of them are sent, and rightly so."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def shared_checkout(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Its environments are made by whichever test comes first; making uv's takes seconds."""
    folder = tmp_path_factory.mktemp("shared") / "checkout"
    return folder, build_checkout(folder)


@pytest.fixture
def checkout(shared_checkout: tuple[Path, Path], tmp_path: Path) -> Iterator[Checkout]:
    """For most tests; what one of them makes or changes, the next one finds made or changed."""
    yield from _lent(Checkout(*shared_checkout, tmp_path))


@pytest.fixture
def own_checkout(tmp_path: Path) -> Iterator[Checkout]:
    """For tests that start from sources alone, or remove what was made."""
    folder = tmp_path / "checkout"
    yield from _lent(Checkout(folder, build_checkout(folder), tmp_path))


@pytest.fixture
def listings(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a file of listings with this header."""
    def write(header: str) -> Path:
        path = tmp_path / f"{re.sub('[^a-z]', '-', header)}.csv"
        path.write_text(f"{header}\n")
        return path
    return write


def _lent(checkout: Checkout) -> Iterator[Checkout]:
    yield checkout
    checkout.clean_up()
