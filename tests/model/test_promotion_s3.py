"""Artefacts in S3, as a cluster has them: trained, signed, gated and promoted, to an address that KServe loads."""

import json
from datetime import date
from pathlib import Path

import pytest
import yaml

from model import cli
from model.promotion_records import history
from model.registry import fetch
from model.signing import FILES, SIGNATURE_FILE, read_public_keys, verify, write_new_key
from model.store import open_store
from tests.model.markets import noisy_market, write_market
from tests.seaweedfs import SeaweedFS


def run(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments])


def test_a_version_in_s3_is_promoted_to_an_overlay(
    seaweedfs: SeaweedFS, s3_store_location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a registry whose artefacts are in S3, a store there too, and CI's key
    artifacts = f"{s3_store_location}-artifacts"
    monkeypatch.setenv("DEALERSHIP_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("DEALERSHIP_ARTIFACT_ROOT", artifacts)
    monkeypatch.setenv("DEALERSHIP_STORE", s3_store_location)
    monkeypatch.setenv("DEALERSHIP_PUBLIC_KEY", str(write_new_key(tmp_path / "signing")))
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", seaweedfs.endpoint)
    overlay = tmp_path / "overlay"
    # when a version is trained, it is not promoted before it is signed
    listings = tmp_path / "listings.csv"
    write_market(listings, noisy_market(600), date(2026, 7, 1))
    assert run("train", "--data", listings, "--synthetic") == 0
    assert run("promote", "--version", "1", "--overlay", overlay) == 4
    assert not overlay.exists()
    assert run("sign", "--version", "1", "--key", tmp_path / "signing") == 0
    assert run("gate", "--challenger", "1") == 0
    assert run("promote", "--version", "1", "--overlay", overlay) == 0
    # then the overlay names an address that holds its files, with the MLmodel at its root, and its signature
    data = yaml.safe_load((overlay / "model-version.yaml").read_text(encoding="utf-8"))["data"]
    assert data["storageUri"].startswith(f"{artifacts}/") and data["version"] == "1"
    assert set(seaweedfs.objects(data["storageUri"])) == {*FILES, SIGNATURE_FILE}
    # and what KServe would fetch from there is what was signed and promoted
    assert verify(fetch(data["storageUri"]), read_public_keys(tmp_path / "signing.pub"))["version"] == "1"
    assert run("verify", "--overlay", overlay) == 0
    # and what was changed there is told
    table = seaweedfs.objects(data["storageUri"])["artifacts/table.json"]
    bucket, _, key = data["storageUri"].removeprefix("s3://").partition("/")
    changed = json.dumps(json.loads(table) | {"intercept": 1.0}).encode()
    seaweedfs.client().put_object(Bucket=bucket, Key=f"{key}/artifacts/table.json", Body=changed)
    assert run("verify", "--overlay", overlay) == 1
    assert [record.version for record in history(open_store(s3_store_location))] == ["1"]
