"""Which Node.js builds the web app."""

import pytest

from local import web


@pytest.mark.parametrize(("version", "fits"), [
    ((), False), ((18, 20, 4), False), ((20, 18, 0), False), ((20, 19, 0), True), ((21, 7, 0), False),
    ((22, 11, 0), False), ((22, 12, 0), True), ((24, 1, 0), True),
])
def test_only_versions_that_vite_supports_fit(version: tuple[int, ...], fits: bool) -> None:
    """Others are passed over for the one from PyPI."""
    assert web._fits(version) is fits
