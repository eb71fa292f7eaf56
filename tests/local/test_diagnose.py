"""Real outputs of failed installers are recognised."""

import pytest

from local import diagnose
from tests.local.harness import HERE


@pytest.mark.parametrize(("output", "meaning"), [
    ("uv_no_network", "registry cannot be reached"),
    ("pip_no_network", "registry cannot be reached"),
    ("npm_no_network", "registry cannot be reached"),
    ("uv_disk_full", "disk is full"),
    ("uv_disk_full_cache", "disk is full"),
    ("uv_no_compiler", "build-essential"),
    ("uv_bad_hash", "not the one that was locked"),
    ("debian_no_ensurepip", "apt-get install python3-venv"),
])
def test_a_known_failure_is_explained(output: str, meaning: str) -> None:
    """The first sentence names the trouble, not a symptom of it."""
    assert meaning in (diagnose.explain((HERE / "outputs" / f"{output}.txt").read_text()) or "")


def test_an_unknown_failure_is_left_to_speak_for_itself() -> None:
    """No guess is better than a wrong one."""
    assert diagnose.explain("error: something nobody has seen") is None
