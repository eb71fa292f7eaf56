"""Which Node.js builds the web app."""

from pathlib import Path

import pytest

from local import web
from local.console import Console
from local.errors import CannotGoOn
from local.runner import Runner
from local.settings import read
from local.stopping import StopRequest


def test_a_path_that_reads_as_an_address_is_told(tmp_path: Path) -> None:
    """Its tools would look for their files elsewhere, and fail with a trace."""
    # given a checkout in such a folder, when its web app is to be built, then it is told why it cannot be
    settings = read({}, checkout=tmp_path / "c# projects")
    (settings.checkout / "gateway" / "web").mkdir(parents=True)
    with pytest.raises(CannotGoOn, match="Move the checkout"):
        web.build(Runner(settings, Console(), StopRequest()))


@pytest.mark.parametrize(("version", "fits"), [
    ((), False), ((18, 20, 4), False), ((20, 18, 0), False), ((20, 19, 0), True), ((21, 7, 0), False),
    ((22, 11, 0), False), ((22, 12, 0), True), ((24, 1, 0), True),
])
def test_only_versions_that_vite_supports_fit(version: tuple[int, ...], fits: bool) -> None:
    """Others are passed over for the one from PyPI."""
    assert web._fits(version) is fits
