"""What the WSGI server's worker loads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import main
from tests.gateway.fake_model_server import LOOPBACK, closed_port

SCRIPT = """
import gc, os
from gateway.wsgi import serving_app
serving_app()
print(gc.get_freeze_count(), len(gc.get_objects()), flush=True)
os._exit(0)  # without a wait for what runs beside it
"""


def test_what_stays_loaded_is_not_walked_through_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full collection over all modules takes a tenth of a second, in which nobody is answered."""
    # given a worker's configuration
    monkeypatch.setenv("GATEWAY_DATABASE_URL", f"sqlite:///{tmp_path}/gateway.db")
    monkeypatch.setenv("GATEWAY_MODEL_URL", f"http://{LOOPBACK}:{closed_port()}")
    monkeypatch.setenv("GATEWAY_METRICS_PORT", str(closed_port()))
    assert main(["db", "upgrade"]) == 0
    # when it has loaded, then next to nothing is left that the collector walks through
    command = [sys.executable, "-c", SCRIPT]
    loaded = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=True, timeout=60)
    frozen, walked = map(int, loaded.stdout.split())
    assert frozen > 50_000 and walked < frozen / 20
