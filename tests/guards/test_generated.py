"""Files that are made by a program are what it makes now."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_v2_messages_are_generated_from_their_proto(tmp_path: Path) -> None:
    """`make proto` was run after the last change of v2.proto, and nobody changed its output."""
    # given the proto, when its messages are generated
    ran = subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--python_out={tmp_path}", f"--pyi_out={tmp_path}",
         "gateway/inference/v2.proto"],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    # then they are those that stand in the tree
    for name in ("v2_pb2.py", "v2_pb2.pyi"):
        generated = (tmp_path / "gateway/inference" / name).read_text(encoding="utf-8")
        assert (ROOT / "gateway/inference" / name).read_text(encoding="utf-8") == generated


def test_the_web_apps_openapi_document_is_the_gateways() -> None:
    """The client is generated from it: `dealership-gateway openapi > gateway/web/openapi.json` was run."""
    # given the gateway's document
    printed = subprocess.run(
        [Path(sys.executable).with_name("dealership-gateway"), "openapi"], cwd=ROOT, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert printed.returncode == 0, printed.stderr
    # when it is compared with the web app's, then they are one
    assert (ROOT / "gateway/web/openapi.json").read_text(encoding="utf-8") == printed.stdout
