"""What the WSGI server's worker loads."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import main
from tests.gateway.fake_model_server import LOOPBACK, closed_port

LOAD = """
import gc, os
from gateway.wsgi import serving_app
serving_app()
"""
END = """
os._exit(0)  # without a wait for what runs beside it
"""


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[int]]:
    """Runs a script in a worker that has loaded the gateway; the numbers that it prints."""
    monkeypatch.setenv("GATEWAY_DATABASE_URL", f"sqlite:///{tmp_path}/gateway.db")
    monkeypatch.setenv("GATEWAY_MODEL_URL", f"http://{LOOPBACK}:{closed_port()}")
    monkeypatch.setenv("GATEWAY_METRICS_PORT", str(closed_port()))
    assert main(["db", "upgrade"]) == 0

    def run(script: str) -> list[int]:
        command = [sys.executable, "-c", LOAD + script + END]
        ran = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=True, timeout=60)
        return list(map(int, ran.stdout.split()))

    return run


def test_what_stays_loaded_is_not_walked_through_again(loaded: Callable[[str], list[int]]) -> None:
    """A full collection over all modules takes a tenth of a second, in which nobody is answered."""
    # given a loaded worker, when it is asked, then next to nothing is left that the collector walks through
    frozen, walked = loaded("print(gc.get_freeze_count(), len(gc.get_objects()), flush=True)")
    assert frozen > 50_000 and walked < frozen / 20


def test_what_is_large_is_given_back(loaded: Callable[[str], list[int]]) -> None:
    """As much as a password's hash takes, as often as somebody logs in."""
    # given a loaded worker, when it takes and frees as much several times, then it holds no more than before
    before, after = loaded("""
import psutil
of_this = psutil.Process()
before = of_this.memory_info().rss
for _ in range(4):
    held = b"x" * (20 << 20)
    del held
print(before, of_this.memory_info().rss, flush=True)
""")
    assert after - before < 5 << 20
