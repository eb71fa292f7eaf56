"""Signatures: serving loads what was signed and nothing else, whatever is done to its files."""

import json
import os
import shutil
import stat
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

from model.config import read_config
from model.errors import FilesError, JobError
from model.registry import Registry
from model.schema.features import FEATURES
from model.signing import (
    SIGNATURE_FILE,
    TABLE_FILE,
    check_names,
    read_private_key,
    read_public_keys,
    sign,
    verify,
    write_new_key,
)
from model.table_reading import read_table
from tests.model.tampering import TAMPERINGS, tampered
from tests.ports import free_ports
from tests.product import CHECKOUT

TAMPERED = 100 if os.environ.get("DEALERSHIP_VERIFY") == "1" else 2 * len(TAMPERINGS)
READY_WITHIN_S = 90  # of a model server, on a busy machine
PATIENCE_S = 240  # with a command, there
ABOUT = {"name": "car-price", "version": "1"}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The private key's file; the public one is beside it."""
    file = tmp_path_factory.mktemp("keys") / "signing"
    write_new_key(file)
    return file


@pytest.fixture(scope="module")
def signed(trained: Any, keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the trained version's folder, signed."""
    uri = Registry(read_config({"DEALERSHIP_VAR": str(trained.var)})).storage_uri(trained.version)
    folder = tmp_path_factory.mktemp("signed") / "version"
    shutil.copytree(uri.removeprefix("file://"), folder)
    (folder / SIGNATURE_FILE).write_bytes(sign(folder, read_private_key(keys), ABOUT))
    return folder


def public(keys: Path) -> Path:
    return keys.with_name(keys.name + ".pub")


@pytest.fixture
def serving(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a model server that trusts the key."""
    monkeypatch.setenv("DEALERSHIP_PUBLIC_KEY", str(public(keys)))
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")


@pytest.fixture
def image(tmp_path: Path) -> list[str]:
    """What the image of the model server starts with, on this machine's programs and a server that only says so."""
    recipe = (CHECKOUT / "kserve" / "Dockerfile").read_text(encoding="utf-8")
    start = next(line for line in recipe.splitlines() if line.startswith("CMD "))
    programs = {"dealership-model": f'exec {sys.executable} -m model.cli "$@"', "mlserver": 'echo "serves: $*"'}
    for name, line in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    return json.loads(start.removeprefix("CMD ").replace("/venv/bin", str(tmp_path)))


def price(model: Any, folder: Path) -> float:
    """Of the typical car of the first model that the folder's table knows."""
    typical = read_table((folder / TABLE_FILE).read_text(encoding="utf-8")).models[0].typical
    car = pd.DataFrame([asdict(typical)])[[feature.name for feature in FEATURES]]
    return float(model.predict(car)["price_eur"][0])


def test_what_was_signed_is_what_it_says(signed: Path, keys: Path) -> None:
    manifest = verify(signed, read_public_keys(public(keys)))
    assert {name: manifest[name] for name in ABOUT} == ABOUT
    assert "artifacts/table.json" in [file["path"] for file in manifest["files"]]


def test_no_tampered_version_is_loaded_and_the_champion_serves_on(
    signed: Path, serving: None, tmp_path: Path
) -> None:
    """Law: of bit flips, truncations, added files, pickles, links and other keys none is loaded."""
    # given a champion that serves
    champion = mlflow.pyfunc.load_model(str(signed))
    before = price(champion, signed)
    loaded = []
    for seed in range(TAMPERED):
        # when a tampered version is loaded as MLServer's MLflow runtime loads it
        how = tampered(signed, tmp_path / f"{seed}" / "version", seed)
        try:
            mlflow.pyfunc.load_model(str(tmp_path / f"{seed}" / "version"))
            loaded.append(how)
        except Exception:  # noqa: BLE001, S110 - MLflow wraps some, and a broken served.py may raise anything
            pass
    # then none was, and the champion prices as before
    assert loaded == []
    assert price(champion, signed) == before
    assert price(mlflow.pyfunc.load_model(str(signed)), signed) == before
    assert before > 0


def test_the_image_starts_no_server_on_what_is_not_signed(
    signed: Path, serving: None, image: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """MLflow runs served.py from the folder, so that the folder cannot be trusted to check itself."""

    def start(folder: Path) -> subprocess.CompletedProcess[str]:
        monkeypatch.setenv("MLSERVER_MODEL_URI", str(folder))
        return subprocess.run(image, cwd=CHECKOUT, capture_output=True, text=True, timeout=PATIENCE_S)

    # given a signed version, and one whose served.py was changed
    changed = tmp_path / "a version"
    shutil.copytree(signed, changed)
    with (changed / "served.py").open("a", encoding="utf-8") as file:
        file.write("print('not ours')\n")
    # when the image starts on each, then it serves the first alone
    assert start(signed).stdout == "serves: start /opt/serving\n"
    refused = start(changed)
    assert (refused.returncode, refused.stdout) == (4, "")
    assert "changed since it was signed: served.py" in refused.stderr
    # and where it has no key, it serves nothing
    monkeypatch.delenv("DEALERSHIP_PUBLIC_KEY")
    assert start(signed).stdout == ""


def test_every_tampering_is_found_before_anything_is_loaded(signed: Path, keys: Path, tmp_path: Path) -> None:
    trusted = read_public_keys(public(keys))
    for seed in range(100):
        how = tampered(signed, tmp_path / f"{seed}" / "version", seed)
        with pytest.raises(FilesError):
            verify(tmp_path / f"{seed}" / "version", trusted)
            pytest.fail(how)


def test_without_a_key_only_the_names_are_checked(signed: Path, tmp_path: Path) -> None:
    # given a version with a pickle beside its files, and a server without a key
    folder = tmp_path / "version"
    shutil.copytree(signed, folder)
    (folder / SIGNATURE_FILE).unlink()
    mlflow.pyfunc.load_model(str(folder))
    (folder / "python_model.pkl").write_bytes(b"\x80\x04N.")
    # when it is loaded, then the pickle is refused
    with pytest.raises(Exception, match="python_model.pkl is no file of a version"):
        mlflow.pyfunc.load_model(str(folder))


def test_what_loading_leaves_is_no_stranger_where_the_code_runs_already(signed: Path, tmp_path: Path) -> None:
    """A data scientist's Python and MLflow keep it beside what they load; before a server starts it is refused."""
    # given a folder that was fetched from the registry, and whose served.py a Python that may write has imported
    folder = tmp_path / "version"
    shutil.copytree(signed, folder)
    compiled = folder / "__pycache__" / "served.cpython-311.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"compiled")
    (folder / "registered_model_meta").write_text("name: car-price")
    # when it is looked at from inside, then that is no fault; from outside it is
    check_names(folder, running=True)
    with pytest.raises(FilesError, match="is no f"):
        check_names(folder)
    # and nothing else may be beside it
    (compiled.parent / "other.cpython-311.pyc").write_bytes(b"")
    with pytest.raises(FilesError, match="other"):
        check_names(folder, running=True)


def test_keys_change_by_trusting_two_for_a_while(signed: Path, keys: Path, tmp_path: Path) -> None:
    # given a new key whose public part is trusted beside the old one's
    new_public = write_new_key(tmp_path / "new")
    both = tmp_path / "both.pub"
    both.write_bytes(new_public.read_bytes() + b"\n# the old one\n" + public(keys).read_bytes())
    # then what the old one signed is still served, and no longer once it is trusted no more
    verify(signed, read_public_keys(both))
    with pytest.raises(FilesError, match="of no key that is trusted here"):
        verify(signed, read_public_keys(new_public))


def test_a_key_is_its_owners_alone_and_never_replaced(keys: Path) -> None:
    before = keys.read_bytes()
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    with pytest.raises(JobError, match="never replaced"):
        write_new_key(keys)
    assert keys.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_key_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key.pub"
    file.write_bytes(content)
    for read in (read_public_keys, read_private_key):
        with pytest.raises(JobError, match="key"):
            read(file)


@pytest.mark.skipif(os.environ.get("DEALERSHIP_VERIFY") != "1", reason="starts servers; DEALERSHIP_VERIFY=1 runs it")
def test_a_real_model_server_serves_the_signed_and_no_tampered_version(
    signed: Path, serving: None, tmp_path: Path
) -> None:
    # given servers of MLServer's stock MLflow runtime, one for the signed folder and one for each kind of tampering
    folders = [signed]
    for seed in range(len(TAMPERINGS)):
        tampered(signed, tmp_path / f"{seed}" / "version", seed)
        folders.append(tmp_path / f"{seed}" / "version")
    # when each starts, then the signed one is ready, and the others never are
    for folder in folders:
        assert becomes_ready(folder, tmp_path / "settings") is (folder == signed), folder


def becomes_ready(folder: Path, settings: Path) -> bool:
    """Whether a fresh MLServer serves this folder."""
    shutil.rmtree(settings, ignore_errors=True)
    settings.mkdir()
    rest, grpc, metrics = free_ports(3)
    model = {"name": "car-price", "implementation": "mlserver_mlflow.MLflowRuntime", "parameters": {"uri": str(folder)}}
    (settings / "model-settings.json").write_text(json.dumps(model), encoding="utf-8")
    (settings / "settings.json").write_text(
        json.dumps({
            "host": "127.0.0.1", "http_port": rest, "grpc_port": grpc, "metrics_port": metrics, "parallel_workers": 0,
        }),
        encoding="utf-8",
    )  # fmt: skip
    server = subprocess.Popen(
        [Path(sys.executable).with_name("mlserver"), "start", str(settings)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + READY_WITHIN_S
        while server.poll() is None and time.monotonic() < deadline:
            try:
                ready = f"http://127.0.0.1:{rest}/v2/models/car-price/ready"
                with urllib.request.urlopen(ready, timeout=5) as reply:
                    if reply.status == 200:
                        return True
            except OSError:
                pass
            time.sleep(0.2)
        return False
    finally:
        server.terminate()
        server.wait(30)
